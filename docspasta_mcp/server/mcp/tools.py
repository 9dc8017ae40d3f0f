"""What the six MCP tools do: start_crawl, get_status, get_result, cancel_crawl, list_docs, search_docs.

Docstrings and descriptions are what a model reads; they are constant, whatever was crawled. Small answers are
typed; a result is one block of text, since some hosts drop the text when structured content stands beside it.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from docspasta_mcp.document.slices import DEFAULT_TOKENS, MAX_TOKENS, MIN_TOKENS
from docspasta_mcp.errors import CallerError, InvalidRequest, QueueError
from docspasta_mcp.jobs.doc_list import DocList
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.jobs.status import MAX_WAIT_S, JobStatus, StartedCrawl
from docspasta_mcp.model.counted import counted
from docspasta_mcp.server.mcp.answers import following_arguments, framed_search, framed_slice
from docspasta_mcp.server.mcp.bounds import bounded
from docspasta_mcp.server.mcp.notices import library_changed

if TYPE_CHECKING:
    from docspasta_mcp.jobs.schedules import OwnerSchedules
    from docspasta_mcp.jobs.service import OwnerJobs
    from docspasta_mcp.model.crawl_choices import CrawlChoices

JobId = Annotated[str, Field(description="What start_crawl returned; its first 6 characters or the manual's URL do.")]
Cursor = Annotated[str, Field(description="next_cursor of the answer before; empty for the first part.")]
Tokens = Annotated[
    int,
    Field(description="Size of the answer.", json_schema_extra={"minimum": MIN_TOKENS, "maximum": MAX_TOKENS}),
]


class Tools:
    """The tools, for whoever makes the current request."""

    def __init__(
        self, jobs: "Callable[[], OwnerJobs]", schedules: "Callable[[], OwnerSchedules] | None" = None
    ) -> None:
        """Prepare; without schedules no tool takes `cron`."""
        self._jobs = jobs
        self._schedules = schedules

    async def start_crawl(
        self,
        ctx: Context[Any, Any],
        url: Annotated[str, Field(description="Any page of the documentation, best its start page.")],
        max_pages: Annotated[int | None, Field(description="Pages to crawl at most.")] = None,
        max_depth: Annotated[int | None, Field(description="Links to follow at most from the start page.")] = None,
        include: Annotated[
            Sequence[str], Field(description='Only pages whose path matches one of these globs, as in ["/guide/*"].')
        ] = (),
        exclude: Annotated[
            Sequence[str],
            Field(description='Leave out pages whose path matches one of these globs, as in ["*/old/*"].'),
        ] = (),
        scope: Annotated[
            Literal["auto", "prefix", "host"],
            Field(description="auto: the manual that the URL belongs to. prefix: its directory. host: its whole host."),
        ] = "auto",
        include_hosts: Annotated[
            Sequence[str], Field(description='Further hosts whose pages belong to it, as in ["api.example.com"].')
        ] = (),
        version: Annotated[
            str, Field(description='Which of the versions that the site keeps, as in "2.1" or "latest".')
        ] = "",
        quality_threshold: Annotated[
            int | None, Field(description="Leave out pages that score lower; 0 keeps the shortest.")
        ] = None,
        render: Annotated[
            Literal["auto", "never", "always"] | None,
            Field(description="auto: a browser renders pages that only scripts fill. always: all. never: none."),
        ] = None,
        delay_seconds: Annotated[float, Field(description="Pause between two requests, at least robots.txt's.")] = 0,
        force_refresh: Annotated[
            bool, Field(description="Fetch every page anew though a fresh result exists.")
        ] = False,
        dry_run: Annotated[
            bool, Field(description="Crawl nothing; tell the scope, the estimated number of pages and a sample.")
        ] = False,
        cron: Annotated[
            str, Field(description='When to crawl it again and again, as five fields in UTC, "0 3 * * 1".')
        ] = "",
    ) -> StartedCrawl:
        """Start to crawl a documentation site; returns at once with a job_id. Then poll get_status.

        Crawls the manual that the URL belongs to, obeying robots.txt. A manual is not crawled twice within a day:
        the running or fresh job is returned with reused=true. Later, only pages that have changed are read anew.
        """
        choices: CrawlChoices = {
            "max_pages": max_pages, "max_depth": max_depth, "include": include, "exclude": exclude, "scope": scope,
            "include_hosts": include_hosts, "version": version, "quality_threshold": quality_threshold,
            "render": render, "delay_seconds": delay_seconds,
        }  # fmt: skip
        with tool_errors():
            again = await self._schedule(url, cron, choices, dry_run=dry_run)
            started = await self._jobs().start(url, force_refresh=force_refresh, dry_run=dry_run, **choices)
            started.next_step += again
        if not (started.reused or dry_run):
            await library_changed(ctx)
        return started

    async def _schedule(self, url: str, cron: str, choices: "CrawlChoices", *, dry_run: bool) -> str:
        """Have a manual crawled again and again, if that is asked for, and return what is told of it."""
        if not cron or self._schedules is None:
            return ""
        if dry_run:
            raise InvalidRequest("Give cron without dry_run: a dry run starts nothing.")
        schedule = await self._schedules().add(url, cron, **choices)
        return f" It is crawled again at {schedule.cron} (UTC); DELETE /api/v4/schedules/{schedule.id} ends that."

    async def get_status(
        self,
        ctx: Context[Any, Any],
        job_id: JobId,
        wait_seconds: Annotated[
            float,
            Field(
                description="Wait up to this long for the crawl to end.",
                json_schema_extra={"minimum": 0, "maximum": MAX_WAIT_S},
            ),
        ] = 0,
    ) -> JobStatus:
        """Tell how far a crawl is: pages done, pending, skipped and failed with reasons, and what to do next."""
        settled = -1
        was_running = False

        async def report(status: JobStatus) -> None:
            nonlocal settled, was_running
            was_running = True
            now = status.done + status.skipped + status.failed
            if now > settled:
                settled = now
                await ctx.report_progress(now, now + status.pending, f"{counted(status.done, 'page')} read")

        with tool_errors():
            status = await self._jobs().wait(job_id, wait_seconds, on_progress=report)
        if was_running and status.state != "running":
            await library_changed(ctx)
        return status

    async def get_result(
        self,
        job_id: JobId,
        cursor: Cursor = "",
        max_tokens: Tokens = DEFAULT_TOKENS,
        format: Annotated[  # the name callers know
            Literal["markdown", "map", "coverage"],
            Field(
                description="markdown: the pages. map: the list of contents with tokens per page. coverage: what was "
                "found, skipped and left out, and why."
            ),
        ] = "markdown",
        query: Annotated[
            str,
            Field(description="Only the passages that answer this question best, or define this exact name."),
        ] = "",
        pages: Annotated[
            Sequence[str],
            Field(
                description='Only these pages by number, range, URL or title of the map, as in ["2", "5-7", "Install"].'
            ),
        ] = (),
        at: Annotated[
            str,
            Field(description='Read on from a page\'s heading, as in "12#transactions"; answers name these.'),
        ] = "",
        since: Annotated[
            str, Field(description="corpus_hash of an earlier crawl: only pages added or changed since.")
        ] = "",
        if_not_hash: Annotated[
            str, Field(description="A corpus_hash you have: if the content is still that, the answer is a word.")
        ] = "",
    ) -> str:
        """Read one crawled manual. With query: the passages that answer it, which is cheapest. Else: all, part by part.

        Pass next_cursor as cursor for the next part, until an answer says complete. Works while the crawl is running.
        query can be asked within pages and as format=map.
        """
        with tool_errors():
            choice = Choice(tuple(pages), query, since, if_not_hash, at)
            part = await self._jobs().result(
                job_id, cursor=cursor or None, max_tokens=max_tokens, result_format=format, choice=choice
            )
            if not (part.pages or part.note):
                return bounded(part.text, max_tokens=max_tokens)
            return framed_slice(part, following_arguments(format, choice), max_tokens)

    async def cancel_crawl(self, ctx: Context[Any, Any], job_id: JobId) -> JobStatus:
        """Stop a running crawl for good; it does not go on later. Pages read so far stay readable."""
        with tool_errors():
            status = await self._jobs().cancel(job_id)
        await library_changed(ctx)
        return status

    async def list_docs(
        self,
        query: Annotated[str, Field(description="Words of its title, address or version, or a URL in it.")] = "",
        cursor: Cursor = "",
    ) -> DocList:
        """List the manuals that can be read at once, the newest whole crawl of each. Call it first: it may be there."""
        with tool_errors():
            return await self._jobs().library.docs(query=query, cursor=cursor)

    async def search_docs(
        self,
        query: Annotated[str, Field(description="A question, words, or an exact name.")],
        docs: Annotated[
            Sequence[str],
            Field(description='Only these manuals by job_id, title, host or URL, as in ["sqlite"]; all if empty.'),
        ] = (),
        max_tokens: Tokens = DEFAULT_TOKENS,
        cursor: Cursor = "",
    ) -> str:
        """Find the passages that answer a question best in all crawled manuals, or in some of them, in one answer."""
        with tool_errors():
            found = await self._jobs().library.search(
                query, docs, max_tokens=max_tokens, cursor=cursor, has_header=True
            )
            return framed_search(found, max_tokens)


class tool_errors:  # noqa: N801  # reads as a statement
    """Let the model see errors it can put right; it sees no others."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, CallerError):
            raise ToolError(bounded(str(error), max_tokens=MIN_TOKENS)) from error
        if isinstance(error, QueueError):
            raise ToolError(f"{bounded(str(error), max_tokens=MIN_TOKENS)} Try again in a minute.") from error
