"""How generators and wikis write what a crawl goes by: next pages, moved pages, switchers, actions, frames, shells."""

from evals.situations.model import Crawl, Situation
from evals.situations.site import TEXT, Answer, Pages, page

_CHAIN = tuple(f"/book/{number:02}.html" for number in range(1, 15))
_NEXT = {
    "an image whose text says so": "<a href='NEXT'><img src='next.png' alt='next'></a>",
    "a title": "<a title='Next chapter' href='NEXT'>Chapter</a>",
    "a label for readers of screens": "<a aria-label='Next page' href='NEXT'><svg></svg></a>",
    "an access key": "<a accesskey='n' href='NEXT'>Chapter</a>",
    "a class around it": "<div class='pager'><span class='next'><a href='NEXT'>Chapter</a></span></div>",
    "a class of its own": "<a class='pager-link next' href='NEXT'><span>Chapter</span></a>",
    "an arrow": "<a href='NEXT'>Chapter &rarr;</a>",
    "a word before a title": "<a href='NEXT'>Next: the chapter that follows</a>",
    "German": "<a href='NEXT'>Nächste Seite</a>",
    "French": "<a href='NEXT'>Page suivante</a>",
    "Spanish": "<a href='NEXT'>Siguiente página</a>",
    "Japanese": "<a href='NEXT'>次のページ</a>",
    "Russian": "<a href='NEXT'>Далее</a>",
    "a link element of HTML 2": "<link rel='Next' href='NEXT'>",
}


def _chained(link: str) -> Pages:
    pages: dict[str, str] = {"/book/": page("Book", (_CHAIN[0],))}
    for at, path in enumerate(_CHAIN):
        following = _CHAIN[at + 1] if at + 1 < len(_CHAIN) else ""
        there = link.replace("NEXT", following) if following else ""
        pages[path] = page(path, body="" if "<link" in link else there, head=there if "<link" in link else "")
    return pages


_NAV = ("/m/", "/m/a.html", "/m/b.html")
_SITE: Pages = {path: page(path, nav=("/m/", "/m/old/a.html", "/m/b.html")) for path in _NAV}
_STUBS = {
    "a refresh without a word": "<meta http-equiv='refresh' content='0;../a.html'>",
    "a refresh in capitals": "<META HTTP-EQUIV=Refresh CONTENT='1; URL=../a.html'>",
    "a refresh with quotes": '<meta http-equiv="refresh" content="0; url=\'../a.html\'">',
    "a refresh from a base": "<base href='/m/x/'><meta http-equiv='refresh' content='0; url=../a.html'>",
    "a script": "<script>window.location.replace('../a.html');</script>",
    "a script of the top": '<script>top.location.href = "../a.html";</script>',
    "a script of the document": "<script>document.location='../a.html'</script>",
    "a script that keeps the fragment": "<script>window.location.href = '../a.html' + window.location.hash;</script>",
}

_WIKI_NAMES = tuple(f"Topic_{number}" for number in range(25))
_WIKI = ("/w/index.php?title=Main_Page", *(f"/w/index.php?title={name}" for name in _WIKI_NAMES))
_ACTIONS = ("action=edit", "action=history", "oldid=77", "printable=yes", "action=info", "diff=prev&amp;oldid=5")


def _wiki(path: str, *, lists: bool) -> str:
    """Return a page of a wiki that tells its pages apart by a query, with what can be done with each."""
    tools = "".join(f"<li><a href='{path}&amp;{one}'>{one}</a></li>" for one in _ACTIONS)
    shown = "".join(f"<li><a href='{one}'>{one}</a></li>" for one in _WIKI) if lists else ""
    return page(path).replace(
        "<body>",
        f"<body><div id='mw-panel'><div role='navigation'><ul>{shown}</ul></div></div>"
        f"<div id='p-views' role='navigation'><ul>{tools}</ul></div>",
    )


def _wiki_site() -> Pages:
    pages: dict[str, str] = {path: _wiki(path, lists=True) for path in _WIKI}
    for path in _WIKI:
        for action in _ACTIONS:
            pages[f"{path}&{action.replace('&amp;', '&')}"] = page(f"{action} of {path}")
    return pages


_FORUM = tuple(f"/forum/viewtopic.php?t={number}" for number in range(30))


def _forum() -> Pages:
    index = "".join(f"<dt><a class='topictitle' href='{one}'>Topic</a> by somebody, {TEXT}</dt>" for one in _FORUM)
    return {
        "/forum/": page("Forum", body=f"<dl class='topics'>{index}</dl>"),
        **{one: page(one, body=f"<a href='{one}&amp;view=print'>Print</a>") for one in _FORUM},
        **{f"{one}&view=print": page(f"Print {one}") for one in _FORUM},
    }


_NAMES = ("", "install.html", "usage.html", "faq.html")
_SAID = {"en": "English", "de": "Deutsch", "fr": "Français", "ja": "日本語"}
_LANGUAGES = {
    "a select whose values are addresses": (
        "<select class='language-picker'>{links}</select>",
        "<option value='{href}'>{said}</option>",
    ),
    "links with flags": (
        "<div class='flags'>{links}</div>",
        "<a href='{href}'><img src='/{one}.png' alt='{said}'></a> ",
    ),
    "links by their codes": ("<ul class='lang-switcher'>{links}</ul>", "<li><a href='{href}'>{one}</a></li>"),
    "links with hreflang in a menu": (
        "<ul class='menu'>{links}</ul>",
        "<li><a hreflang='{one}' href='{href}'>{one}</a></li>",
    ),
    "links with lang": ("<p>{links}</p>", "<a lang='{one}' href='{href}'>{said}</a> "),
    "links in two words": ("<div>{links}</div>", "<a href='{href}'>{said} ({one})</a> "),
}


def _translated(switch: tuple[str, str], spelling: str) -> Pages:
    around, link = switch
    pages: dict[str, str] = {}
    for tongue in _SAID:
        for name in _NAMES:
            links = "".join(
                link.format(href=spelling.format(one=one, name=name), said=_SAID[one], one=one) for one in _SAID
            )
            own = tuple(spelling.format(one=tongue, name=one) for one in _NAMES)
            html = page(f"{name} {tongue}", nav=own, body=around.format(links=links))
            html = html.replace('lang="en"', f'lang="{tongue}"').replace("explains", f"{tongue} explains")
            pages[spelling.format(one=tongue, name=name)] = html
    return pages


def _in(spelling: str, tongue: str) -> tuple[str, ...]:
    return tuple(spelling.format(one=tongue, name=name) for name in _NAMES)


_VERSIONS = {
    "dates": ("2026-05", "2025-11", "2025-05", "2024-11"),
    "names and numbers": ("lts", "5.4", "5.3", "4.8"),
    "numbers with a word": ("v3.0.0", "v2.9.1", "v2.0.0-rc1", "v1.0.0"),
    "snapshots": ("3.0-SNAPSHOT", "2.1", "2.0", "1.0"),
}


def _versioned(names: tuple[str, ...], link: str, spelling: str) -> Pages:
    pages: dict[str, str] = {}
    for version in names:
        for name in _NAMES:
            links = "".join(link.format(href=spelling.format(one=one, name=name), one=one) for one in names)
            own = tuple(spelling.format(one=version, name=one) for one in _NAMES)
            html = page(name or "Start", nav=own, body=f"<div class='versions'>{links}</div>")
            pages[spelling.format(one=version, name=name)] = html.replace("explains", f"{version} explains")
    return pages


_LINK = "<a href='{href}'>{one}</a> "
_WAITS = (
    "Wird geladen…",
    "Chargement en cours...",
    "Cargando…",
    "読み込み中…",
    "加载中",
    "Загрузка...",
    "Caricamento…",
)


def _shell(body: str) -> str:
    return (
        f"<!DOCTYPE html><html><head><title>API</title></head><body>{body}<script src='/app.js'></script></body></html>"
    )


_FRAMED = ("/f/one.html", "/f/two.html", "/f/help.html", "/f/deep.html")

SITUATIONS = (
    *(
        Situation(
            f"a chain of chapters whose next one is shown by {name}",
            _chained(link),
            (Crawl("/book/", ("/book/", *_CHAIN), missing=0), Crawl(_CHAIN[1], ("/book/", *_CHAIN), missing=0)),
        )
        for name, link in _NEXT.items()
    ),
    *(
        Situation(
            f"a page that has moved, as {name} says",
            {**_SITE, "/m/old/a.html": f"<html><head>{stub}</head><body><a href='../a.html'>Moved</a></body></html>"},
            (Crawl("/m/", _NAV, missing=0), Crawl("/m/old/a.html", _NAV, missing=0)),
        )
        for name, stub in _STUBS.items()
    ),
    Situation(
        "a wiki that tells pages apart by a query, and what can be done with each",
        _wiki_site(),
        (Crawl(_WIKI[0], _WIKI, missing=0), Crawl(_WIKI[5], _WIKI, missing=0)),
    ),
    Situation(
        "a forum whose front page lists its topics",
        _forum(),
        (
            Crawl("/forum/", at_least=21, missing=10, notes=("10 URLs look like an endless space",)),
            Crawl(
                "/forum/",
                ("/forum/", *_FORUM),
                missing=0,
                options={"include": ("/forum/", "*?t=[0-9]", "*?t=[0-9][0-9]")},
            ),
        ),
    ),
    *(
        Situation(
            f"four languages that {name} show",
            _translated(switch, "/docs/{one}/{name}"),
            (
                Crawl("/docs/en/", _in("/docs/{one}/{name}", "en"), missing=0),
                Crawl("/docs/de/faq.html", _in("/docs/{one}/{name}", "de"), missing=0),
            ),
        )
        for name, switch in _LANGUAGES.items()
    ),
    Situation(
        "four languages by a query that only a switcher shows",
        _translated(_LANGUAGES["links in two words"], "/docs/{name}?hl={one}"),
        (
            Crawl("/docs/?hl=en", _in("/docs/{name}?hl={one}", "en"), missing=0),
            Crawl("/docs/faq.html?hl=de", _in("/docs/{name}?hl={one}", "de"), missing=0),
        ),
    ),
    *(
        Situation(
            f"four versions called after {kind}",
            _versioned(names, _LINK, "/docs/{one}/{name}"),
            tuple(
                Crawl(f"/docs/{one}/{leaf}", tuple(f"/docs/{one}/{name}" for name in _NAMES), missing=0)
                for one, leaf in ((names[0], ""), (names[2], "usage.html"))
            ),
        )
        for kind, names in _VERSIONS.items()
    ),
    Situation(
        "four versions by a query",
        _versioned(("4.0", "3.0", "2.0", "1.0"), _LINK, "/docs/{name}?version={one}"),
        (
            Crawl("/docs/?version=4.0", tuple(f"/docs/{name}?version=4.0" for name in _NAMES), missing=0),
            Crawl("/docs/faq.html?version=2.0", tuple(f"/docs/{name}?version=2.0" for name in _NAMES), missing=0),
        ),
    ),
    *(
        Situation(
            f"nothing but a shell that says: {words}",
            {"/": _shell(f"<div id='spinner'>{words}</div>")},
            (Crawl("/", state="failed", exit_code=1, first_note="browser"),),
        )
        for words in _WAITS
    ),
    Situation(
        "frames within frames",
        {
            "/f/": "<html><head><title>F</title></head><frameset rows='10%,90%'><frame src='top.html'>"
            "<frame src='main.html'></frameset></html>",
            "/f/top.html": page("Top", nav=("/f/one.html", "/f/two.html")),
            "/f/main.html": "<html><head><title>M</title></head><frameset cols='20%,80%'><frame src='toc.html'>"
            "<frame src='one.html'><noframes><body><a href='help.html'>Help</a></body></noframes></frameset></html>",
            "/f/toc.html": "<html><body><a href='one.html' target='x'>One</a><br><a href='two.html' target='x'>Two</a><br>"
            "<a href='deep.html' target='x'>Deep</a></body></html>",
            **{path: page(path) for path in _FRAMED},
        },
        tuple(Crawl(seed, None, at_least=4, missing=0) for seed in ("/f/", "/f/one.html")),
    ),
    Situation(
        "a manual in an object",
        {"/m/": page("Start", body="<object data='a.html' type='text/html'></object>"), "/m/a.html": page("A")},
        (Crawl("/m/", ("/m/", "/m/a.html")),),
    ),
    Situation(
        "chapters that a list to choose from leads to",
        {
            path: page(
                path,
                body="<form><select onchange='location = this.value'>"
                + "".join(f"<option value='{one}'>{one}</option>" for one in _CHAIN[:6])
                + "</select></form>",
            )
            for path in ("/book/", *_CHAIN[:6])
        },
        (Crawl("/book/", ("/book/", *_CHAIN[:6])),),
    ),
    Situation(
        "a page that says itself that it is not text",
        {"/m/": page("Start", ("/m/data",)), "/m/data": Answer(b"\x00\x01\x02" * 400)},
        (Crawl("/m/", ("/m/",), state="partial", exit_code=0),),
    ),
)
