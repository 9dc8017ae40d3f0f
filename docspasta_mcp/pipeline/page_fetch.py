"""Fetch what a page is read from: its Markdown edition, what discovery has just fetched, or the page itself."""

from collections.abc import Callable

from docspasta_mcp.discovery.context_values import is_initializer
from docspasta_mcp.discovery.robots import Rules
from docspasta_mcp.errors import PageRefused
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetched, Fetcher
from docspasta_mcp.fetch.walls import is_sign_in, leads_back
from docspasta_mcp.model.content_types import is_readable_type
from docspasta_mcp.model.edition import MarkdownEdition
from docspasta_mcp.model.file_formats import FileFormat, FilesMode, format_of
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Claim, Validators
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.specification import file_of, may_be_specification
from docspasta_mcp.urls import origin_of


class PageFetch:
    """Fetches pages of jobs."""

    def __init__(self, fetcher: Fetcher, editions: Editions) -> None:
        self._fetcher = fetcher
        self._editions = editions

    async def fetch(
        self, job: Job, claim: Claim, rules: Rules, known: Validators | None
    ) -> tuple[Fetched, MarkdownEdition | None]:
        """Fetch the Markdown edition of a page if the job uses one, else the page. The front page is read as HTML."""
        may_enter, allow_private = ways_of(job, claim, rules), job.options.allow_private

        def kept(url: str) -> Fetched | None:
            return self._fetcher.first_looks.take(job.id, url) if known is None else None

        is_front = claim.link_depth == 0 or page_key(claim.url) == page_key(job.scope.origin + job.scope.prefix)
        if job.markdown_edition.is_used and not is_front:
            edition = await self._editions.fetch(
                claim.url,
                job.markdown_edition,
                job.scope,
                allow_private=allow_private,
                may_enter=may_enter,
                known=known,
                kept=kept,
            )
            if edition is not None:
                return edition, job.markdown_edition
        file = file_of(claim.url)
        if looked_at := kept(file):
            return looked_at, None

        def is_wanted(content_type: str) -> bool:
            is_file = file_format_of(file, content_type, job) is not None
            return is_file or is_readable_type(content_type) or may_name_specification(file, content_type)

        page = await self._fetcher.fetch(
            file, allow_private=allow_private, accepts=is_wanted, may_follow=may_enter, known=known
        )
        if page.url != file and job.scope.normal(page.url) not in job.scope:  # a way out of it may lead back
            if is_sign_in(page.url, file, page.body):
                raise PageRefused("login_required", "It sends its reader to a page that asks for a password.")
            raise PageRefused("redirected_out_of_scope", "It redirects to a URL outside the scope.", said=page.url)
        return page, None


def ways_of(job: Job, claim: Claim, rules: Rules) -> Callable[[str], bool]:
    """Return what tells of a URL whether the fetch of a page may lead there."""

    def may_enter(target: str) -> bool:
        own = job.scope.normal(target)
        is_ruled = origin_of(own) == origin_of(job.scope.normal(claim.url))  # another host has its own robots.txt
        is_way = own in job.scope or (job.scope.refusal(own) == "outside" and leads_back(own, claim.url))
        return is_ruled and is_way and rules.allows(target)

    return may_enter


def file_format_of(url: str, content_type: str, job: Job) -> FileFormat | None:
    """Return the format of a file that is read as a page; None for pages, and where files are not wanted."""
    found = format_of(url, content_type)
    if found is None or (job.options.files is FilesMode.NEVER and not found.is_source):
        return None
    return found


def may_name_specification(url: str, content_type: str) -> bool:
    """Tell whether a body may be an API specification, or a script of a viewer that names one."""
    return may_be_specification(url, content_type) or is_initializer(url)
