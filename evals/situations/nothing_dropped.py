"""Pages that must not be lost in silence: by their query, in frames, behind scripts, at the end of a chain."""

import gzip

from evals.situations.model import Crawl, Situation
from evals.situations.site import Answer, Pages, moved, page, sitemap, text

_WIKI = tuple(f"/doku.php?id=topic{number}" for number in range(60))
_WIKI_PAGES = ("/doku.php", *_WIKI)
_NUMBERED = tuple(f"/view?page={number}" for number in range(40))
_CHAIN = tuple(f"/book/{number:02}.html" for number in range(1, 19))
_LINES = ("intro", "zero", "one", "next")
_AB = ("/m/", "/m/a.html", "/m/b.html")
_AB_SITE: Pages = {path: page(path, nav=_AB) for path in _AB}


def _shell(body: str, head: str = "") -> str:
    scripts = "<script src='/app.js'></script>"
    return f"<!DOCTYPE html><html><head><title>API</title>{head}</head><body>{body}{scripts}</body></html>"


def _chain(link: str) -> Pages:
    pages = {"/book/": page("Book", (_CHAIN[0],))}
    for at, path in enumerate(_CHAIN):
        following = _CHAIN[at + 1] if at + 1 < len(_CHAIN) else ""
        pages[path] = page(path, body=link.replace("NEXT", following) if following and "<a" in link else "")
        if following and "<link" in link:
            pages[path] = page(path, head=link.replace("NEXT", following))
    return pages


def _unreadable(name: str, body: str) -> Situation:
    return Situation(
        f"nothing but a shell: {name}",
        {"/": _shell(body)},
        (Crawl("/", state="failed", exit_code=1, first_note="browser", notes=("browser",)),),
    )


_FILES = ("logo.png", "data.json", "all.tar.gz", "style.css", "old.zip")
_SHOWN = ("/f/", "/f/a.html", "/f/b.html", "/f/c.html")
_SOURCES = ("/f/x/", "/f/x/a.html", "/f/x/b.html")

_PACKAGES = tuple(f"/api/org/{name}/package-summary.html" for name in "xy")
_CLASSES = tuple(f"/api/org/{name}/{one}.html" for name in "xy" for one in "ABC")
_TITLES = tuple(f"/w/index.php?title={one}" for one in ("Main_Page", *(f"Topic_number_{n}" for n in range(40))))


def _javadoc(path: str) -> str:
    """Return a page of Javadoc 8, whose bar leads to the frames around it."""
    up = "../../" if "/org/" in path else ""
    links = _PACKAGES if path.endswith("overview-summary.html") else tuple(f"{one}.html" for one in "ABC")
    bar = (
        f"<div class='topNav'><ul class='navList' title='Navigation'><li><a href='{up}overview-summary.html'>Overview</a>"
        f"</li></ul></div><div class='subNav'><ul class='navList'><li><a href=\"{up}index.html?{path[5:]}\" "
        'target="_top">Frames</a></li></ul></div>'
    )
    return page(path, links if "summary" in path else ()).replace("<body>", f"<body>{bar}")


SITUATIONS = (
    Situation(
        "files that pages offer beside the manual",
        {
            **{path: page(path, (*(f"/f/{name}" for name in _FILES), *_SHOWN)) for path in _SHOWN},
            **{f"/f/{name}": text("{}", "application/octet-stream") for name in _FILES},
        },
        (
            Crawl("/f/", _SHOWN, missing=0, options={"max_pages": 4}),
            Crawl("/f/b.html", _SHOWN, missing=0, silent=("no room",), options={"max_pages": 4}),
        ),
    ),
    Situation(
        "sources of a manual that lies deeper than the crawl begins",
        {
            "/f/": page("F", ("/f/x/", "/f/x/a.html", "/f/x/b.html")),
            **{
                path: page(
                    path,
                    _SOURCES,
                    body=f"<a rel='nofollow' href='/f/x/_sources/{name}.rst.txt'>Source</a>",
                )
                for path, name in zip(_SOURCES, ("index", "a", "b"), strict=True)
            },
        },
        (Crawl("/f/", ("/f/", *_SOURCES), silent=("nofollow",), missing=0),),
    ),
    Situation(
        "pages told apart by a query that the navigation names",
        {path: page(path.rpartition("=")[2], nav=_WIKI_PAGES) for path in _WIKI_PAGES},
        (Crawl("/doku.php", _WIKI_PAGES, missing=0), Crawl(_WIKI[3], _WIKI_PAGES, missing=0)),
    ),
    Situation(
        "pages told apart by a query that a sitemap names",
        {
            "/": page("Start", (_NUMBERED[0],)),
            **{path: page(path) for path in _NUMBERED},
            "/sitemap.xml": sitemap("/", *_NUMBERED),
        },
        (Crawl("/", ("/", *_NUMBERED), missing=0), Crawl(_NUMBERED[0], ("/", *_NUMBERED), missing=0)),
    ),
    Situation(
        "a calendar",
        {
            "/": page("Start", ("/cal?day=1",)),
            **{f"/cal?day={n}": page(f"Day {n}", (f"/cal?day={n + 1}",)) for n in range(1, 60)},
        },
        (Crawl("/", notes=("looks? like an endless space.*include",), at_least=20, options={"max_depth": 50}),),
    ),
    Situation(
        "a calendar that include brings back",
        {
            "/": page("Start", tuple(f"/cal?day={n}" for n in range(1, 40))),
            **{f"/cal?day={n}": page(f"Day {n}") for n in range(1, 40)},
        },
        (Crawl("/", at_least=39, options={"include": ("/", "/cal?day=*")}, missing=0),),
    ),
    _unreadable("Swagger UI", "<div id='swagger-ui'></div>"),
    _unreadable("Redoc", "<redoc spec-url='/openapi.json'></redoc>"),
    _unreadable("Scalar", "<script id='api-reference' data-url='/openapi.json'></script>"),
    _unreadable("docsify", "<div id='app'>Loading ...</div>"),
    _unreadable("please wait", "<div class='spinner'>Please wait…</div>"),
    _unreadable("one moment", "<p>One moment please</p>"),
    _unreadable("a root of any name", "<div id='mount-7'></div>"),
    Situation(
        "pages of a title alone",
        {
            "/": page("Start", nav=tuple(f"/p{n}.html" for n in range(5))),
            **{f"/p{n}.html": f"<html><body><main><h1>Title {n}</h1></main></body></html>" for n in range(5)},
        },
        (Crawl("/", ("/",), first_note="5 of 6 pages hold no text"),),
    ),
    Situation(
        "a manual in frames",
        {
            "/api/": "<html><head><title>API</title></head><frameset cols='20%,80%'><frame src='overview-frame.html'>"
            "<frame src='overview-summary.html'><noframes><a href='help.html'>Help</a></noframes></frameset></html>",
            "/api/overview-frame.html": page("Packages", nav=("/api/a.html", "/api/b.html")),
            "/api/overview-summary.html": page("Overview"),
            "/api/help.html": page("Help"),
            "/api/a.html": page("A"),
            "/api/b.html": page("B"),
        },
        (
            Crawl("/api/", ("/api/overview-summary.html", "/api/help.html", "/api/a.html", "/api/b.html")),
            Crawl("/api/a.html", ("/api/overview-summary.html", "/api/help.html", "/api/a.html", "/api/b.html")),
        ),
    ),
    Situation(
        "a manual in frames whose contents are lines",
        {
            "/d/index.html": "<html><frameset cols='200,*'><frame src='nav.html'><frame src='intro.html'></frameset></html>",
            "/d/nav.html": "<html><body>"
            + "".join(f"<a href='{one}.html'>{one}</a><br>" for one in _LINES)
            + "</body></html>",
            **{f"/d/{one}.html": page(one) for one in _LINES},
        },
        (Crawl("/d/index.html", tuple(f"/d/{one}.html" for one in _LINES), in_order=True),),
    ),
    Situation(
        "a manual in an inline frame",
        {"/m/": page("Start", body="<iframe src='a.html'></iframe>"), "/m/a.html": page("A")},
        (Crawl("/m/", ("/m/", "/m/a.html")),),
    ),
    Situation(
        "a chain of chapters whose links say next",
        _chain('<p><a href="NEXT">Next chapter →</a></p>'),
        (Crawl("/book/", ("/book/", *_CHAIN), missing=0),),
    ),
    Situation(
        "a chain of chapters that only link elements show",
        _chain('<link rel="next" href="NEXT">'),
        (Crawl("/book/", ("/book/", *_CHAIN), missing=0),),
    ),
    Situation(
        "a chain of chapters with plain links",
        _chain('<p><a href="NEXT">Go on</a></p>'),
        (Crawl("/book/", notes=("lies? deeper than max_depth",), at_least=10),),
    ),
    Situation(
        "a link that is marked nofollow",
        {"/m/": page("Start", body='<a rel="nofollow" href="a.html">A</a>'), "/m/a.html": page("A")},
        (Crawl("/m/", ("/m/",), notes=("nofollow",), missing=1, coverage=("m/a.html",)),),
    ),
    Situation(
        "a stub that leads out of the scope",
        {
            **_AB_SITE,
            "/m/a.html": "<html><head><meta http-equiv='refresh' content='0; url=/else/a.html'></head><body>Moved",
            "/else/a.html": page("Else"),
        },
        (Crawl("/m/", ("/m/", "/m/b.html"), coverage=("redirected_out_of_scope: 1",)),),
    ),
    Situation(
        "a page that only redirects",
        {**_AB_SITE, "/m/a.html": moved("/m/b.html"), "/m/index.html": moved("/m/")},
        (Crawl("/m/", ("/m/", "/m/b.html")), Crawl("/m/b.html", ("/m/", "/m/b.html"))),
    ),
    Situation(
        "backslashes in links",
        {"/m/": page("Start", body="<a href='sub\\a.html'>A</a>"), "/m/sub/a.html": page("A")},
        (Crawl("/m/", ("/m/", "/m/sub/a.html")),),
    ),
    Situation(
        "a semicolon in the last segment",
        {"/m/": page("Start", ("/m/semi;x.html",)), "/m/semi;x.html": page("Semi", ("/m/",))},
        (Crawl("/m/", ("/m/", "/m/semi;x.html")), Crawl("/m/semi;x.html", ("/m/", "/m/semi;x.html"))),
    ),
    Situation(
        "gzip of several members, and encodings that are none",
        {
            **_AB_SITE,
            "/m/a.html": Answer(
                b"".join(gzip.compress(part.encode()) for part in page("A").partition("<main>")),
                headers={"Content-Encoding": "gzip"},
            ),
            "/m/b.html": Answer(page("B"), headers={"Content-Encoding": "utf-8"}),
        },
        (Crawl("/m/", _AB),),
    ),
    Situation(
        "a sitemap in gzip of several members",
        {
            **_AB_SITE,
            "/m/loose.html": page("Loose"),
            "/robots.txt": text("Sitemap: {origin}/sitemap.xml.gz\n"),
            "/sitemap.xml.gz": Answer(
                gzip.compress(b"<urlset><url><loc>/m/a.html</loc></url>")
                + gzip.compress(b"<url><loc>http://[bad</loc></url><url><loc>/m/{{ page.url }}</loc></url>")
                + gzip.compress(b"<url><loc>/m/loose.html</loc></url></urlset>"),
                content_type="application/gzip",
            ),
        },
        (Crawl("/m/", (*_AB, "/m/loose.html")),),
    ),
    Situation(
        "a directory listing",
        {
            "/m/": page("Start", ("/m/files/",)),
            "/m/files/": "<html><head><title>Index of /m/files</title></head><body><h1>Index of /m/files</h1><hr><pre>"
            "<a href='a.html'>a.html</a> 2024-01-01 1K\n<a href='b.html'>b.html</a> 2024-01-01 1K</pre></body>",
            "/m/files/a.html": page("A"),
            "/m/files/b.html": page("B"),
        },
        (Crawl("/m/", ("/m/", "/m/files/a.html", "/m/files/b.html")),),
    ),
)

NEIGHBOURS = (
    Situation(
        "pages that say that they are loading, and have no script",
        {
            "/": page("Start", nav=tuple(f"/p{n}.html" for n in range(4))),
            **{f"/p{n}.html": "<html><body><div id='q'>Loading…</div></body></html>" for n in range(4)},
        },
        (Crawl("/", ("/",), state="partial", first_note="4 of 5 pages hold no text"),),
    ),
    Situation(
        "Javadoc 8, from its frames and from a class",
        {
            "/api/index.html": "<html><head><title>API</title></head><frameset cols='20%,80%'>"
            "<frame src='overview-frame.html'><frame src='overview-summary.html'></frameset></html>",
            "/api/overview-frame.html": page("Packages", nav=_PACKAGES),
            **{path: _javadoc(path) for path in ("/api/overview-summary.html", *_PACKAGES, *_CLASSES)},
        },
        tuple(
            Crawl(seed, ("/api/overview-summary.html", *_PACKAGES, *_CLASSES))
            for seed in ("/api/index.html", "/api/org/y/B.html")
        ),
    ),
    Situation(
        "a wiki whose pages only links name, by titles in the query",
        {one: page(one, (*_TITLES, f"{one}&amp;action=edit", f"{one}&amp;oldid=3")) for one in _TITLES},
        tuple(Crawl(seed, _TITLES, missing=0) for seed in (_TITLES[0], _TITLES[9])),
    ),
    Situation(
        "a directory listing that was asked for",
        {
            "/": "<html><head><title>Directory listing for /</title></head><body><h1>Directory listing for /</h1><hr><ul>"
            "<li><a href='a.html'>a.html</a></li><li><a href='sub/'>sub/</a></li></ul></body></html>",
            "/a.html": page("A"),
            "/sub/": "<html><head><title>Directory listing for /sub/</title></head><body><h1>Directory listing for /sub/"
            "</h1><hr><ul><li><a href='b.html'>b.html</a></li></ul></body></html>",
            "/sub/b.html": page("B"),
        },
        (Crawl("/", ("/a.html", "/sub/b.html")),),
    ),
)
