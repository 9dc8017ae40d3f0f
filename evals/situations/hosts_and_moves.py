"""Pages on a second host, pages that have moved, and what a caller may choose of a site."""

from evals.situations.model import Crawl, Situation
from evals.situations.site import TEXT, Answer, Pages, moved, page, text

_NAV = ("/m/", "/m/a.html", "/m/b.html", "{other}/api/one.html", "{other}/api/two.html")
_OWN = ("/m/", "/m/a.html", "/m/b.html")
_OTHER = ("{other}/api/one.html", "{other}/api/two.html", "{other}/api/three.html")
_SITE: Pages = {path: page(path, nav=_NAV) for path in _OWN}
_NEIGHBOUR: Pages = {
    "/api/one.html": page("One", ("/api/three.html", "/api/secret.html", "/shop/")),
    "/api/two.html": page("Two"),
    "/api/three.html": page("Three"),
    "/api/secret.html": page("Secret"),
    "/shop/": page("Shop"),
    "/robots.txt": text("User-agent: *\nDisallow: /api/secret.html\n"),
}
_STUBBED = ("/docs/v2/", "/docs/v2/a.html", "/docs/v2/b.html")
_STUBS = ("/docs/v2/", "/docs/v2/a.html", "/docs/b.html")
_OLD, _NEW = ("/docs/", "/docs/a.html", "/docs/b.html"), ("/v2/", "/v2/a.html", "/v2/b.html")
_REFRESH = "<html><head><meta http-equiv='refresh' content='0; url=TO'></head><body>Moved</body></html>"
_PLAIN = ("index", "a", "b")
_VERSIONS = ("latest", "3.1", "v2.1")
_VERSIONED: Pages = {
    f"/docs/{version}/{'' if name == 'index' else f'{name}.html'}": page(
        f"{name} {version}",
        nav=tuple(f"/docs/{version}/{'' if one == 'index' else f'{one}.html'}" for one in _PLAIN),
        body="".join(f"<a href='/docs/{one}/'>{one}</a> " for one in _VERSIONS),
    )
    for version in _VERSIONS
    for name in _PLAIN
}


def _of(version: str) -> tuple[str, ...]:
    return tuple(f"/docs/{version}/{one}" for one in ("", "a.html", "b.html"))


_WIKI = "{other}/w/index.php?title=Missing_NUMBER&amp;action=edit"
_TABLE = "".join(
    f"<tr><td><a href='/m/{name}.html'>{name}</a></td><td>does what {TEXT} See "
    f"<a href='{{other}}/api/{name}.html'>x</a></td>"
    for name in ("a", "b", "c", "d", "e", "f")
)
_TABLED = ("/m/", *(f"/m/{name}.html" for name in ("a", "b", "c", "d", "e", "f")))

SITUATIONS = (
    Situation(
        "tables that say what pages are about, and pages of a wiki to be written, on another host",
        {
            **{
                path: page(path, nav=(*_TABLED, *(_WIKI.replace("NUMBER", str(number)) for number in range(5))))
                for path in _TABLED[1:]
            },
            "/m/": page("M", body=f"<table class='summary'>{_TABLE}</table>"),
        },
        (Crawl("/m/", _TABLED, silent=("another host",)), Crawl("/m/b.html", _TABLED, silent=("another host",))),
    ),
    Situation(
        "a sidebar that names pages of another host",
        _SITE,
        tuple(
            Crawl(
                seed,
                _OWN,
                notes=("2 pages.*another host",),
                coverage=(r"other_host .*: 2, as .*api/one.html",),
            )
            for seed in ("/m/", "/m/a.html")
        ),
        _NEIGHBOUR,
    ),
    Situation(
        "a second host that the caller includes, with rules of its own",
        _SITE,
        tuple(
            Crawl(
                seed,
                (*_OWN, *_OTHER),
                options={"include_hosts": ("{other}/api/",)},
                silent=("another host",),
                coverage=("robots: 1",),
            )
            for seed in ("/m/", "/m/b.html")
        ),
        _NEIGHBOUR,
    ),
    Situation(
        "an llms.txt that names pages of another host",
        {
            **{path: page(path, nav=_OWN) for path in _OWN},
            "/m/llms.txt": text(
                "# M\n\n## Own\n\n- [A](/m/a.html)\n- [B](/m/b.html)\n- [M](/m/)\n\n"
                "## API\n\n- [1]({other}/api/one.html)\n"
            ),
        },
        (
            Crawl("/m/", _OWN, notes=("1 page .*another host",), coverage=("api/one.html",)),
            Crawl("/m/a.html", (*_OWN, _OTHER[0], _OTHER[2]), options={"include_hosts": ("{other}/api/",)}),
        ),
        _NEIGHBOUR,
    ),
    Situation(
        "a second host that is private",
        _SITE,
        (Crawl("/m/", refused="10.0.0.7", options={"include_hosts": ("10.0.0.7",)}),),
    ),
    Situation(
        "an entry of the sidebar whose stub lies above the scope and leads into it",
        {
            **{path: page(path, nav=_STUBS) for path in _STUBBED},
            "/docs/b.html": _REFRESH.replace("TO", "/docs/v2/b.html"),
        },
        (Crawl("/docs/v2/", _STUBBED, missing=0), Crawl("/docs/v2/a.html", _STUBBED, missing=0)),
    ),
    Situation(
        "entries of the sidebar that all redirect elsewhere",
        {
            "/docs/": page("Start", nav=_OLD),
            **{old: moved(new) for old, new in zip(_OLD[1:], _NEW[1:], strict=True)},
            **{path: page(path, nav=_NEW) for path in _NEW},
        },
        (Crawl("/docs/", ("/docs/", *_NEW)), Crawl("/docs/a.html", _NEW)),
    ),
    Situation(
        "a manual that has moved as a whole, and whose sidebar still names the old place",
        {
            **{old: moved(new) for old, new in zip(_OLD, _NEW, strict=True)},
            **{path: page(path, nav=_OLD) for path in _NEW},
        },
        (Crawl("/docs/", _NEW, missing=0), Crawl("/docs/b.html", _NEW, missing=0), Crawl("/v2/", _NEW, missing=0)),
    ),
    Situation(
        "a page that leads on by cookies",
        {
            **{path: page(path, nav=_OWN) for path in _OWN},
            "/m/b.html": moved("/wall?back=%2Fm%2Fb.html", 302),
            "/wall?back=%2Fm%2Fb.html": Answer("", 302, headers={"Location": "/m/b2.html", "Set-Cookie": "seen=1"}),
            "/m/b2.html": page("B"),
        },
        (Crawl("/m/", ("/m/", "/m/a.html", "/m/b2.html")),),
    ),
    Situation(
        "a version that the caller chooses",
        _VERSIONED,
        (
            Crawl("/docs/latest/", _of("v2.1"), options={"version": "2.1"}),
            Crawl("/docs/3.1/a.html", _of("latest"), options={"version": "latest"}),
            Crawl("/docs/latest/b.html", _of("3.1"), options={"version": "3.1"}),
            Crawl("/docs/latest/a.html", _of("latest"), options={"version": "9"}, notes=("No version '9'",)),
        ),
    ),
    Situation(
        "a threshold and a pause that the caller chooses",
        {
            "/m/": page("Start", ("/m/short.html",)),
            "/m/short.html": "<html><body><main><h1>Short</h1><p>A few words.</p></main></body></html>",
        },
        (
            Crawl("/m/", ("/m/",)),
            Crawl("/m/", ("/m/", "/m/short.html"), options={"quality_threshold": 0, "delay_seconds": 1}),
            Crawl("/m/", refused="delay_seconds", options={"delay_seconds": 100}),
        ),
    ),
)
