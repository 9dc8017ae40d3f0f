"""Tell clients that the list of manuals has changed: each owner's clients, and nobody else's."""

import logging
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from mcp.server.connection import Connection
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourcesListChanged, ServerEvent

from docspasta_mcp.server.auth import current_owner

logger = logging.getLogger(__name__)


class OwnerBus:
    """A `SubscriptionBus` on which an owner's requests reach the streams that the same owner listens to.

    Clients of earlier protocol versions open no such stream; they are told over the connection that they asked by.
    """

    def __init__(self, owner: Callable[[], str] = current_owner) -> None:
        self._owner = owner
        self._buses: dict[str, tuple[InMemorySubscriptionBus, int]] = {}
        self._connections: dict[str, WeakSet[Connection]] = {}

    async def note(self, ctx: ServerRequestContext[Any], call_next: CallNext) -> HandlerResult:
        """Remember whose connection a request comes by; a middleware of the server."""
        connection = getattr(ctx.session, "_connection", None)  # a session lasts for one request
        if isinstance(connection, Connection):
            self._connections.setdefault(self._owner(), WeakSet()).add(connection)
        return await call_next(ctx)

    async def library_changed(self, owner: str) -> None:
        """Tell all clients of an owner to list the manuals anew: some were deleted by no request of theirs."""
        if (found := self._buses.get(owner)) is not None:
            await found[0].publish(ResourcesListChanged())
        connections = list(self._connections.get(owner, ()))
        if not connections:
            self._connections.pop(owner, None)
        for connection in connections:
            try:
                await connection.send_resource_list_changed()
            except Exception as error:
                logger.debug("a client was not told that manuals are gone: %s", error)

    async def publish(self, event: ServerEvent) -> None:
        """Deliver an event to the listeners of the owner whose request is being answered."""
        if (found := self._buses.get(self._owner())) is not None:
            await found[0].publish(event)

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Register a listener for the owner whose request is being answered; return what ends that."""
        owner = self._owner()
        bus, count = self._buses.get(owner, (InMemorySubscriptionBus(), 0))
        self._buses[owner] = bus, count + 1
        leave = bus.subscribe(listener)
        has_left = False

        def unsubscribe() -> None:
            nonlocal has_left
            leave()
            if has_left:
                return
            has_left = True
            _, left = self._buses[owner]
            self._buses[owner] = bus, left - 1
            if left == 1:
                del self._buses[owner]

        return unsubscribe


async def library_changed(ctx: Context[Any, Any]) -> None:
    """Tell the client, and others of its owner that listen, to list the manuals anew."""
    await ctx.notify_resources_changed()
    await ctx.session.send_resource_list_changed()
