"""The order of the document and the extent of the manual, as the sidebar tells them and not the text."""

from evals.situations.model import Crawl, Situation
from evals.situations.site import TEXT, Pages, page

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


def _listed(paths: tuple[str, ...]) -> str:
    """Return a server's list of a directory's files, by name."""
    lines = "".join(f"<li><a href='{one.rpartition('/')[2]}'>{one}</a></li>" for one in sorted(paths))
    return f"<html><head><title>Directory listing for /n/</title></head><body><h1>Directory</h1><ul>{lines}</ul></body>"


SITUATIONS = (
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
        "news beside a manual",
        {path: _hugo(path) for path in _HUGO},
        (Crawl("/functions/two/", _HUGO), Crawl("/news/3/", _HUGO)),
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
