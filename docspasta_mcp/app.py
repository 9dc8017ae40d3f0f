"""The app that `serve` shows to the world, and the MCP server: the only file that knows everybody."""

from typing import Any
from urllib.parse import urlsplit

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from docspasta_mcp.mcp_server import create_mcp
from docspasta_mcp.node import ERROR_HANDLERS, Node, node_webhook_routes
from docspasta_mcp.operating import open_operations
from docspasta_mcp.web.api import api_routes
from docspasta_mcp.web.health import health_routes
from docspasta_mcp.web.metrics import metrics_routes
from docspasta_mcp.web.queue import queue_routes


def create_app(node: Node, mcp: MCPServer) -> Starlette:
    """Return the app that `serve` shows to the world: /mcp, /api/v4/*, /healthz.

    The caller must be inside `mcp.session_manager.run()` while it serves.
    """
    hosts = ["127.0.0.1", "localhost", "[::1]", *filter(None, [urlsplit(node.settings.base_url or "").hostname])]
    security = TransportSecuritySettings(
        allowed_hosts=[name for host in hosts for name in (host, f"{host}:*")],
        allowed_origins=[
            f"{scheme}://{host}{port}" for host in hosts for scheme in ("http", "https") for port in ("", ":*")
        ],
    )
    routes = [
        *health_routes(node.store),
        *metrics_routes(node.store),
        *api_routes(node.jobs),
        *queue_routes(lambda: _queue_figures(node)),
        *node_webhook_routes(node),
        *mcp.streamable_http_app(transport_security=security).routes,
    ]
    middleware = [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)]
    return Starlette(routes=routes, middleware=middleware, exception_handlers=ERROR_HANDLERS)


async def _queue_figures(node: Node) -> dict[str, Any]:
    async with open_operations(node.settings) as operations:
        return await operations.figures()


def create_mcp_server(node: Node) -> MCPServer:
    """Return the MCP server of the local owner."""
    return create_mcp(node.jobs)
