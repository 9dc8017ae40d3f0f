"""The operator's commands: show, pause and resume the queue; list, show, retry and delete its dead letters."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from docspasta_mcp.cli.rows import print_rows
from docspasta_mcp.cli.run import operate
from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.model.counted import counted
from docspasta_mcp.runtime.escapes import escaped_json

if TYPE_CHECKING:
    from docspasta_mcp.queue.operator import OperatorClient

dlq = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Messages whose deliveries are used up. On QStash or the embedded broker.",
)

DlqIds = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Ids of dead letters, as `dlq list` prints them.")
]
EveryDlqId = Annotated[bool, typer.Option("--all", help="All dead letters there are.")]


def queue(as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False) -> None:
    """Show how full the embedded broker's queue is. Tells what of each limit is used."""
    operate(lambda operator: show_queue(operator, as_json=as_json), tells_stranded=True)


def pause() -> None:
    """Stop all deliveries of the embedded broker. Nothing is lost."""
    operate(lambda operator: set_paused(operator, paused=True))


def resume() -> None:
    """Let the embedded broker deliver again."""
    operate(lambda operator: set_paused(operator, paused=False))


@dlq.command("list")
def dlq_list(
    count: Annotated[int, typer.Option(min=1, max=100, help="How many to show.")] = 100,
    cursor: Annotated[str | None, typer.Option(help="Where to go on, as the page before says.")] = None,
) -> None:
    """List dead letters, oldest first."""
    operate(lambda operator: list_dead_letters(operator, count=count, cursor=cursor))


@dlq.command("show")
def dlq_show(dlq_id: Annotated[str, typer.Argument(help="The dead letter's id.")]) -> None:
    """Print one dead letter as JSON, and its last answer."""
    operate(lambda operator: show_dead_letter(operator, dlq_id))


@dlq.command("retry")
def dlq_retry(dlq_ids: DlqIds = None, every: EveryDlqId = False) -> None:
    """Publish dead letters again, as new messages."""
    operate(lambda operator: retry_dead_letters(operator, dlq_ids or [], every=every))


@dlq.command("delete")
def dlq_delete(dlq_ids: DlqIds = None, every: EveryDlqId = False) -> None:
    """Delete dead letters."""
    operate(lambda operator: delete_dead_letters(operator, dlq_ids or [], every=every))


async def show_queue(operator: "OperatorClient", *, as_json: bool) -> None:
    """Print how full the queue is, and what of each flow-control key's limits is used."""
    figures = await operator.figures()
    if as_json:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
        return
    paused = ", deliveries are paused" if figures["isPaused"] else ""
    _say(
        f"{counted(figures['depth'], 'message')}, {figures['inFlight']} of at most {figures['parallelismMax']} "
        "in flight, "
        f"{counted(figures['deadLetters'], 'dead letter')}{paused}"
    )
    keys = [("flow-control key", "waiting", "in flight", "rate")]
    for key in figures["flowControl"]:
        in_flight = f"{key['parallelismCount']}/{key.get('parallelismMax', '∞')}"
        rate = f"{key['rateCount']}/{key['rateMax']} in {key['ratePeriod']} s" if "rateMax" in key else "no limit"
        keys.append((key["flowControlKey"], str(key["waitListSize"]), in_flight, rate + _paused(key["isPaused"])))
    queues = [("queue", "waiting", "parallelism")]
    for queue in figures["queues"]:
        queues.append((queue["name"], str(queue["lag"]), f"{queue['parallelism']}{_paused(queue['paused'])}"))
    for rows in (keys, queues):
        if len(rows) > 1:
            print_rows(rows)


async def set_paused(operator: "OperatorClient", *, paused: bool) -> None:
    """Stop or start all deliveries, and say so."""
    await operator.set_paused(paused=paused)
    _say("Deliveries are paused until `docspasta-mcp resume`." if paused else "Deliveries go on.")


async def list_dead_letters(operator: "OperatorClient", *, count: int, cursor: str | None) -> None:
    """Print a page of dead letters, oldest first."""
    letters, following = await operator.dead_letters(cursor=cursor, count=count)
    if not letters:
        _say("No dead letters.")
        return
    rows = [("id", "published", "status", "label", "destination")]
    for letter in letters:
        published = datetime.fromtimestamp(letter.created_at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        rows.append((letter.dlq_id, published, str(letter.response_status), letter.label or "-", letter.url))
    print_rows(rows)
    if following:
        _say(f"more: docspasta-mcp dlq list --cursor {following}")


async def show_dead_letter(operator: "OperatorClient", dlq_id: str) -> None:
    """Print one dead letter as JSON."""
    letter = await operator.dead_letter(dlq_id)
    sys.stdout.write(escaped_json(json.dumps(letter, indent=2, ensure_ascii=False)) + "\n")


async def retry_dead_letters(operator: "OperatorClient", dlq_ids: Sequence[str], *, every: bool) -> None:
    """Publish dead letters again, and print the id of each new message; ids that do not exist stop no other."""
    missing: list[str] = []
    chosen = await _chosen(operator, dlq_ids, every=every)
    if not chosen:
        _say("No dead letters.")
    for dlq_id in chosen:
        try:
            _say(await operator.retry(dlq_id))
        except InvalidRequest:
            missing.append(dlq_id)
    if missing:
        raise InvalidRequest(f"No dead letter {', '.join(missing)}. `docspasta-mcp dlq list` shows those that exist.")


async def delete_dead_letters(operator: "OperatorClient", dlq_ids: Sequence[str], *, every: bool) -> None:
    """Delete dead letters, and say how many."""
    chosen = await _chosen(operator, dlq_ids, every=every)
    deleted = await operator.delete(chosen) if chosen else 0
    _say(f"{deleted} deleted")
    if deleted < len(chosen):
        are = counted(len(chosen) - deleted, "of these ids is not a dead letter", "of these ids are not dead letters")
        raise InvalidRequest(f"{are}. `docspasta-mcp dlq list` shows those that exist.")


async def _chosen(operator: "OperatorClient", dlq_ids: Sequence[str], *, every: bool) -> list[str]:
    """Return the ids given, or those of all dead letters there are now."""
    if every == bool(dlq_ids):
        raise InvalidRequest("Give ids of dead letters, or --all.")
    chosen, cursor = list(dlq_ids), None
    while every:
        letters, cursor = await operator.dead_letters(cursor=cursor)
        chosen.extend(letter.dlq_id for letter in letters)
        if cursor is None:
            break
    return chosen


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _paused(paused: bool) -> str:
    return ", paused" if paused else ""
