"""The commands about access tokens: make, list and revoke them."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from docspasta_mcp.cli.rows import print_rows
from docspasta_mcp.cli.run import read_settings, run, with_node, with_store
from docspasta_mcp.errors import InvalidRequest, QueueError
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.owner import LOCAL_OWNER, OWNER_NAME_RULE, is_owner_name

if TYPE_CHECKING:
    from docspasta_mcp.model.owner import AccessToken
    from docspasta_mcp.server.wiring import Node
    from docspasta_mcp.store import Store

tokens = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Access tokens for `serve`: each opens the jobs of one owner."
)


@tokens.command("create")
def token_create(
    owner: Annotated[str, typer.Argument(help="Whose jobs the token opens: letters, digits and _ . -")],
    days: Annotated[
        float | None, typer.Option(min=0, max=36_500, help="Days until it expires; without it, never.")
    ] = None,
    operator: Annotated[bool, typer.Option(help="Let it see the queue and the metrics of all owners too.")] = False,
) -> None:
    """Make a token and print it, this once."""
    run(with_store(lambda store: create_token(store, owner, days, operator)), read_settings(log_level="WARNING"))


@tokens.command("list")
def token_list() -> None:
    """List the tokens, without their secrets."""
    run(with_store(list_tokens), read_settings(log_level="WARNING"))


@tokens.command("revoke")
def token_revoke(
    name: Annotated[str, typer.Argument(help="A token's id, or an owner: then all of the owner's.")],
    delete_jobs: Annotated[
        bool, typer.Option(help="Delete all jobs and schedules of the owner of that token as well.")
    ] = False,
) -> None:
    """Revoke tokens; they are refused from the next request on."""
    run(
        with_node(lambda node: revoke_token(node, name, delete_jobs=delete_jobs)),
        read_settings(log_level="WARNING"),
    )


async def create_token(store: "Store", owner: str, days: float | None, is_operator: bool) -> None:
    """Make an owner's token and print it."""
    if not is_owner_name(owner):
        raise InvalidRequest(f"{owner!r} is not a name for an owner: {OWNER_NAME_RULE}")
    if days is not None and days <= 0:
        raise InvalidRequest(f"days is {days:g}: such a token would have expired already. Give more than 0, or none.")
    made, secret = await store.access.create(owner, days=days, is_operator=is_operator)
    sys.stdout.write(f"{secret}\n")
    _say(f"token {made.id} of {owner}, {_until(made, store.clock())}; it is not shown again.")
    _say("A server that began when there was no token asks for one when it is started anew.")


async def list_tokens(store: "Store") -> None:
    """Print all tokens without their secrets."""
    from docspasta_mcp.document.render import iso_time  # noqa: PLC0415

    found = await store.access.list()
    rows = [
        (token.id, token.owner, iso_time(token.created_at), _until(token, store.clock()), _role(token))
        for token in found
    ]
    print_rows([("token", "owner", "made", "until", "role"), *rows] if rows else [])
    if not rows:
        _say("There is no token: `docspasta-mcp token create OWNER` makes one.")


async def revoke_token(node: "Node", name: str, *, delete_jobs: bool) -> None:
    """Revoke a token, or all of an owner, whose jobs and schedules may be deleted too."""
    store, ended, deleted = node.store, 0, 0
    owners = {token.owner for token in await store.access.list() if name in (token.id, token.owner)} or {name}
    revoked = await store.access.revoke(name)
    for owner in sorted(owners) if delete_jobs else ():
        ended += await _end_schedules(node, owner)  # first, so that none starts another job
        deleted += await store.jobs.delete_all(owner=owner)
    if not revoked and not deleted and not ended:
        raise InvalidRequest(f"No token or owner {name!r}. `docspasta-mcp token list` shows them.")
    _say(f"{counted(revoked, 'token')} revoked, {counted(deleted, 'job')} and {counted(ended, 'schedule')} deleted")
    for owner in sorted(owners):
        await _tell_what_goes_on(store, owner)


async def _end_schedules(node: "Node", owner: str) -> int:
    try:
        return await node.schedules_of(owner).remove_all()
    except QueueError as error:
        raise QueueError(
            f"{error} The token is revoked, but schedules of {owner} are left: "
            f"`docspasta-mcp token revoke {owner} --delete-jobs` tries it again."
        ) from error


async def _tell_what_goes_on(store: "Store", owner: str) -> None:
    """Name what an owner who has no token left, and so cannot see it, has set going."""
    if owner == LOCAL_OWNER or any(token.owner == owner for token in await store.access.list()):
        return
    schedules = len(await store.schedules.list(owner=owner))
    jobs = sum(job.owner == owner for job in await store.jobs.running())
    parts = [counted(count, word) for count, word in ((jobs, "running job"), (schedules, "schedule")) if count]
    if parts:
        way = f"`docspasta-mcp token revoke {owner} --delete-jobs` ends them and deletes all jobs of {owner}."
        _say(f"{owner} has no token now, but {' and '.join(parts)} are left: {way}")


def _role(token: "AccessToken") -> str:
    return "operator" if token.is_operator else "-"


def _until(token: "AccessToken", now: float) -> str:
    from docspasta_mcp.document.render import iso_time  # noqa: PLC0415

    if token.expires_at is None:
        return "does not expire"
    return f"{'expired' if token.expires_at <= now else 'expires'} {iso_time(token.expires_at)}"


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
