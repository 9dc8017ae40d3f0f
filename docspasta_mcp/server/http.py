"""MCP, the REST API and the webhook over HTTP."""

import sys

import anyio

from docspasta_mcp.errors import ConfigError
from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.server.auth import OwnerTokens
from docspasta_mcp.server.listener import listen, serve_app
from docspasta_mcp.server.shutdown import stop_on_signal
from docspasta_mcp.server.wiring import Node, open_node, run_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.urls import is_loopback

_EXIT_S = 8.0
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
