"""The commands about the library: list and search the manuals, keep one, let it expire again."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from docspasta_mcp.cli.arguments import JobId, manuals, words_or_manual
from docspasta_mcp.cli.rows import print_rows
from docspasta_mcp.cli.run import read_settings, run, with_jobs, with_node
from docspasta_mcp.model.counted import counted

if TYPE_CHECKING:
    from docspasta_mcp.fetch.folders import Folders
    from docspasta_mcp.jobs.doc_list import Doc, DocList


def docs(
    query: Annotated[
        str,
        typer.Argument(
            callback=words_or_manual,
            help="Words of a manual's title or address, a URL in it, or its path on this machine.",
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the manuals that have been crawled."""

    async def work(node: Any) -> None:
        found = await node.jobs.library.docs(query=query, limit=sys.maxsize)
        if as_json:
            sys.stdout.write(found.model_dump_json(indent=2) + "\n")
        else:
            _show(found, node.engine.folders)

    run(with_node(work), read_settings(log_level="WARNING"))


def search(
    query: Annotated[str, typer.Argument(help="A question, words, or an exact name.")],
    doc: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MANUAL",
            callback=manuals,
            help="Only this manual, by job id, title, host, URL or path on this machine; repeatable.",
        ),
    ] = None,
    max_tokens: Annotated[int, typer.Option(help="Size of the answer, 500 to 20000.")] = 8_000,
    cursor: Annotated[str, typer.Option(help="Go on after the same question's answer, by its cursor.")] = "",
) -> None:
    """Print the passages of all manuals that answer a question best."""

    async def work(jobs: Any) -> None:
        found = await jobs.library.search(query, doc or (), max_tokens=max_tokens, cursor=cursor)
        if not found.shown:
            sys.stderr.write(f"{found.text}\n")
            return
        sys.stdout.write(f"{found.text}\n")
        more = f"; more: --cursor {found.next_cursor}" if found.next_cursor else ""
        passages, manuals = counted(found.matching, "passage"), counted(found.searched, "manual")
        told = f"{found.shown} of {passages}, from {len(found.manuals)} of {manuals}"
        sys.stderr.write(f"{told}{more}\n")

    run(with_jobs(work), read_settings(log_level="WARNING"))


def pin(job_id: JobId) -> None:
    """Pin a manual, so that it is never deleted for age."""
    _set_pin(job_id, is_pinned=True)


def unpin(job_id: JobId) -> None:
    """Let a manual that was kept expire again."""
    _set_pin(job_id, is_pinned=False)


def _set_pin(job_id: str, *, is_pinned: bool) -> None:
    async def work(jobs: Any) -> None:
        doc = await jobs.library.pin(job_id, is_pinned=is_pinned)
        until = f"expires {doc.expires_at} unless it is read" if doc.expires_at else "is kept"
        sys.stderr.write(f"{doc.title} ({doc.job_id}) {until}\n")

    run(with_jobs(work), read_settings(log_level="WARNING"))


def _newer(doc: "Doc") -> list[str]:
    """Say what became of a newer crawl that is not read instead."""
    if not doc.newer:
        return []
    if doc.newest_state in ("completed", "partial"):
        return [f"newer, but only {counted(doc.newest_pages, 'page')}: {doc.newest_job}"]
    return [f"newer, {doc.newest_state}: {doc.newest_job}"]


def _show(found: "DocList", folders: "Folders") -> None:
    if not found.docs:
        sys.stderr.write(f"{found.next_step}\n")
        return
    rows = [("job", "state", "pages", "tokens", "age", "expires", "manual")]
    for doc in found.docs:
        site = folders.known_as(doc.site)
        name = f"{doc.title} · {site}" if doc.title != doc.site else site
        beside = [f"{doc.older:,} older"] if doc.older else []
        more = f" ({'; '.join([*beside, *_newer(doc)])})" if beside or doc.newer else ""
        expires = "never" if doc.pinned else doc.expires_at[:10]
        sizes = f"{doc.pages:,}", f"{doc.tokens:,}"
        rows.append((doc.job_id, doc.state, *sizes, doc.age, expires, f"{name}{more}"))
    print_rows(rows)
