"""What robots.txt forbids and allows, however it is written (RFC 9309)."""

import gzip

from evals.situations.model import Crawl, Situation
from evals.situations.site import Answer, Pages, page, text

_NAV = ("/m/", "/m/a.html", "/m/b.html")
_SITE: Pages = {path: page(path, nav=_NAV) for path in _NAV}
_ALLOWED = ("/m/", "/m/b.html")
_RULE = "User-agent: *\nDisallow: /m/a.html\n"


def _obeyed(name: str, robots: Answer, pages: tuple[str, ...] = _ALLOWED) -> Situation:
    return Situation(name, {**_SITE, "/robots.txt": robots}, (Crawl("/m/", pages), Crawl("/m/b.html", pages)))


SITUATIONS = (
    _obeyed("robots.txt with a byte order mark", text("\ufeff" + _RULE)),
    _obeyed("a robots.txt that is too long", text(_RULE + "# and so on\n" * 60_000)),
    _obeyed(
        "a robots.txt whose gzip is cut",
        Answer(
            gzip.compress((_RULE + "# and so on\n" * 400).encode())[:-8],
            content_type="text/plain",
            headers={"Content-Encoding": "gzip"},
        ),
    ),
    _obeyed("a robots.txt for another robot", text("User-agent: DOC\nDisallow: /\n\nUser-agent: *\nAllow: /\n"), _NAV),
    Situation(
        "a robots.txt that asks for pauses",
        {"/m/": page("M"), "/robots.txt": text("User-agent: *\nCrawl-delay: 1\n")},
        (Crawl("/m/", ("/m/",), first_note="1 s pass between two requests.*takes? about 1 min"),),
    ),
    _obeyed(
        "groups of the same robot in a robots.txt",
        text("User-agent: docspasta-mcp\nDisallow: /m/x\n\nUser-agent: docspasta-mcp\nDisallow: /m/a.html\n"),
    ),
)
