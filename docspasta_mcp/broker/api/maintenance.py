"""`/broker`: the operator's view, beside QStash's own API: figures, and a switch for all deliveries."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp.broker.api.flow_control import flow_usage
from docspasta_mcp.broker.api.requests import Context
from docspasta_mcp.broker.store import flows, maintenance, queues


class MaintenanceApi:
    """Figures of the whole broker, and pause and resume."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._journal = context.journal

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [
            Route("/broker", self.figures, methods=["GET"]),
            Route("/broker/pause", self.pause, methods=["POST"]),
            Route("/broker/resume", self.resume, methods=["POST"]),
        ]

    async def figures(self, _request: Request) -> Response:
        """GET /broker: how many messages wait, are in flight and are dead, by flow-control key and queue."""
        dispatcher = self._context.dispatcher
        depth, dead, paused = await self._journal.run(
            lambda db: (maintenance.depth(db), maintenance.dead_letters(db), maintenance.is_paused(db))
        )
        states, waiting, all_queues = await self._journal.run(
            lambda db: (flows.all_flows(db), flows.waiting_by_key(db), queues.all_queues(db))
        )
        usages = [flow_usage(dispatcher, state, waiting) for state in states]
        return JSONResponse(
            {
                "isPaused": paused,
                "depth": depth,
                "inFlight": dispatcher.active,
                "parallelismMax": dispatcher.parallelism,
                "deadLetters": dead,
                "flowControl": [usage for usage in usages if usage["waitListSize"] or usage["parallelismCount"]],
                "queues": [queue.public() for queue in all_queues],
            }
        )

    async def pause(self, _request: Request) -> Response:
        """POST /broker/pause: start no delivery, whatever process serves, until resumed."""
        return await self._switch(paused=True)

    async def resume(self, _request: Request) -> Response:
        """POST /broker/resume."""
        return await self._switch(paused=False)

    async def _switch(self, *, paused: bool) -> Response:
        await self._journal.run(lambda db: maintenance.set_paused(db, paused=paused))
        self._context.dispatcher.set_paused(paused=paused)
        return JSONResponse({"isPaused": paused})
