"""MCP, the REST API and the webhook over HTTP."""

import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from docspasta_mcp.errors import ConfigError
from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens, page_of
from docspasta_mcp.server.auth import OwnerTokens
from docspasta_mcp.server.host_gate import Gate
from docspasta_mcp.server.listener import listen, serve_app
from docspasta_mcp.server.shutdown import stop_on_signal
from docspasta_mcp.server.wiring import Node, open_node, run_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.settings.sources import CONFIG, DATA_DIR, default_data_dir
from docspasta_mcp.urls import LOOPBACK_HOSTS, is_loopback

if TYPE_CHECKING:
    from docspasta_mcp.hosts.launch import Launch

_EXIT_S = 8.0
_DATABASE = "DATABASE_URL"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


async def serve_http(settings: Settings, *, host: str, port: int) -> None:
    """Serve /mcp, /api/v4/* and /healthz until SIGINT or SIGTERM comes.

    Raises:
        ConfigError: the address is taken, or open to others while nobody has to show a token.
    """
    async with open_node(settings) as node, anyio.create_task_group() as tasks:
        mcp = create_mcp_server(node)
        verifier = await _verifier(node, host)
        app = create_app(node, mcp, verifier=verifier)
        sock = listen(host, port)
        await tasks.start(stop_on_signal, tasks.cancel_scope, _EXIT_S)
        tasks.start_soon(run_node, node)
        whom = "who shows a token" if verifier else "whoever is on this machine"
        sys.stderr.write(f"docspasta-mcp serves http://{host}:{sock.getsockname()[1]}/mcp and /api/v4/ to {whom}\n")
        async with mcp.session_manager.run():
            await serve_app(app, sock)


async def serve_page(
    settings: Settings, *, port: int, show: Callable[[str], object], environ: Mapping[str, str]
) -> None:
    """Serve the page for the person at this machine until SIGINT or SIGTERM comes.

    Args:
        settings: of the installation whose manuals are shown.
        port: on loopback; 0 takes a free one.
        show: is handed the link that lets one browser in, once.
        environ: the environment that the settings were read from.

    Raises:
        ConfigError: the port is taken.
    """
    from docspasta_mcp.server.ui.visitor import Sessions, session_key  # noqa: PLC0415

    async with open_node(settings) as node, anyio.create_task_group() as tasks:
        entry = secrets.token_urlsafe(32)
        sessions = Sessions(session_key(secrets.token_hex(32)), None, entry=entry)
        app = Gate(page_of(node, sessions, _program(settings, environ)), hosts=LOOPBACK_HOSTS)
        sock = listen("127.0.0.1", port)
        await tasks.start(stop_on_signal, tasks.cancel_scope, _EXIT_S)
        tasks.start_soon(run_node, node)
        tasks.start_soon(serve_app, app, sock)
        await anyio.to_thread.run_sync(show, f"http://127.0.0.1:{sock.getsockname()[1]}/ui/enter?key={entry}")


def _program(settings: Settings, environ: Mapping[str, str]) -> "Launch":
    """Return what starts this installation with the store of this process."""
    from docspasta_mcp.hosts.launch import this_program  # noqa: PLC0415  # as in server/app

    env = {} if settings.data_dir == default_data_dir() else {DATA_DIR: str(settings.data_dir)}
    if settings.config_file:
        env[CONFIG] = str(settings.config_file)
    return replace(this_program(env), store_variable=_DATABASE if environ.get(_DATABASE) else "")


async def _verifier(node: Node, host: str) -> OwnerTokens | None:
    """Return what must be asked for every request; None on loopback as long as no token was ever made.

    Raises:
        ConfigError: others can reach the server, but nobody has a token, or they cannot name it.
    """
    settings = node.settings
    is_public = host not in _LOOPBACK or (settings.base_url is not None and not is_loopback(settings.base_url))
    has_tokens = settings.oauth_issuer is not None or bool(await node.store.access.list())
    if is_public and not has_tokens:
        place = f"--host {host}" if host not in _LOOPBACK else f"BASE_URL {settings.base_url}"
        raise ConfigError(
            f"{place} is refused: others could use this server without an access token. "
            "Make one with `docspasta-mcp token create NAME`, or set DOCSPASTA_OAUTH_ISSUER."
        )
    if host not in _LOOPBACK and settings.base_url is None:
        raise ConfigError(f"--host {host} needs BASE_URL, the URL by which clients name this server.")
    return owner_tokens(node) if has_tokens else None
