"""The page that was asked for, and what a small budget is spent on."""

from evals.situations.model import Crawl, Situation
from evals.situations.site import Answer, Pages, moved, page, sitemap, text

_TOPICS = tuple(f"/docs/topic-{number}.html" for number in range(1, 13))
_NAV = ("/docs/", *_TOPICS)
_TOPIC_SITE: Pages = {path: page(path.rpartition("/")[2] or "Start", nav=_NAV) for path in _NAV}
_CHAPTERS = tuple(f"/m/{part}/{name}.html" for part in ("a", "b", "c") for name in ("one", "two", "three"))
_CHAPTER_NAV = ("/m/", *_CHAPTERS)


def _with(answer: Answer, path: str = "/docs/gone.html") -> Pages:
    return {**_TOPIC_SITE, path: answer}


def _unread(path: str, *notes: str, silent: tuple[str, ...] = ()) -> Crawl:
    """Return a crawl whose seed cannot be read, though the manual around it can."""
    return Crawl(path, _NAV, state="partial", exit_code=3, first_note=notes[0], notes=notes, silent=silent)


SITUATIONS = (
    Situation(
        "two topics with one page each, one after the other",
        _TOPIC_SITE,
        (
            Crawl("/docs/topic-1.html", ("/docs/topic-1.html",), options={"max_pages": 1}, notes=("found no room",)),
            Crawl("/docs/topic-2.html", ("/docs/topic-2.html",), options={"max_pages": 1}, notes=("found no room",)),
        ),
    ),
    Situation(
        "three pages around a topic of each section",
        {path: page(path, nav=_CHAPTER_NAV) for path in _CHAPTER_NAV},
        tuple(
            Crawl(f"/m/{part}/two.html", tuple(p for p in _CHAPTERS if f"/{part}/" in p), options={"max_pages": 3})
            for part in ("a", "b", "c")
        ),
    ),
    Situation(
        "a budget under the manual's size keeps the page that was asked for",
        {
            "/": page("Start", nav=tuple(f"/p{n}.html" for n in range(60))),
            **{f"/p{n}.html": page(f"P {n}", nav=tuple(f"/p{n}.html" for n in range(60))) for n in range(60)},
        },
        tuple(
            Crawl(f"/p{n}.html", at_least=20, coverage=(f"to read first: .*/p{n}.html|",), options={"max_pages": 20})
            for n in (3, 58)
        ),
    ),
    Situation(
        "dead links do not eat the budget",
        {
            "/": page("Start", nav=(*(f"/dead{n}.html" for n in range(25)), *(f"/p{n}.html" for n in range(9)))),
            **{f"/p{n}.html": page(f"P {n}") for n in range(9)},
        },
        (
            Crawl("/", ("/", *(f"/p{n}.html" for n in range(9))), options={"max_pages": 12}),
            Crawl("/p3.html", ("/", *(f"/p{n}.html" for n in range(9))), options={"max_pages": 12}),
        ),
    ),
    Situation(
        "a mistyped leaf",
        _TOPIC_SITE,
        (
            _unread(
                "/docs/topic-l.html", r"topic-l\.html.*404.*Is the URL right\?", r"Did you mean \S+/topic-\d.html or"
            ),
        ),
    ),
    Situation(
        "a seed that wants a password",
        _with(Answer("no", 401, headers={"WWW-Authenticate": "Basic realm=x"})),
        (_unread("/docs/gone.html", r"401.*docspasta\.toml", silent=("Is the URL right",)),),
    ),
    Situation(
        "a seed that leads to a page to sign in",
        {
            **_with(moved("/login?next=%2Fdocs%2Fgone.html", 302)),
            "/login?next=%2Fdocs%2Fgone.html": page(
                "Sign in", body="<form><input name=u><input type=password name=p></form>"
            ),
        },
        (_unread("/docs/gone.html", r"password.*docspasta\.toml", silent=("Is the URL right",)),),
    ),
    Situation(
        "a directory that is mistyped",
        {**_TOPIC_SITE, "/": page("All", ("/docs/", "/docs/more/", "/blog/")), "/docs/more/": page("More")},
        (
            Crawl(
                "/doc/",
                state="failed",
                exit_code=1,
                first_note="404.*Is the URL right",
                notes=(r"Did you mean \S+/docs/",),
            ),
        ),
    ),
    Situation(
        "a seed behind a challenge for browsers",
        _with(Answer("no", 403, headers={"cf-mitigated": "challenge"})),
        (_unread("/docs/gone.html", "turns crawlers away", silent=("Is the URL right",)),),
    ),
    Situation(
        "a seed that is forbidden",
        _with(Answer("no", 403)),
        (_unread("/docs/gone.html", "403", silent=("Is the URL right",)),),
    ),
    Situation(
        "a seed that robots.txt forbids",
        {**_TOPIC_SITE, "/robots.txt": text("User-agent: *\nDisallow: /docs/topic-1.html\n")},
        (
            Crawl(
                "/docs/topic-1.html",
                state="failed",
                exit_code=1,
                first_note=r"robots\.txt forbids.*operator",
                silent=("Is the URL right",),
            ),
        ),
    ),
    Situation(
        "a JSON file as seed",
        _with(text('{"a": 1}', "application/json"), "/docs/data.json"),
        (_unread("/docs/data.json", "data.json", silent=("Is the URL right",)),),
    ),
    Situation(
        "a broken PDF as seed, which would be a manual of its own",
        _with(Answer(b"%PDF-1.7 x", content_type="application/pdf"), "/docs/manual.pdf"),
        (
            Crawl(
                "/docs/manual.pdf",
                state="failed",
                exit_code=1,
                first_note="not a PDF",
                silent=("Is the URL right",),
            ),
        ),
    ),
    Situation(
        "a lone page that is not there",
        {},
        (Crawl("/x.html", state="failed", exit_code=1, first_note="404.*Is the URL right"),),
    ),
    Situation(
        "a name that no public host can have",
        {},
        (Crawl("http://no-such-host.invalid/", refused="not a public"),),
    ),
    Situation(
        "a seed that has moved within the manual",
        {**_TOPIC_SITE, "/docs/old.html": moved("/docs/topic-4.html")},
        (Crawl("/docs/old.html", _NAV),),
    ),
    Situation(
        "a private address",
        {},
        (
            Crawl("http://10.0.0.1/", refused="DOCSPASTA_ALLOW_PRIVATE"),
            Crawl("http://169.254.169.254/latest/", refused="not a public"),
            Crawl("http://[::1]:9/", refused="DOCSPASTA_ALLOW_PRIVATE"),
        ),
    ),
    Situation(
        "globs that cannot match",
        _TOPIC_SITE,
        (
            Crawl("/docs/", refused="path", options={"include": ("https://docs.example/a/*",)}),
            Crawl("/docs/", refused=r"\[", options={"exclude": ("/docs/[a",)}),
            Crawl("/docs/topic-1.html", refused="exclude", options={"exclude": ("/docs/topic-*",)}),
            Crawl(
                "/docs/",
                state="failed",
                exit_code=1,
                notes=("include matches none",),
                options={"include": ("/nowhere/*",)},
            ),
        ),
    ),
    Situation(
        "a page without a link to others",
        {"/a/b.html": page("B"), "/": page("Start", nav=("/c/d.html", "/c/e.html"))},
        (Crawl("/a/b.html", ("/a/b.html",), silent=("Only one page lies in the scope",)),),
    ),
    Situation(
        "a page whose site has more outside the scope",
        {"/a/b.html": page("B", ("/c/d.html", "/c/e.html")), "/c/d.html": page("D"), "/c/e.html": page("E")},
        (Crawl("/a/b.html", ("/a/b.html",), notes=("Only one page lies in the scope.*scope host",)),),
    ),
    Situation(
        "a print page as seed",
        {**_TOPIC_SITE, "/docs/print.html": page("Everything", nav=_NAV)},
        (Crawl("/docs/print.html", ("/docs/print.html", *_NAV)),),
    ),
    Situation(
        "a page that only a sitemap leads to",
        {
            **_TOPIC_SITE,
            "/docs/loose.html": page("Loose"),
            "/sitemap.xml": sitemap(*_NAV, "/docs/loose.html"),
        },
        (Crawl("/docs/loose.html", (*_NAV, "/docs/loose.html")), Crawl("/docs/", (*_NAV, "/docs/loose.html"))),
    ),
)
