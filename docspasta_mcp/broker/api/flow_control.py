"""`/v2/flowControl` and `/v2/globalParallelism`: what limits hold, what of them is used, and an operator's say."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp.broker.api import requests
from docspasta_mcp.broker.api.requests import Context
from docspasta_mcp.broker.dispatcher import Dispatcher
from docspasta_mcp.broker.errors import ApiError, BadRequest
from docspasta_mcp.broker.filters import whole_number
from docspasta_mcp.broker.headers import check_name
from docspasta_mcp.broker.store import flows
from docspasta_mcp.broker.store.flows import FlowState

_MOST = 1_000_000


class FlowControlApi:
    """The flow-control keys."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._journal = context.journal

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [
            Route("/v2/globalParallelism", self.global_parallelism, methods=["GET"]),
            Route("/v2/flowControl", self.list_all, methods=["GET"]),
            Route("/v2/flowControl/{key}", self.get, methods=["GET"]),
            Route("/v2/flowControl/{key}/pause", self.pause, methods=["POST"]),
            Route("/v2/flowControl/{key}/resume", self.resume, methods=["POST"]),
            Route("/v2/flowControl/{key}/pin", self.pin, methods=["POST"]),
            Route("/v2/flowControl/{key}/unpin", self.unpin, methods=["POST"]),
            Route("/v2/flowControl/{key}/resetRate", self.reset_rate, methods=["POST"]),
        ]

    async def global_parallelism(self, _request: Request) -> Response:
        """GET /v2/globalParallelism."""
        dispatcher = self._context.dispatcher
        return JSONResponse({"parallelismMax": dispatcher.parallelism, "parallelismCount": dispatcher.active})

    async def list_all(self, _request: Request) -> Response:
        """GET /v2/flowControl."""
        states, waiting = await self._journal.run(lambda db: (flows.all_flows(db), flows.waiting_by_key(db)))
        return JSONResponse([flow_usage(self._context.dispatcher, state, waiting) for state in states])

    async def get(self, request: Request) -> Response:
        """GET /v2/flowControl/{key}."""
        key = _key(request)
        state, waiting = await self._journal.run(lambda db: (flows.get(db, key), flows.waiting_by_key(db)))
        if state is None:
            raise ApiError(404, f"flow control key {key} not found")
        return JSONResponse(flow_usage(self._context.dispatcher, state, waiting))

    async def pause(self, request: Request) -> Response:
        """POST /v2/flowControl/{key}/pause: messages of the key wait; the rate's window goes on."""
        return await self._change(_key(request), paused=True)

    async def resume(self, request: Request) -> Response:
        """POST /v2/flowControl/{key}/resume."""
        return await self._change(_key(request), paused=False)

    async def pin(self, request: Request) -> Response:
        """POST /v2/flowControl/{key}/pin: limits that no message changes; a new window begins."""
        given = requests.query_parameters(request)
        _refuse_unknown(given, {"parallelism", "rate", "period"})
        if not given or set(given) == {"period"}:
            raise BadRequest("nothing to pin: give parallelism, or rate with its period")
        columns: dict[str, Any] = {}
        if "parallelism" in given:
            columns |= {"parallelism": whole_number(given, "parallelism", 1, most=_MOST), "pinned_parallelism": True}
        if "rate" in given:
            columns |= {"rate": whole_number(given, "rate", 1, most=_MOST), "pinned_rate": True}
            columns["period_s"] = whole_number(given, "period", 1, most=_MOST)
        answer = await self._change(_key(request), **columns)
        self._context.dispatcher.reset_rate(_key(request))
        return answer

    async def unpin(self, request: Request) -> Response:
        """POST /v2/flowControl/{key}/unpin: the next message's limits hold again."""
        given = requests.query_parameters(request)
        _refuse_unknown(given, {"parallelism", "rate"})
        columns = {f"pinned_{name}": False for name, values in given.items() if values[-1].lower() == "true"}
        return await self._change(_key(request), **columns)

    async def reset_rate(self, request: Request) -> Response:
        """POST /v2/flowControl/{key}/resetRate: a new window begins now."""
        self._context.dispatcher.reset_rate(_key(request))
        return Response(status_code=200)

    async def _change(self, key: str, **columns: Any) -> Response:
        now = self._context.publisher.now_ms()
        state = await self._journal.run(lambda db: flows.change(db, key, now_ms=now, **columns))
        self._context.dispatcher.set_flow(state)
        return Response(status_code=200)


def flow_usage(dispatcher: Dispatcher, state: FlowState, waiting: dict[str, int]) -> dict[str, Any]:
    """Return a key's limits and what of them is used, as QStash's JSON."""
    lane, flow = dispatcher.flow_lane(state.flow.key), state.flow
    active = lane.active if lane else 0
    data: dict[str, Any] = {
        "flowControlKey": flow.key,
        "waitListSize": max(waiting.get(flow.key, 0) - active, 0),
        "parallelismMax": flow.parallelism,
        "parallelismCount": active,
        "rateMax": flow.rate,
        "rateCount": lane.window_count if lane else 0,
        "ratePeriod": flow.period_s,
        "ratePeriodStart": lane.window_start_ms // 1000 if lane else 0,
        "isPaused": state.paused,
        "isPinnedParallelism": state.pinned_parallelism,
        "isPinnedRate": state.pinned_rate,
    }
    return {name: value for name, value in data.items() if value is not None}


def _key(request: Request) -> str:
    return check_name(request.path_params["key"], "flow control key")


def _refuse_unknown(given: dict[str, list[str]], known: set[str]) -> None:
    unknown = set(given) - known
    if unknown:
        raise BadRequest(f"unknown parameter {min(unknown)!r}; known are {', '.join(sorted(known))}")
