"""Operating, for operators alone: how full the queue is, its switch, and the messages whose deliveries are used up."""

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from docspasta_mcp.errors import InvalidRequest, QueueError
from docspasta_mcp.queue.operator import PAGE, OperatorClient
from docspasta_mcp.runtime.shared_values import SharedValues
from docspasta_mcp.server.ui.guard import Form, NotHere, changing, go_to, viewing, visitor_of
from docspasta_mcp.server.ui.hour import last_hour
from docspasta_mcp.server.ui.live import stream
from docspasta_mcp.server.ui.templates import is_fragment, rendered, show
from docspasta_mcp.store import Store

OPERATING = "/ui/operating"
_LOOK_S = 2.0  # between two looks of the stream
_FRESH_S = 1.9
MAX_ANSWER = 500  # characters that are shown of what a destination answered last

OpenOperator = Callable[[], AbstractAsyncContextManager[OperatorClient]]


def operating_routes(store: Store, open_operator: OpenOperator) -> list[Route]:
    """Return the operators' page and its actions; everybody else gets a 404."""

    async def operating(request: Request) -> Response:
        only_operators(request)
        return await _shown(request, store, open_operator)

    shared = SharedValues[str, dict[str, Any]](fresh_s=_FRESH_S, most=1)

    async def live(request: Request) -> Response:
        only_operators(request)

        async def figures() -> dict[str, str]:
            values = await shared.get("figures", lambda: _figures(store, open_operator))
            return {"figures": rendered(request, "_figures.html", **values)}

        return stream(figures, every_s=_LOOK_S)

    async def hour(request: Request) -> Response:
        only_operators(request)
        return show(request, "_hour.html", hour=await last_hour(store))

    async def switch(request: Request, form: Form) -> Response:
        only_operators(request)
        async with open_operator() as operator:
            await operator.set_paused(paused=form.get("paused") == "yes")
        return await _done(request, store, open_operator)

    async def retry(request: Request, form: Form) -> Response:
        only_operators(request)
        async with open_operator() as operator:
            await retry_chosen(operator, form)
        return await _done(request, store, open_operator)

    async def delete(request: Request, form: Form) -> Response:
        only_operators(request)
        async with open_operator() as operator:
            await operator.delete(await _chosen(operator, form))
        return await _done(request, store, open_operator)

    return [
        viewing(OPERATING, operating),
        viewing(f"{OPERATING}/live", live),
        viewing(f"{OPERATING}/hour", hour),
        changing(f"{OPERATING}/switch", switch),
        changing(f"{OPERATING}/retry", retry),
        changing(f"{OPERATING}/delete", delete),
    ]


def only_operators(request: Request) -> None:
    """Let nobody but operators through.

    Raises:
        NotHere: the visitor is none.
    """
    if not visitor_of(request).is_operator:
        raise NotHere("There is no such page here.")


class DeadLetter(Protocol):
    """A message that nobody took."""

    @property
    def dlq_id(self) -> str:
        """What it goes by."""
        ...


class DeadLetters(Protocol):
    """Lists dead letters and publishes them again, as the operator's client does."""

    async def dead_letters(self, *, cursor: str | None = None) -> tuple[Sequence[DeadLetter], str | None]:
        """Return some of them, and where the next ones begin."""
        ...

    async def retry(self, dlq_id: str) -> str:
        """Publish one again."""
        ...


async def retry_chosen(operator: DeadLetters, form: Form) -> None:
    """Publish again what a form names. Of all that there were, those that somebody else has seen to are passed over.

    Raises:
        InvalidRequest: the one that was named is gone.
    """
    for dlq_id in await _chosen(operator, form):
        try:
            await operator.retry(dlq_id)
        except InvalidRequest:
            if form.get("all") != "yes":
                raise


async def _chosen(operator: DeadLetters, form: Form) -> list[str]:
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


async def _figures(store: Store, open_operator: OpenOperator) -> dict[str, Any]:
    """Return what moves: the queue's figures, or why there are none, and what the installation holds."""
    figures: dict[str, Any] | None = None
    problem = ""
    try:
        async with open_operator() as operator:
            figures = await operator.figures()
    except InvalidRequest as error:  # it is QStash's queue
        problem = str(error)
    except QueueError as error:
        problem = f"{error} Another process takes over within about a second."
    return {"figures": figures, "problem": problem, "totals": await store.jobs.totals()}


async def _shown(request: Request, store: Store, open_operator: OpenOperator) -> Response:
    values = await _figures(store, open_operator)
    letters: list[Any] = []
    more: str | None = None
    with contextlib.suppress(QueueError):  # the figures say so
        async with open_operator() as operator:
            letters, more = await operator.dead_letters(count=PAGE)
    return show(
        request, "operating.html", letters=letters, has_more=more is not None, max_answer=MAX_ANSWER,
        hour=await last_hour(store), **values,
    )  # fmt: skip
