"""The order of the document and the extent of the manual, as the sidebar tells them and not the text."""

from evals.situations.model import Crawl, Situation
from evals.situations.site import TEXT, Pages, moved, page

_MODULES = tuple(f"/m/{name}.html" for name in ("core", "loop", "web", "gen", "tcp", "log"))
_RELEASES = tuple(f"/m/releases/v{number}.html" for number in (3, 2, 1))
_TREE = ("/m/", *_MODULES, "/m/releases.html", *_RELEASES)


def _framed(path: str, wrapper: str, *, links: tuple[str, ...] = ()) -> str:
    """Return a page of a theme whose wrapper around sidebar and text is called like a navigation."""
    sidebar = "".join(f'<li><a href="{one}">{one}</a></li>' for one in ("/m/", *_MODULES, "/m/releases.html"))
    notes = "".join(f'<li><a href="{one}">{one}</a> has changed.</li>' for one in links)
    text = f"<p>{path} {TEXT}</p><ul>{notes}</ul>"
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>{path}</title></head><body><div class='{wrapper}'>"
        f"<div class='menu-vertical'><ul>{sidebar}</ul></div><section><div class='content'><h1>{path}</h1>{text}</div>"
        "</section></div></body></html>"
    )


def _notes(wrapper: str) -> Pages:
    return {
        **{path: _framed(path, wrapper) for path in ("/m/", *_MODULES)},
        "/m/releases.html": _framed("/m/releases.html", wrapper, links=_RELEASES),
        **{path: _framed(path, wrapper, links=tuple(reversed(_MODULES))) for path in _RELEASES},
    }


def _here(path: str, tree: tuple[str, ...], mark: str) -> str:
    """Return a page whose sidebar has no address for the page that it is on."""
    lines = "".join(
        f'<li><a {mark} href="#">{one}</a></li>' if one == path else f'<li><a href="{one}">{one}</a></li>'
        for one in tree
    )
    return page(path, body="").replace("<body>", f"<body><nav class='side-nav'><ul>{lines}</ul></nav>")


_FLAT = ("/m/", "/m/a.html", "/m/b.html", "/m/c.html", "/m/last.html")
_PARTS = ("guide", "reference", "tools", "inside")
_LEAVES = ("one", "two", "three", "four")
_GUIDE = ("/guide/", *(f"/guide/{leaf}.html" for leaf in _LEAVES))
_NEWS = tuple(f"/news/{number}/" for number in range(1, 6))
_DOCS = tuple(f"/{part}/{leaf}/" for part in ("functions", "methods") for leaf in _LEAVES)
_HUGO = ("/", "/functions/", "/methods/", "/news/", *_DOCS, *_NEWS)


def _hugo(path: str) -> str:
    """Return a page of a site whose news have a sidebar of their own, and whose manual has another."""
    top = "".join(f'<a href="{one}">{one}</a> ' for one in ("/functions/", "/methods/", "/news/"))
    shown = _NEWS if path.startswith("/news/") else ("/functions/", *_DOCS[:4], "/methods/", *_DOCS[4:], "/news/")
    links = ("/functions/", "/methods/", "/news/", "/functions/one/") if path == "/" else ()
    return page(path, links, nav=() if path == "/" else shown).replace("<body>", f"<body><header>{top}</header>")


_CHAPTERS = tuple(f"/n/n_{number}.html" for number in (9, 10, 1, 100))


def _list_of(paths: tuple[str, ...]) -> str:
    return f"<ul>{''.join(f'<li><a href={one!r}>{one}</a></li>' for one in paths)}</ul>"


def _listed(paths: tuple[str, ...]) -> str:
    """Return a server's list of a directory's files, by name."""
    lines = "".join(f"<li><a href='{one.rpartition('/')[2]}'>{one}</a></li>" for one in sorted(paths))
    return f"<html><head><title>Directory listing for /n/</title></head><body><h1>Directory</h1><ul>{lines}</ul></body>"


_BAR = ("/m/index-of-all.html", "/m/words.html", "/m/map.html", "/m/faq.html")
_PARTS_OF_BOOK = tuple(f"/m/{name}.html" for name in ("start", "install", "run", "stop", "log", "words", "secure"))
_BOOK = ("/m/", *_PARTS_OF_BOOK, *(one for one in _BAR if one not in _PARTS_OF_BOOK))


def _barred(path: str) -> str:
    """Return a page with a bar of a few links above it; the front page lists the chapters in its text."""
    bar = " | ".join(f'<a href="{one}">{one}</a>' for one in _BAR)
    lists = "".join(f'<ul><li><a href="{one}">{one}</a></li></ul>' for one in _PARTS_OF_BOOK) if path == "/m/" else ""
    return page(path, body=lists).replace("<body>", f"<body><div id='header'><p class='menu'>{bar}</p></div>")


_SENT = ("/docs/index.html", "/docs/guide/a.html", "/docs/guide/b.html", "/docs/guide/c.html", "/docs/api/x.html")


def _sent(path: str) -> str:
    """Return a page of a site whose root sends its reader to a front page that stands in no sidebar."""
    if path == "/docs/index.html":
        return page("Start", ("/docs/guide/a.html", "/docs/api/x.html"))
    return page(path, nav=tuple(one for one in _SENT if "/guide/" in one) if "/guide/" in path else ())


_ONE = ("/one/index.html", "/one/a.html")
_LINED = ("/t/", *(f"/t/{name}.html" for name in ("b", "d", "a", "c", "e", "f")))


def _lined(path: str) -> str:
    """Return a page whose navigation is a plain list that nothing calls so, beside a text with links of its own."""
    lines = "".join(f'<li><a href="{one}">{one}</a></li>' for one in _LINED)
    more = tuple(reversed(_LINED)) if path == "/t/c.html" else ()
    return page(path, more).replace("<body>", f"<body><div id='column2'><ul>{lines}</ul></div>")


_CHAPTERS_BY_WORD = tuple(f"/c/{7 * number % 45:02}.html" for number in range(45))


SITUATIONS = (
    Situation(
        "contents on a page of their own, and a budget that is smaller than the manual",
        {
            "/c/": page("Start", ("/c/contents.html",), head="<link rel='contents' href='/c/contents.html'>"),
            "/c/contents.html": page("Contents", body=_list_of(_CHAPTERS_BY_WORD)),
            **{one: page(one, ("/c/",)) for one in _CHAPTERS_BY_WORD},
        },
        (Crawl("/c/", ("/c/", "/c/contents.html", *_CHAPTERS_BY_WORD[:38]), in_order=True, options={"max_pages": 40}),),
    ),
    Situation(
        "a bar of a few links above a front page that lists the chapters",
        {path: _barred(path) for path in _BOOK},
        tuple(Crawl(seed, _BOOK, in_order=True) for seed in ("/m/", "/m/run.html")),
    ),
    Situation(
        "a root that sends its reader to a front page in no sidebar",
        {"/": "<meta http-equiv='refresh' content='0; url=/docs/index.html'>", **{one: _sent(one) for one in _SENT}},
        (Crawl("/", _SENT, in_order=True),),
    ),
    Situation(
        "a plain list of links on every page, beside the text",
        {path: _lined(path) for path in _LINED},
        tuple(Crawl(seed, _LINED, in_order=True) for seed in ("/t/", "/t/a.html")),
    ),
    *(
        Situation(
            f"release notes in a wrapper called {wrapper}",
            _notes(wrapper),
            (Crawl("/m/", _TREE, in_order=True), Crawl("/m/releases/v2.html", _TREE, in_order=True)),
        )
        for wrapper in ("grid-for-nav", "with-sidebar")
    ),
    *(
        Situation(
            f"a sidebar without an address for its own page, {name}",
            {path: _here(path, _FLAT, mark) for path in _FLAT},
            (Crawl("/m/", _FLAT, in_order=True), Crawl("/m/last.html", _FLAT, in_order=True)),
        )
        for name, mark in (("marked", "class='current'"), ("unmarked", ""))
    ),
    Situation(
        "one of many manuals that a front page lists",
        {
            "/": page("All", tuple(f"/{part}/" for part in _PARTS)),
            **{
                f"/{part}/{leaf}": page(
                    f"{part} {leaf}",
                    tuple(f"/{part}/{one}.html" for one in _LEAVES) if not leaf else (f"/{part}/", "/", "/tools/"),
                )
                for part in _PARTS
                for leaf in ("", *(f"{one}.html" for one in _LEAVES))
            },
        },
        (Crawl("/guide/", _GUIDE), Crawl("/guide/three.html", _GUIDE)),
    ),
    Situation(
        "one of many manuals that a front page lists, from the file of its own front page",
        {
            "/": page("All", tuple(f"/{part}/index.html" for part in _PARTS)),
            **{
                f"/{part}/{leaf}.html": page(
                    f"{part} {leaf}", tuple(f"/{part}/{one}.html" for one in _LEAVES) if leaf == "index" else ("/",)
                )
                for part in _PARTS
                for leaf in ("index", *_LEAVES)
            },
        },
        (Crawl("/guide/index.html", ("/guide/index.html", *_GUIDE[1:])),),
    ),
    Situation(
        "news beside a manual",
        {path: _hugo(path) for path in _HUGO},
        (Crawl("/functions/two/", _HUGO), Crawl("/news/3/", _HUGO)),
    ),
    Situation(
        "two manuals in a directory that a server lists",
        {
            "/": _listed(("/one", "/two")),
            **{f"/{name}": moved(f"/{name}/") for name in ("one", "two")},
            **{f"/one/{name}": page(f"One {name}", _ONE) for name in ("", "index.html", "a.html")},
            **{f"/two/{name}": page(f"Two {name}", ("/two/",)) for name in ("", "b.html")},
        },
        (Crawl("/one/index.html", _ONE), Crawl("/one/a.html", _ONE)),
    ),
    Situation(
        "contents in a page beside a server's list of files",
        {
            "/n/": _listed(("/n/n_toc.html", *_CHAPTERS)),
            "/n/n_toc.html": page("Contents", _CHAPTERS),
            **{one: page(one, ("/n/n_toc.html",)) for one in _CHAPTERS},
        },
        (Crawl("/n/n_toc.html", ("/n/n_toc.html", *_CHAPTERS), in_order=True),),
    ),
)
