"""How the page writes figures, times and codes in plain words: filters of its templates."""

from collections.abc import Callable
from datetime import UTC, datetime

from docspasta_mcp.jobs.coverage import LEFT_OUT_WHY
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.folder import called

MAX_TITLE = 160  # characters that are shown of what a site calls something; some call it a megabyte
_STATES = {
    "running": "Running",
    "completed": "Complete",
    "partial": "Complete, with gaps",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
_SOURCES = {
    "seed": "where you began",
    "navigation": "the site's navigation",
    "llms.txt": "llms.txt",
    "sitemap": "sitemap",
    "folder": "the folder or archive",
    "import": "an exported manual",
    "index": "the generator's index",
    "link": "links on pages",
}
_REASONS = {
    "duplicate": "says what another page says",
    "http_401": "asks for a name and a password: 401",
    "http_403": "refused: 403",
    "http_429": "asks for fewer requests: 429",
    "http_500": "an error of the site: 500",
    "http_502": "the site could not be reached: 502",
    "http_503": "the site was not ready: 503",
    "http_504": "the site took too long: 504",
    "http_404": "a dead link: 404",
    "not_given": "beside the one file that was crawled",
    "http_410": "gone: 410",
    "soft_404": "says that it does not exist",
    "robots": "robots.txt asks not to read it",
    "timeout": "did not answer in time",
    "blocked_address": "its address is not public",
    "low_quality": "hardly any text",
}


def number(value: float) -> str:
    """Return 12345 as 12,345."""
    return f"{value:,.0f}"


def short(value: float) -> str:
    """Return a large number roughly: 1.2k, 34k, 5.6M."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            scaled = value / size
            return f"{scaled:.1f}{unit}" if scaled < 10 else f"{scaled:.0f}{unit}"
    return f"{value:.0f}"


def size(value: int) -> str:
    """Return bytes roughly: 980 B, 12 kB, 3.4 MB."""
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if value >= unit:
            scaled = value / unit
            return f"{scaled:.1f} {name}" if scaled < 10 else f"{scaled:,.0f} {name}"
    return f"{value} B"


def duration(seconds: float) -> str:
    """Return a length of time as its two greatest units."""
    whole = max(0, round(seconds))
    parts = [(whole // 86_400, "d"), (whole // 3600 % 24, "h"), (whole // 60 % 60, "min"), (whole % 60, "s")]
    shown = [f"{value} {unit}" for value, unit in parts if value]
    return " ".join(shown[:2]) or "0 s"


def ago(clock: Callable[[], float]) -> Callable[[str | float | None], str]:
    """Return the filter that tells how long ago a moment was; it takes ISO 8601 or Unix seconds."""

    def told(moment: str | float | None) -> str:
        if moment is None:
            return ""
        then = datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else moment
        seconds = max(0.0, clock() - then)
        for size, noun in ((86_400, "day"), (3600, "hour"), (60, "minute")):
            if seconds >= size:
                return f"{counted(int(seconds // size), noun)} ago"
        return "just now"

    return told


def day(moment: float | None) -> str:
    """Return Unix seconds as a day and a time."""
    return "never" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def title(text: str) -> str:
    """Return a title that fits a line."""
    clean = "".join(sign if sign.isprintable() else " " for sign in text[: MAX_TITLE * 2]).strip()
    return clean if len(clean) <= MAX_TITLE else clean[: MAX_TITLE - 1] + "…"


def address(url: str) -> str:
    """Return a URL without what every one begins with; one of a folder by the folder's name."""
    return title(called(url).removeprefix("https://").removeprefix("http://"))


def outside(url: str) -> str:
    """Return the URL of a site for a link; nothing if it is not one that is fetched."""
    return url if url.startswith(("http://", "https://")) else ""


def state(code: str) -> str:
    """Return a job's state in words."""
    return _STATES.get(code, code)


def source(code: str) -> str:
    """Return what names pages in words."""
    return _SOURCES.get(code, code)


def reason(code: str) -> str:
    """Return a reason code in words; the code itself if it says enough."""
    return LEFT_OUT_WHY.get(code) or _REASONS.get(code) or code.replace("_", " ")


FILTERS = {
    "number": number,
    "short": short,
    "size": size,
    "counted": counted,
    "duration": duration,
    "day": day,
    "title_line": title,
    "address": address,
    "outside": outside,
    "state": state,
    "source": source,
    "reason": reason,
}
