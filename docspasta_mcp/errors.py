"""Every error this package raises on purpose.

* DocspastaError
  - ConfigError          a setting is missing or makes no sense
  - CallerError          the caller can put it right; the message says how
    + InvalidSeedUrl
    + InvalidRequest     an argument out of its range
    + InvalidCursor
    + JobNotFound        also when the job is somebody else's
    + ResultNotReady
    + QuotaExceeded      the owner has as much as it may have
  - InvalidUrl           a text that is not a URL we would ever fetch
  - PageError            one page could not be had; the crawl goes on
    + AddressBlocked     the host resolves to an address that is not public
    + PageRefused        4xx, robots.txt, wrong content type, too large
    + PageUnreachable    timeout, connection, 429, 5xx       (transient)
  - QueueError
    + PublishFailed                                          (transient)
    + BadSignature       unsigned or wrongly signed
    + BadDelivery        signed, but malformed
    + DeliveryTooEarly   another delivery holds the page     (transient)
"""

from typing import Any, ClassVar

from docspasta_mcp.wording import words

_PLAIN = (
    ("Value error, ", ""),
    ("Field required", "is missing"),
    ("Extra inputs are not permitted", "is not known"),
    ("Invalid JSON", "is not JSON"),
    ("Input should", "must"),
    ("String should", "must"),
    ("greater than or equal to", "at least"),
    ("less than or equal to", "at most"),
)


def in_plain_words(fault: str) -> str:
    """Return pydantic's message about a value as what would follow its name, as in "must be a valid integer"."""
    text = fault.partition(", unable to")[0]
    for theirs, ours in _PLAIN:
        text = text.replace(theirs, ours)
    return text


class DocspastaError(Exception):
    """The root: whatever this package raises on purpose."""

    transient: ClassVar[bool] = False
    """Whether trying the same again later may work."""


class ConfigError(DocspastaError):
    """A setting is missing or makes no sense; the message names the variable."""


class CallerError(DocspastaError):
    """The caller can put it right, and the message says how. `code` is stable, for programs."""

    code: ClassVar[str] = "invalid_request"


class InvalidRequest(CallerError):
    """An argument is out of its range."""


class InvalidSeedUrl(CallerError):
    """The URL to start from cannot be crawled."""

    code = "invalid_url"


class InvalidCursor(CallerError):
    """A cursor that get_result did not hand out for this job."""

    code = "invalid_cursor"


class JobNotFound(CallerError):
    """No such job, or it belongs to somebody else: the answer is the same."""

    code = "job_not_found"

    def __init__(self, job_id: str, alike: str = "") -> None:
        """Prepare; `alike` names manuals that have its words."""
        named = f"Manuals with such a name: {alike}. " if alike else ""
        super().__init__(f"No job {job_id!r:.200}. {named}{words().job_names}")


class ResultNotReady(CallerError):
    """The job has no page to show yet, or never will."""

    code = "result_not_ready"


class QuotaExceeded(CallerError):
    """The owner has as many jobs, pages or bytes as it may have; `retry_after_s` is when that may have changed."""

    code = "quota_exceeded"

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(f"{message} Try again in {retry_after_s:.0f} s.")
        self.retry_after_s = retry_after_s


class InvalidUrl(DocspastaError):
    """A text that is not a URL we would ever fetch."""


MAX_DETAIL = 300  # characters; what a site says has any length
QUOTED = "\n"
"""What stands between our sentence and the site's words in a page's detail; our sentences have no line ends."""


class PageError(DocspastaError):
    """One page failed; the crawl goes on.

    `reason` is a stable code and the text a sentence of ours. Nothing that the site sent stands in either: notes and
    next steps repeat them to models, as our own words. What it sent is in `said`, for where it is framed as the site's.
    """

    def __init__(self, reason: str, text: str, *, said: str = "") -> None:
        super().__init__(text)
        self.reason = reason
        self.said = "".join(sign if sign.isprintable() else "·" for sign in said[:MAX_DETAIL])

    @property
    def detail(self) -> str:
        """Our sentence and what the site said, as they are stored: at most 300 characters."""
        return f"{self}{QUOTED}{self.said}"[:MAX_DETAIL].rstrip(QUOTED)

    def __reduce__(self) -> Any:
        """Support pickling from a worker process: by default pickle calls the class with the text alone."""
        return type(self), (self.reason, str(self)), {"said": self.said}


class AddressBlocked(PageError):
    """The host resolves to an address that is not public."""


class PageRefused(PageError):
    """The page cannot be fetched: 4xx, robots.txt, wrong content type, too large."""


class PageUnreachable(PageError):
    """A timeout, a broken connection, 429 or 5xx. `retry_after_s` is what the site asked for."""

    transient = True

    def __init__(self, reason: str, text: str, *, said: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(reason, text, said=said)
        self.retry_after_s = retry_after_s


class SiteClosed(PageUnreachable):
    """The site may not be asked for longer than a delivery may wait: the page was not asked for."""


class QueueError(DocspastaError):
    """Something between us and the queue."""


class PublishFailed(QueueError):
    """The queue did not take the messages, or did not say that it did."""

    transient = True


class BadSignature(QueueError):
    """A delivery that is not signed, or wrongly."""


class BadDelivery(QueueError):
    """A signed delivery that makes no sense: delivering it again would not help."""


class DeliveryTooEarly(QueueError):
    """Another delivery holds the page; `retry_after_s` is when its lease ends."""

    transient = True

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"The page is being fetched; try again in {retry_after_s:.0f} s.")
        self.retry_after_s = retry_after_s
