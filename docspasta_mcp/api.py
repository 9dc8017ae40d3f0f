"""The Python API: crawl a site, convert a page, read a job's document.

A crawl runs in a process of its own (`cli.answer`). It needs an event loop, worker processes and an allocator tuned for
them, and neither may depend on what the calling program is: a script without a guard around its main part, a
notebook, a thread of a server.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from docspasta_mcp import errors
from docspasta_mcp.errors import ConfigError, DocspastaError, InvalidRequest, InvalidUrl


@dataclass(frozen=True, slots=True)
class Document:
    """A site as one Markdown document, and how complete it is. Counts are pages."""

    job_id: str
    state: Literal["running", "completed", "partial", "failed", "cancelled"]
    """`partial` if some pages failed; `reason` says which."""

    reason: str
    url: str
    """Where the crawl began."""

    done: int
    skipped: int
    failed: int
    notes: tuple[str, ...]
    markdown: str


def crawl(
    url: str,
    *,
    max_pages: int | None = None,
    max_depth: int | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    scope: Literal["auto", "prefix", "host"] = "auto",
    include_hosts: Sequence[str] = (),
    version: str = "",
    quality_threshold: int | None = None,
    delay_seconds: float = 0,
    render: Literal["auto", "never", "always"] | None = None,
    force_refresh: bool = False,
) -> Document:
    """Crawl a site and return its document; blocks until the crawl has ended.

    A crawl that was made lately is answered from the store. Settings are those of the command line: environment
    variables and `docspasta.toml`.

    Args:
        url: any page of the documentation, best its start page.
        max_pages: pages to crawl at most; 500 unless set otherwise. Of a larger manual that was crawled lately,
            `markdown` has the page and those after it, so many in all, and the first of `notes` says so.
        max_depth: links to follow at most; 10 unless set otherwise.
        include: globs; only pages whose path matches one belong into the document.
        exclude: globs; pages whose path matches one are not crawled.
        scope: the manual that the URL belongs to, the URL's directory, or its host.
        include_hosts: further hosts whose pages belong to it.
        version: which of the versions that the site keeps, as in "2.1" or "latest".
        quality_threshold: pages that score lower are left out, 0 to 100.
        delay_seconds: pause between two requests.
        render: `auto` renders pages in a browser that only scripts fill, `always` all, `never` none.
        force_refresh: fetch every page anew though a fresh result exists.

    Raises:
        DocspastaError: the URL, an option or a setting is wrong, or no page could be had; the message says what to do.
    """
    return _ask(
        {
            "url": url,
            "max_pages": max_pages,
            "max_depth": max_depth,
            "include": list(include),
            "exclude": list(exclude),
            "scope": scope,
            "include_hosts": list(include_hosts),
            "version": version,
            "quality_threshold": quality_threshold,
            "delay_seconds": delay_seconds,
            "render": render,
            "force_refresh": force_refresh,
        }
    )


def read_document(job_id: str) -> Document:
    """Return the document of a job, running or ended, that a crawl of this machine's user has made.

    Args:
        job_id: its id or the first six characters, or the URL, the title or the path of its manual.

    Raises:
        DocspastaError: there is no such job, it has no page yet, or a setting is wrong.
    """
    return _ask({"job_id": job_id})


def convert(page: str | bytes, *, url: str = "") -> str:
    """Convert one HTML page to Markdown, with the code that a crawl uses, in this process.

    Args:
        page: its HTML; bytes are decoded as a browser would.
        url: where it was found, for its links; without it, relative links stay as they are unless the page names its
            canonical URL.

    Raises:
        DocspastaError: there is nothing to read on the page, or `url` is not a URL.
    """
    from docspasta_mcp.extract.worker_tasks import read_page  # noqa: PLC0415
    from docspasta_mcp.model.scope import Scope  # noqa: PLC0415
    from docspasta_mcp.urls import parse_url  # noqa: PLC0415

    body, charset = (page.encode(), "utf-8") if isinstance(page, str) else (page, "")
    try:
        where = parse_url(url) if url else ""
    except InvalidUrl as error:
        raise InvalidRequest(str(error)) from None
    scope = Scope("", "/")  # links are not asked for
    return read_page(body, url=where, content_type="text/html", charset=charset, scope=scope).markdown


def _ask(question: dict[str, Any]) -> Document:
    """Put a question to a process of our own and return what it answers.

    Raises:
        DocspastaError: as that process told it.
    """
    command = [sys.executable, "-m", "docspasta_mcp.cli.answer"]
    answered = subprocess.run(  # noqa: S603  # our own interpreter and module
        command, input=json.dumps(question).encode(), stdout=subprocess.PIPE, check=False
    )
    head, _, text = answered.stdout.partition(b"\n")
    try:
        facts = json.loads(head)
    except ValueError:
        raise DocspastaError(f"The process that crawls ended with status {answered.returncode}.") from None
    if "error" in facts:
        kind = getattr(errors, facts["error"], DocspastaError)
        error = kind.__new__(kind)  # some build their message themselves, and it is built already
        error.args = (facts["message"],)
        raise error
    if answered.returncode:  # it was killed while it wrote
        raise ConfigError(f"The process that crawls ended with status {answered.returncode}.")
    return Document(**facts | {"notes": tuple(facts["notes"])}, markdown=text.decode())
