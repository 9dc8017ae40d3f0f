"""What a caller may choose of a crawl: named once for tools, REST, the command line, schedules and Python."""

from collections.abc import Sequence
from typing import TypedDict

MAX_NAME = 200  # characters that are kept of a manual's given name


class CrawlChoices(TypedDict, total=False):
    """What a caller chooses; the operator's default stands for what is missing or None.

    max_pages: pages to fetch at most.
    max_depth: links from the seed to follow at most.
    include: globs on paths; only pages that match one belong into the document.
    exclude: globs on paths that are not entered.
    scope: `auto` infers the manual that the URL belongs to, `prefix` takes its directory, `host` its host.
    include_hosts: further hosts whose pages belong to the manual, with a path or without.
    version: which of the versions that the site keeps, as in "2.1" or "latest"; that of the URL if empty.
    quality_threshold: pages that score lower are left out, 0 to 100.
    delay_seconds: pause between two requests; that of robots.txt or of the operator holds if it is longer.
    render: `auto` renders pages in a browser that only scripts fill, `always` all, `never` none.
    notify_url: webhook that is told when the crawl has ended; the operator says which hosts it may name.
    name: what the manual is called in the library too, such as the package that it is of.
    """

    max_pages: int | None
    max_depth: int | None
    include: Sequence[str]
    exclude: Sequence[str]
    scope: str
    include_hosts: Sequence[str]
    version: str
    quality_threshold: int | None
    delay_seconds: float
    render: str | None
    notify_url: str
    name: str


CHOICES = set(CrawlChoices.__annotations__)
