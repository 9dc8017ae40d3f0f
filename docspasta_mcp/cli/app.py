"""All commands. Documents go to stdout, everything else to stderr."""

import os
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from docspasta_mcp import __version__
from docspasta_mcp.cli.arguments import folder
from docspasta_mcp.cli.crawl import crawl
from docspasta_mcp.cli.doctor import doctor
from docspasta_mcp.cli.export import export
from docspasta_mcp.cli.import_manual import import_manual
from docspasta_mcp.cli.install.command import install
from docspasta_mcp.cli.jobs import cancel, delete, jobs, result, retry, status
from docspasta_mcp.cli.library import docs, pin, search, unpin
from docspasta_mcp.cli.queue import dlq, pause, queue, resume
from docspasta_mcp.cli.run import load_settings, read_settings, run, stdio
from docspasta_mcp.cli.schedules import schedules
from docspasta_mcp.cli.stats import stats
from docspasta_mcp.cli.sync.command import sync
from docspasta_mcp.cli.tokens import tokens
from docspasta_mcp.errors import in_plain_words
from docspasta_mcp.wording import TOOLS

if TYPE_CHECKING:
    from docspasta_mcp.settings import Settings


_UsageError: Any = typer.BadParameter.__base__  # versions of typer have it in different places


class OptionOrQuery(TyperCommand):
    """A command whose argument may look like an option, as in `search --leak-check`, where nothing else is given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; an option that is not there is the query, unless there is another."""
        try:
            return super().parse_args(ctx, list(args))
        except _UsageError as error:
            ctx.ignore_unknown_options = True
            try:
                return super().parse_args(ctx, list(args))
            except _UsageError:
                ctx.ignore_unknown_options = False
            raise self._likely(error, ctx, args) from None

    def _likely(self, error: Any, ctx: Any, args: list[str]) -> Any:
        """Return the error about an option that was mistyped, where another one that is not there is the query."""
        if getattr(error, "possibilities", None):
            return error
        try:
            super().parse_args(ctx, ["query" if one == getattr(error, "option_name", "") else one for one in args])
        except _UsageError as other:
            return other if getattr(other, "possibilities", None) else error
        return error


class _Commands(TyperGroup):
    """All commands. Newer versions of typer tell of a wrong argument in the words of pydantic."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = in_plain_words(error.message)
            raise


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Crawl documentation sites into one clean Markdown document. An MCP host starts this program without a "
    "command, or with stdio, and then speaks MCP to it.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"docspasta-mcp {__version__}\n")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def default(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001  # its callback does the work
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Serve MCP over stdio if no command is given; a person at a terminal, who cannot speak it, gets the help."""
    if context.invoked_subcommand is not None:
        return
    if not sys.stdin.isatty():
        stdio()
    sys.stdout.write(f"{context.get_help()}\n\n{_IS_SERVER}\n")


_IS_SERVER = "This is an MCP server: `docspasta-mcp install` adds it to a host, `docspasta-mcp stdio` serves MCP here."


def show_help(
    context: typer.Context,
    command: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="Which command, as in crawl or schedule add.")
    ] = None,
) -> None:
    """Show what a command does and takes, or list all commands."""
    named: Any = context.parent
    for word in command or ():
        found = named.command.get_command(named, word) if hasattr(named.command, "get_command") else None
        if found is None:
            raise typer.BadParameter(f"There is no command {' '.join(command or ())!r:.100}.")
        named = found.make_context(word, [], parent=named, resilient_parsing=True)
    sys.stdout.write(f"{named.get_help()}\n")


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; beyond loopback it needs tokens or OAuth.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8787,
) -> None:
    """Serve MCP, the REST API and the page for people over HTTP. MCP is at /mcp, the API at /api/v4/."""
    from docspasta_mcp.server.http import serve_http  # noqa: PLC0415

    run(lambda settings: serve_http(settings, host=host, port=port), read_settings(), wording=TOOLS)


def ui(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser; otherwise only print its link.")] = True,
) -> None:
    """Open the web page: crawl, read, search and repair in a browser. Ctrl+C ends it."""
    from docspasta_mcp.server.http import serve_page  # noqa: PLC0415

    def show(link: str) -> None:
        sys.stderr.write(f"The page is open to one browser, by this link, once:\n{link}\n")
        sys.stderr.flush()
        if browser:
            webbrowser.open(link)

    serving = read_settings(log_level="WARNING")
    run(lambda settings: serve_page(settings, port=port, show=show, environ=os.environ), serving, wording=TOOLS)


def config(as_json: Annotated[bool, typer.Option("--json", help="Print the settings as JSON.")] = False) -> None:
    """Show the settings in force and where each comes from. Secrets are masked."""
    from docspasta_mcp.cli.config import show_config  # noqa: PLC0415

    loaded = load_settings()
    for warning in loaded.warnings:
        sys.stderr.write(f"docspasta-mcp: {warning}\n")
    show_config(loaded, as_json=as_json)


def convert(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH",
            help="Saved pages (.html, .md, .txt, also with .gz), folders of them, or - for HTML on standard input.",
        ),
    ],
    url: Annotated[
        str | None, typer.Option(help="Where the page was found, for its links; of several, their folder.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write NAME.md files to this folder instead of stdout; a single page also to a file that ends in .md.",
        ),
    ] = None,
) -> None:
    """Convert saved pages to Markdown, with the same code as a crawl."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415
    from docspasta_mcp.cli.convert import convert as convert_sources  # noqa: PLC0415
    from docspasta_mcp.cli.convert import find_sources, left_out  # noqa: PLC0415

    is_one = len(paths) == 1 and not paths[0].is_dir()
    is_file = is_one and output is not None and output.suffix == ".md" and not output.is_dir()
    if is_file and output is not None and output.resolve() == paths[0].resolve():
        raise typer.BadParameter(f"{output} is the page itself: give another name.", param_hint="'-o'")
    target = output if is_file else folder(output)

    async def work(settings: "Settings") -> int:
        converted = await convert_sources(find_sources(paths), url=url, workers=settings.workers)
        code = terminal.write_converted(converted, target, is_file=is_file)
        if others := left_out(paths):
            sys.stderr.write(f"{others}\n")
        return code

    raise typer.Exit(run(work, read_settings(log_level="WARNING")))


for _command in (
    install, stdio, serve, ui, crawl, sync, docs, search, jobs, status, result, export, retry, cancel, delete, pin,
    unpin, doctor, config, queue, stats, pause, resume, convert,
):  # fmt: skip
    app.command(cls=OptionOrQuery if _command is search else None)(_command)
app.command("import")(import_manual)
app.command("help")(show_help)
app.add_typer(dlq, name="dlq")
app.add_typer(schedules, name="schedule")
app.add_typer(tokens, name="token")


def main() -> None:
    """Run the command line."""
    try:
        app(prog_name="docspasta-mcp")
    except SystemExit as ended:
        if isinstance(getattr(ended.__context__, "__cause__", None), KeyboardInterrupt):  # Typer says nothing of it
            raise KeyboardInterrupt from None
        raise
