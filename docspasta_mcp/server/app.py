"""The HTTP app of `serve`, and the MCP server: the file that puts all parts together."""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from mcp.server import MCPServer
from mcp.server.auth.provider import TokenVerifier
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from docspasta_mcp.jobs.schedules import OwnerSchedules
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.queue.operator import OperatorClient, open_operator_client
from docspasta_mcp.server.auth import OwnerTokens, current_owner, owner_middleware, owner_of
from docspasta_mcp.server.host_gate import Gate
from docspasta_mcp.server.mcp.server import create_mcp
from docspasta_mcp.server.mcp.sessions import BoundedSessions
from docspasta_mcp.server.oauth import OAuthTokens
from docspasta_mcp.server.openapi import openapi_route
from docspasta_mcp.server.ops import health_routes, metrics_routes, queue_routes, stats_calls
from docspasta_mcp.server.responses import ERROR_HANDLERS
from docspasta_mcp.server.rest import api_calls
from docspasta_mcp.server.rest_library import library_calls
from docspasta_mcp.server.rest_schedules import schedule_calls
from docspasta_mcp.server.start_page import start_page_route
from docspasta_mcp.server.ui.door import PageDoor
from docspasta_mcp.server.wiring import Node
from docspasta_mcp.settings import Settings
from docspasta_mcp.urls import LOOPBACK_HOSTS, host_of

if TYPE_CHECKING:
    from docspasta_mcp.hosts.launch import Launch
    from docspasta_mcp.server.checks import CheckResult
    from docspasta_mcp.server.ui.visitor import Sessions


def create_app(node: Node, mcp: MCPServer, *, verifier: TokenVerifier | None = None) -> Starlette:
    """Return the app that `serve` shows to the world: the page for people, /mcp, /api/v4/*, /healthz.

    The caller must be inside `mcp.session_manager.run()` while it serves.

    Args:
        node: whose jobs are shown.
        mcp: the server at /mcp.
        verifier: tells whose a token is; None lets everybody in as the local owner.
    """
    settings = node.settings
    hosts = [*LOOPBACK_HOSTS, *filter(None, [host_of(settings.base_url or "")])]
    # Host, Origin and body size are the gate's, for all paths alike.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)

    def jobs_of(request: Request) -> OwnerJobs:
        return node.jobs_of(owner_of(request))

    def schedules_of(request: Request) -> OwnerSchedules:
        return node.schedules_of(owner_of(request))

    calls = [*api_calls(jobs_of), *library_calls(jobs_of), *schedule_calls(schedules_of), *stats_calls(node.store)]
    routes = [
        start_page_route(),
        openapi_route(calls, guarded=verifier is not None),
        *health_routes(node.store),
        *metrics_routes(node.store),
        *(call.route() for call in calls),
        *queue_routes(lambda: _queue_figures(node)),
        *node.engine.webhook,
        *_oauth_routes(settings),
        *mcp.streamable_http_app(transport_security=security).routes,
    ]
    middleware = [Middleware(Gate, hosts=hosts)]
    if settings.oauth_issuer is None:  # its people sign in with their issuer, which gives tokens to programs alone
        middleware.append(Middleware(PageDoor, page=_page(node, verifier)))
    if verifier is not None:
        middleware += owner_middleware(
            verifier, calls_per_minute=settings.owner_calls_per_minute, metadata_url=_metadata_url(settings)
        )
    middleware.append(Middleware(BoundedSessions, owner_of=owner_of))
    return Starlette(routes=routes, middleware=middleware, exception_handlers=ERROR_HANDLERS)


def _page(node: Node, verifier: TokenVerifier | None) -> ASGIApp:
    """Return the page for people; its templates and parsers are loaded only by a process that serves it."""
    from docspasta_mcp.server.ui.visitor import Sessions, session_key  # noqa: PLC0415

    return page_of(
        node, Sessions(session_key(node.engine.receiver.current_key), node.store.access if verifier else None)
    )


def page_of(node: Node, sessions: "Sessions", program: "Launch | None" = None) -> ASGIApp:
    """Return the page for people over a process's store and queue; `program` serves agents where this one does not."""
    from docspasta_mcp.server.ui.app import create_page  # noqa: PLC0415

    return create_page(
        node.store,
        node.jobs_of,
        sessions,
        calls_per_minute=node.settings.owner_calls_per_minute,
        public_url=node.settings.base_url,
        open_operator=lambda: _open_operator(node),
        schedules_of=node.schedules_of,
        check=lambda: _check(node),
        program=program,
    )


async def _check(node: Node) -> "list[CheckResult]":
    """Run the checks of `doctor` on this process; they are loaded when somebody asks."""
    from docspasta_mcp.server.checks import examine_node  # noqa: PLC0415

    return await examine_node(node)


async def _queue_figures(node: Node) -> dict[str, Any]:
    """Return what the queue's operator sees; the hub's own broker is asked without a socket."""
    async with _open_operator(node) as operator:
        return await operator.figures()


def _open_operator(node: Node) -> AbstractAsyncContextManager[OperatorClient]:
    hub = node.engine.hub
    return open_operator_client(node.settings, hub.broker if hub else None)


def create_mcp_server(node: Node) -> MCPServer:
    """Return the MCP server; it answers each request for its owner, which is the local one without a token."""
    mcp = create_mcp(
        lambda: node.jobs_of(current_owner()), node.settings, schedules=lambda: node.schedules_of(current_owner())
    )
    node.store.jobs.when_deleted(mcp.bus.library_changed)
    return mcp


def owner_tokens(node: Node) -> OwnerTokens:
    """Return what tells whose a token is, as the settings say."""
    settings = node.settings
    if settings.oauth_issuer is None:
        return OwnerTokens(node.store.access, None)
    issuer = settings.oauth_issuer
    return OwnerTokens(
        node.store.access,
        OAuthTokens(
            issuer=issuer,
            audience=settings.oauth_audience or f"{settings.base_url}/mcp",
            jwks_url=settings.oauth_jwks_url or f"{issuer.rstrip('/')}/.well-known/jwks.json",
        ),
    )


def _oauth_routes(settings: Settings) -> list[BaseRoute]:
    """Return the protected resource metadata (RFC 9728): where clients learn which issuer to ask."""
    if settings.oauth_issuer is None:
        return []
    resource = AnyHttpUrl(f"{settings.base_url}/mcp")
    return [*create_protected_resource_routes(resource, authorization_servers=[AnyHttpUrl(settings.oauth_issuer)])]


def _metadata_url(settings: Settings) -> str | None:
    resource = AnyHttpUrl(f"{settings.base_url}/mcp") if settings.oauth_issuer else None
    return str(build_resource_metadata_url(resource)) if resource else None
