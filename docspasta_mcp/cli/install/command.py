"""`docspasta-mcp install`: its arguments. What edits files is loaded only when it runs."""

import sys
from typing import Annotated

import typer

from docspasta_mcp.errors import CallerError, ConfigError


def install(
    host: Annotated[
        str | None, typer.Argument(metavar="HOST", help="Which host, as in claude-code; without it, all are listed.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the server out again.")] = False,
    only_print: Annotated[bool, typer.Option("--print", help="Print the lines to paste; change nothing.")] = False,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="A remote server's /mcp URL, instead of this program.")
    ] = None,
    token_env: Annotated[
        str | None, typer.Option(metavar="VARIABLE", help="With --url: the environment variable that holds the token.")
    ] = None,
    env: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A setting for the server; repeatable.")
    ] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="The server's name in the host.")] = "docspasta",
) -> None:
    """Add this server to an MCP host. It knows claude-code, cursor, vscode and twelve more."""
    from docspasta_mcp.cli.install.terminal import install_into  # noqa: PLC0415

    try:
        install_into(host, remove=remove, only_print=only_print, url=url, token_env=token_env, env=env or [], name=name)
    except (CallerError, ConfigError) as error:
        sys.stderr.write(f"docspasta-mcp: {error}\n")
        raise typer.Exit(2) from error
