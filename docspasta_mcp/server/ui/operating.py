"""Operating, for operators alone: how full the queue is, its switch, and the messages whose deliveries are used up."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from docspasta_mcp.errors import InvalidRequest, QueueError
from docspasta_mcp.queue.operator import PAGE, OperatorClient
from docspasta_mcp.server.ui.guard import Form, NotHere, changing, go_to, viewing, visitor_of
from docspasta_mcp.server.ui.templates import is_fragment, show
from docspasta_mcp.store import Store

OPERATING = "/ui/operating"
MAX_ANSWER = 500  # characters that are shown of what a destination answered last

OpenOperator = Callable[[], AbstractAsyncContextManager[OperatorClient]]


def operating_routes(store: Store, open_operator: OpenOperator) -> list[Route]:
    """Return the operators' page and its actions; everybody else gets a 404."""

    async def operating(request: Request) -> Response:
        _only_operators(request)
        return await _shown(request, store, open_operator)

    async def switch(request: Request, form: Form) -> Response:
        _only_operators(request)
        async with open_operator() as operator:
            await operator.set_paused(paused=form.get("paused") == "yes")
        return await _done(request, store, open_operator)

    async def retry(request: Request, form: Form) -> Response:
        _only_operators(request)
        async with open_operator() as operator:
            for dlq_id in await _chosen(operator, form):
                await operator.retry(dlq_id)
        return await _done(request, store, open_operator)

    async def delete(request: Request, form: Form) -> Response:
        _only_operators(request)
        async with open_operator() as operator:
            await operator.delete(await _chosen(operator, form))
        return await _done(request, store, open_operator)

    return [
        viewing(OPERATING, operating),
        changing(f"{OPERATING}/switch", switch),
        changing(f"{OPERATING}/retry", retry),
        changing(f"{OPERATING}/delete", delete),
    ]


def _only_operators(request: Request) -> None:
    if not visitor_of(request).is_operator:
        raise NotHere("There is no such page here.")


async def _chosen(operator: OperatorClient, form: Form) -> list[str]:
    """Return the ids that a form names: one, or all there are now."""
    if form.get("all") != "yes":
        return [form.get("id", "")]
    ids: list[str] = []
    cursor: str | None = None
    while True:
        letters, cursor = await operator.dead_letters(cursor=cursor)
        ids += [letter.dlq_id for letter in letters]
        if cursor is None:
            return ids


async def _done(request: Request, store: Store, open_operator: OpenOperator) -> Response:
    return await _shown(request, store, open_operator) if is_fragment(request) else go_to(request, OPERATING)


async def _shown(request: Request, store: Store, open_operator: OpenOperator) -> Response:
    figures: dict[str, Any] | None = None
    letters: list[Any] = []
    more: str | None = None
    problem = ""
    try:
        async with open_operator() as operator:
            try:
                figures = await operator.figures()
            except InvalidRequest as error:  # it is QStash's queue
                problem = str(error)
            letters, more = await operator.dead_letters(count=PAGE)
    except QueueError as error:
        problem = f"{error} Another process takes over within about a second: reload."
    return show(
        request,
        "operating.html",
        figures=figures,
        letters=letters,
        has_more=more is not None,
        problem=problem,
        totals=await store.jobs.totals(),
        max_answer=MAX_ANSWER,
    )
