"""Arguments and printing, nothing else. Documents go to stdout, everything else to stderr.

Heavy modules are imported inside the commands, each of which needs others.
"""

import logging
import os
import sys
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, cast

import typer
from typer.core import TyperGroup

from docspasta_mcp import __version__
from docspasta_mcp.cli.install.command import install
from docspasta_mcp.errors import CallerError, ConfigError, DocspastaError, in_plain_words
from docspasta_mcp.runtime import resume_collector

if TYPE_CHECKING:
    from docspasta_mcp.jobs.status import JobStatus
    from docspasta_mcp.queue.operator import OperatorClient
    from docspasta_mcp.settings import Loaded, Settings


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
    help="Crawl documentation sites into one clean Markdown document. Without a command: MCP over stdio.",
)

INTERRUPTED = "Interrupted. A job that has started goes on when docspasta-mcp runs again."


def _writable(path: Path | None) -> Path | None:
    """Refuse a file that cannot be written before a long crawl is made for it."""
    if path is not None and not (path.parent.is_dir() and os.access(path if path.exists() else path.parent, os.W_OK)):
        raise typer.BadParameter(f"{path} cannot be written.")
    return path


dlq = typer.Typer(no_args_is_help=True, help="Messages whose deliveries are used up, on QStash or the embedded broker.")
app.add_typer(dlq, name="dlq")
app.command()(install)

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", dir_okay=False, callback=_writable, help="Write to this file instead of stdout."),
]
DlqIds = Annotated[list[str] | None, typer.Argument(help="Ids of dead letters, as `dlq list` prints them.")]
EveryDlqId = Annotated[bool, typer.Option("--all", help="All dead letters there are.")]
JobId = Annotated[str, typer.Argument(help="The job's id, as `crawl` and `jobs` print it.")]


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
    """Serve MCP over stdio if no command is given."""
    if context.invoked_subcommand is None:
        stdio()


@app.command()
def stdio() -> None:
    """Serve MCP over stdin and stdout, for a client that launches this program."""
    from docspasta_mcp.server.stdio import serve_stdio  # noqa: PLC0415

    _run(serve_stdio, _settings())
    sys.stderr.flush()
    os._exit(0)  # a thread may still be blocked reading stdin


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8787,
) -> None:
    """Serve MCP at /mcp, the REST API at /api/v4/ and the webhook over HTTP."""
    from docspasta_mcp.server.http import serve_http  # noqa: PLC0415

    _run(lambda settings: serve_http(settings, host=host, port=port), _settings())


@app.command()
def crawl(
    url: Annotated[str, typer.Argument(help="Any page of the documentation, best its start page.")],
    output: Output = None,
    output_format: Annotated[
        Literal["markdown", "map", "json", "coverage"], typer.Option("--format", help="What to print.")
    ] = "markdown",
    max_pages: Annotated[int | None, typer.Option(help="Pages to crawl at most.")] = None,
    max_depth: Annotated[int | None, typer.Option(help="Links to follow at most.")] = None,
    include: Annotated[
        list[str] | None, typer.Option(help="Only pages whose path matches this glob; repeatable.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="No pages whose path matches this glob; repeatable.")
    ] = None,
    scope: Annotated[
        Literal["auto", "prefix", "host"],
        typer.Option(help="The manual that the URL belongs to, the URL's directory, or its host."),
    ] = "auto",
    force_refresh: Annotated[bool, typer.Option(help="Fetch every page anew though a fresh result exists.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Print what would be crawled, as JSON.")] = False,
) -> None:
    """Crawl a site and print it as one Markdown document."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415
    from docspasta_mcp.queue.operator import is_paused  # noqa: PLC0415
    from docspasta_mcp.server.wiring import open_node, running_node  # noqa: PLC0415

    async def work(settings: "Settings") -> int:
        async with open_node(settings) if dry_run else running_node(settings) as node:
            started = await node.jobs.start(
                url, max_pages=max_pages, max_depth=max_depth, include=include or (), exclude=exclude or (),
                scope=scope, force_refresh=force_refresh, dry_run=dry_run,
            )  # fmt: skip
            if dry_run:
                return terminal.show_preview(started)
            status = await terminal.follow(node.jobs, started, is_paused=lambda: is_paused(settings))
            if status.done:
                await terminal.write_result(node.jobs, status.job_id, output_format, output)
            terminal.summarise(status)
            return terminal.exit_code_of(status)

    raise typer.Exit(_run(work, _settings(log_level="WARNING")))


@app.command()
def jobs() -> None:
    """List the newest jobs."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415

    _run(_with_jobs(terminal.list_jobs), _settings(log_level="WARNING"))


@app.command()
def status(job_id: JobId) -> None:
    """Show how far a job is."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415

    _run(_with_jobs(lambda jobs: terminal.show_status(jobs, job_id)), _settings(log_level="WARNING"))


@app.command()
def result(
    job_id: JobId,
    output: Output = None,
    output_format: Annotated[
        Literal["markdown", "map", "json", "coverage"], typer.Option("--format", help="What to print.")
    ] = "markdown",
    query: Annotated[str, typer.Option(help="Only the sections that answer this question best.")] = "",
    page: Annotated[list[str] | None, typer.Option(help="Only this page, by number or URL; repeatable.")] = None,
    since: Annotated[str, typer.Option(help="Only what is new since this corpus_hash.")] = "",
    if_not_hash: Annotated[str, typer.Option(help="Only a word if the content still is this corpus_hash.")] = "",
    max_tokens: Annotated[
        int | None, typer.Option(help="Size of what --query prints, 500 to 20000; 8000 if not given.")
    ] = None,
) -> None:
    """Print a job's document, or what is chosen of it."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415
    from docspasta_mcp.jobs.service import Choice  # noqa: PLC0415

    async def work(jobs: Any) -> None:
        choice = Choice(tuple(page or ()), query, since, if_not_hash)
        await terminal.write_result(jobs, job_id, output_format, output, choice=choice, max_tokens=max_tokens)

    _run(_with_jobs(work), _settings(log_level="WARNING"))


@app.command()
def cancel(job_id: JobId) -> None:
    """Stop a running job; what it has so far stays readable."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415

    async def work(jobs: Any) -> "JobStatus":
        await jobs.cancel(job_id)
        return await terminal.show_status(jobs, job_id)

    _run(_with_jobs(work), _settings(log_level="WARNING"))


@app.command()
def doctor() -> None:
    """Check configuration, database, queue, signing keys and public URL, and say what to fix."""
    from docspasta_mcp.server.checks import examine  # noqa: PLC0415

    findings = _run(examine, _settings(log_level="ERROR"))
    for finding in findings:
        sys.stdout.write(f"{'✅' if finding.is_good else '❌'} {finding.name}: {finding.says}\n")
        if not finding.is_good:
            sys.stdout.write(f"   {finding.fix}\n")
    raise typer.Exit(0 if all(finding.is_good for finding in findings) else 1)


@app.command()
def config(as_json: Annotated[bool, typer.Option("--json", help="Print the settings as JSON.")] = False) -> None:
    """Show the settings in force and where each comes from; secrets are masked."""
    from docspasta_mcp.cli.config import show_config  # noqa: PLC0415

    loaded = _loaded()
    for warning in loaded.warnings:
        sys.stderr.write(f"docspasta-mcp: {warning}\n")
    show_config(loaded, as_json=as_json)


@app.command()
def queue(as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False) -> None:
    """Show how full the embedded broker's queue is, and what of each limit is used."""
    from docspasta_mcp.cli import queue  # noqa: PLC0415

    _operate(lambda operations: queue.show_queue(operations, as_json=as_json))


@app.command()
def pause() -> None:
    """Stop all deliveries of the embedded broker, for maintenance; nothing is lost."""
    from docspasta_mcp.cli import queue  # noqa: PLC0415

    _operate(lambda operations: queue.set_paused(operations, paused=True))


@app.command()
def resume() -> None:
    """Let the embedded broker deliver again."""
    from docspasta_mcp.cli import queue  # noqa: PLC0415

    _operate(lambda operations: queue.set_paused(operations, paused=False))


@dlq.command("list")
def dlq_list(
    count: Annotated[int, typer.Option(min=1, max=100, help="How many to show.")] = 100,
    cursor: Annotated[str | None, typer.Option(help="Where to go on, as the page before says.")] = None,
) -> None:
    """List dead letters, oldest first."""
    from docspasta_mcp.cli import queue  # noqa: PLC0415

    _operate(lambda operations: queue.list_dead_letters(operations, count=count, cursor=cursor))


@dlq.command("show")
def dlq_show(dlq_id: Annotated[str, typer.Argument(help="The dead letter's id.")]) -> None:
    """Print one dead letter as JSON, with what its destination answered last."""
    from docspasta_mcp.cli import queue  # noqa: PLC0415

    _operate(lambda operations: queue.show_dead_letter(operations, dlq_id))


@dlq.command("retry")
def dlq_retry(dlq_ids: DlqIds = None, every: EveryDlqId = False) -> None:
    """Publish dead letters again, as new messages."""
    from docspasta_mcp.cli import queue  # noqa: PLC0415

    _operate(lambda operations: queue.retry_dead_letters(operations, dlq_ids or [], every=every))


@dlq.command("delete")
def dlq_delete(dlq_ids: DlqIds = None, every: EveryDlqId = False) -> None:
    """Delete dead letters."""
    from docspasta_mcp.cli import queue  # noqa: PLC0415

    _operate(lambda operations: queue.delete_dead_letters(operations, dlq_ids or [], every=every))


@app.command()
def delete(job_id: JobId) -> None:
    """Delete a job, running or not, with all its pages."""
    _run(_with_jobs(lambda jobs: jobs.delete(job_id)), _settings(log_level="WARNING"))


tokens = typer.Typer(help="Access tokens for `serve`: each opens the jobs of one owner.")
app.add_typer(tokens, name="token")


@tokens.command("create")
def create_token(
    owner: Annotated[str, typer.Argument(help="Whose jobs the token opens: letters, digits and _ . -")],
    days: Annotated[
        float | None, typer.Option(min=0, max=36_500, help="Days until it expires; without it, never.")
    ] = None,
    operator: Annotated[bool, typer.Option(help="Let it see the queue and the metrics of all owners too.")] = False,
) -> None:
    """Make a token and print it, this once."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415

    _run(_with_store(lambda store: terminal.create_token(store, owner, days, operator)), _settings(log_level="WARNING"))


@tokens.command("list")
def list_tokens() -> None:
    """List the tokens, without their secrets."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415

    _run(_with_store(terminal.list_tokens), _settings(log_level="WARNING"))


@tokens.command("revoke")
def revoke_token(
    name: Annotated[str, typer.Argument(help="A token's id, or an owner: then all of the owner's.")],
    delete_jobs: Annotated[bool, typer.Option(help="Delete all jobs of the owner of that token as well.")] = False,
) -> None:
    """Revoke tokens; they are refused from the next request on."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415

    _run(
        _with_store(lambda store: terminal.revoke_token(store, name, delete_jobs=delete_jobs)),
        _settings(log_level="WARNING"),
    )


@app.command()
def convert(
    paths: Annotated[
        list[Path], typer.Argument(help="HTML files (.html, .html.gz), folders of them, or - for standard input.")
    ],
    url: Annotated[
        str | None, typer.Option(help="Where the page was found, for its links; of several, their folder.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write NAME.md files to this folder instead of stdout.")
    ] = None,
) -> None:
    """Convert saved pages to Markdown, with the same code as a crawl."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415
    from docspasta_mcp.cli.convert import convert as convert_sources  # noqa: PLC0415
    from docspasta_mcp.cli.convert import find_sources  # noqa: PLC0415

    async def work(settings: "Settings") -> int:
        converted = await convert_sources(find_sources(paths), url=url, workers=settings.workers)
        return terminal.write_converted(converted, output)

    raise typer.Exit(_run(work, _settings(log_level="WARNING")))


def main() -> None:
    """Run the command line."""
    try:
        app(prog_name="docspasta-mcp")
    except KeyboardInterrupt:
        _fail(INTERRUPTED, code=130)


def _with_jobs(work: Callable[[Any], Coroutine[Any, Any, Any]]) -> "Callable[[Settings], Coroutine[Any, Any, Any]]":
    """Let `work` ask about the local owner's jobs; nothing is crawled meanwhile by this process."""
    from docspasta_mcp.server.wiring import open_node  # noqa: PLC0415

    async def opened(settings: "Settings") -> Any:
        async with open_node(settings) as node:
            return await work(node.jobs)

    return opened


def _operate(work: "Callable[[OperatorClient], Coroutine[Any, Any, None]]") -> None:
    """Let `work` ask the queue, QStash's or our own, as its operator."""
    from docspasta_mcp.queue.operator import open_operator_client  # noqa: PLC0415

    async def opened(settings: "Settings") -> None:
        async with open_operator_client(settings) as operations:
            await work(operations)

    _run(opened, _settings(log_level="WARNING"))


def _with_store(work: Callable[[Any], Coroutine[Any, Any, Any]]) -> "Callable[[Settings], Coroutine[Any, Any, Any]]":
    from docspasta_mcp.server.wiring import open_node  # noqa: PLC0415

    async def opened(settings: "Settings") -> Any:
        async with open_node(settings) as node:
            return await work(node.store)

    return opened


def _loaded() -> "Loaded[Settings]":
    from docspasta_mcp.settings import Settings  # noqa: PLC0415

    try:
        return Settings.load(os.environ)
    except ConfigError as error:
        _fail(str(error), code=2)


def _settings(log_level: str | None = None) -> "Settings":
    """Read the settings and start logging; `log_level` holds unless the operator set one."""
    from docspasta_mcp.settings import Origin  # noqa: PLC0415
    from docspasta_mcp.telemetry import configure_logging, configure_tracing  # noqa: PLC0415

    loaded = _loaded()
    settings = loaded.settings
    level = log_level if log_level and loaded.origins["log_level"] is Origin.DEFAULT else settings.log_level
    configure_logging(level=level, log_format=settings.log_format)
    for warning in loaded.warnings:
        logging.getLogger(__name__).warning("%s", warning)
    if settings.otel_endpoint:
        try:
            configure_tracing(settings.otel_endpoint)
        except ConfigError as error:
            _fail(str(error), code=2)
    return settings


def _run(work: "Callable[[Settings], Coroutine[Any, Any, Any]]", settings: "Settings") -> Any:
    """Run a command; errors that a person can put right are one line on stderr."""
    import anyio  # noqa: PLC0415

    resume_collector()
    try:
        return anyio.run(work, settings, backend_options={"use_uvloop": bool(find_spec("uvloop"))})
    except* (CallerError, ConfigError) as group:
        error = _first(group)
        _fail(str(error), code=2)
    except* BrokenPipeError:  # the reader has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(141) from None  # what a shell reports for SIGPIPE
    except* DocspastaError as group:
        _fail(str(_first(group)), code=1)
    except* KeyboardInterrupt:
        _fail(INTERRUPTED, code=130)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


def _fail(message: str, *, code: int) -> NoReturn:
    sys.stderr.write(f"docspasta-mcp: {message}\n")
    raise SystemExit(code)
