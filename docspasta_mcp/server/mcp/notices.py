"""Tell clients that the list of manuals has changed: each owner's clients, and nobody else's."""

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.subscriptions import InMemorySubscriptionBus, ServerEvent

from docspasta_mcp.server.auth import current_owner


class OwnerBus:
    """A `SubscriptionBus` on which an owner's requests reach the streams that the same owner listens to."""

    def __init__(self, owner: Callable[[], str] = current_owner) -> None:
        self._owner = owner
        self._buses: dict[str, tuple[InMemorySubscriptionBus, int]] = {}

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
