"""Manuals of several sections: behind tabs, each with a sidebar of its own, and more than a small budget is spent on."""

from evals.situations.model import Crawl, Situation
from evals.situations.site import Answer, Pages, page, text

_PARTS = ("guide", "api", "cli")
_LEAVES = ("", "a.html", "b.html", "c.html")
_THEMES = {  # how a theme writes its tabs and its sidebar
    "a bar and a menu": (
        "<nav class='navbar navbar--fixed-top'><div class='navbar__items'>{tabs}</div></nav>",
        "<a class='navbar__item navbar__link' href='{href}'>{name}</a>",
        "<aside class='theme-doc-sidebar-container'><nav class='menu'><ul class='menu__list'>{lines}</ul></nav></aside>",
    ),
    "tabs below a header": (
        "<header><nav class='md-header'>Manual</nav></header><nav class='md-tabs' aria-label='Tabs'>"
        "<ul class='md-tabs__list'>{tabs}</ul></nav>",
        "<li class='md-tabs__item'><a href='{href}' class='md-tabs__link'>{name}</a></li>",
        "<div class='md-sidebar md-sidebar--primary'><nav class='md-nav'><ul class='md-nav__list'>{lines}</ul></nav></div>",
    ),
    "tabs that are no list": (
        "<div id='navbar'><div class='nav-tabs h-full flex'>{tabs}</div></div>",
        "<a class='link nav-tabs-item' href='{href}'>{name}</a>",
        "<div id='sidebar-content'><ul class='sidebar-group'>{lines}</ul></div>",
    ),
}


def _tabbed(base: str, parts: tuple[str, ...], theme: str, *, beside: tuple[str, ...] = ()) -> Pages:
    """Return sections with a sidebar each, below a bar that leads to all of them, and to what lies beside them."""
    bar, tab, column = _THEMES[theme]
    fronts = (*(f"{base}{part}/" for part in parts), *beside)
    tabs = bar.format(tabs="".join(tab.format(href=one, name=one.strip("/").rpartition("/")[2]) for one in fronts))
    pages: dict[str, str] = {base: page("Start", fronts[: len(parts)]).replace("<body>", f"<body>{tabs}")}
    for part in parts:
        own = tuple(f"{base}{part}/{leaf}" for leaf in _LEAVES)
        lines = "".join(f"<li><a href='{one}'>{one}</a></li>" for one in own)
        for path in own:
            pages[path] = page(path).replace("<body>", f"<body>{tabs}{column.format(lines=lines)}")
    for path in beside:
        pages[path] = page(path).replace("<body>", f"<body>{tabs}")
    return pages


def _all(base: str, parts: tuple[str, ...] = _PARTS) -> tuple[str, ...]:
    return (base, *(f"{base}{part}/{leaf}" for part in parts for leaf in _LEAVES))


_SMALL = ("/", "/docs/a.html", "/docs/b.html", "/docs/c.html", "/faq.html")
_OFFERS = ("/prices.html", "/about.html")
_OWN = tuple(f"/guide/{leaf}" for leaf in _LEAVES)
_MANY = tuple(f"p{number:02}.html" for number in range(40))


def _racing(*, slow: str) -> Pages:
    """Return two large sections, each with a sidebar of its own, one of which answers slowly."""
    pages: dict[str, Answer] = {"/": Answer(page("Start", ("/one/", "/two/")))}
    for part in ("one", "two"):
        own = tuple(f"/{part}/{leaf}" for leaf in ("", *_MANY))
        for path in own:
            pages[path] = Answer(page(path, nav=own), delay_s=0.3 * (part == slow))
    return pages


def _linked(*, slow: str) -> Pages:
    """Return two large sections whose pages lead to three further ones each, and to the front page."""
    pages: dict[str, Answer] = {"/": Answer(page("Start", ("/one/p00.html", "/two/p00.html")))}
    for part in ("one", "two"):
        for number in range(40):
            more = (f"/{part}/p{next_:02}.html" for next_ in range(3 * number + 1, 3 * number + 4) if next_ < 40)
            pages[f"/{part}/p{number:02}.html"] = Answer(
                page(f"{part} {number}", (*more, "/")), delay_s=0.2 * (part == slow)
            )
    return pages


def _first(part: str, count: int) -> tuple[str, ...]:
    return tuple(f"/{part}/{leaf}" for leaf in _MANY[:count])


_DOXYGEN = ("index.html", "intro.html", "usage.html", "group__core.html", "structA.html", "structB.html", "only.html")
_DOXYGEN_PAGES = tuple(f"/d/{name}" for name in _DOXYGEN)
_NAVTREE = """var NAVTREE =
[
  [ "Lib", "index.html", [
    [ "Introduction", "intro.html", null ],
    [ "Usage", "usage.html", null ],
    [ "Topics", "topics.html", "topics" ]
  ] ]
];
var NAVTREEINDEX =
[
"group__core.html",
"structB.html"
];
var SYNCONMSG = 'click';
"""
_NAVTREE_INDEXES = (
    'var NAVTREEINDEX0 =\n{\n"group__core.html":[2,0],\n"index.html":[],\n"intro.html":[0],\n"only.html":[3],\n'
    '"structA.html":[2,0,0],\n"structA.html#a1b2":[2,0,0,1]\n};\n',
    'var NAVTREEINDEX1 =\n{\n"structB.html":[2,0,1],\n"structB.html#a1b2":[2,0,1,0],\n"usage.html":[1]\n};\n',
)
_MENU = (
    'var menudata={children:[\n{text:"Main Page",url:"index.html"},\n{text:"Related Pages",url:"intro.html",children:[\n'
    '{text:"Usage",url:"usage.html"}]},\n{text:"Topics",url:"group__core.html"},\n{text:"Structs",url:"structA.html",'
    'children:[\n{text:"B",url:"structB.html"},\n{text:"Fields",url:"functions.html",children:[\n'
    '{text:"a",url:"functions.html#index_a"}]}]},\n{text:"More",url:"only.html"}]}\n'
)


def _doxygen(script: str) -> dict[str, Answer | str]:
    """Return pages of Doxygen, whose navigation a script would show; none of them links to another."""
    head = f'<meta name="generator" content="Doxygen 1.9.8"/><script type="text/javascript" src="{script}"></script>'
    return {f"/d/{name}": page(name, head=head) for name in _DOXYGEN}


_PRETTY = ("/p/", *(f"/p/{name}/" for name in ("install", "use", "ask", "mend")))

SITUATIONS = (
    Situation(
        "pages in directories of their own that only their front page lists",
        {"/p/": page("Start", _PRETTY[1:]), **{one: page(one, ("/p/",)) for one in _PRETTY[1:]}},
        tuple(Crawl(seed, _PRETTY, missing=0) for seed in ("/p/", "/p/use/")),
    ),
    *(
        Situation(
            f"sections behind tabs, below a directory: {theme}",
            _tabbed("/docs/", _PARTS, theme, beside=_OFFERS),
            (Crawl("/docs/", _all("/docs/")), Crawl("/docs/guide/b.html", _all("/docs/"))),
        )
        for theme in _THEMES
    ),
    *(
        Situation(
            f"sections behind tabs, on a host of their own: {theme}",
            _tabbed("/", _PARTS, theme),
            (Crawl("/", _all("/")), Crawl("/api/c.html", _all("/"))),
        )
        for theme in _THEMES
    ),
    Situation(
        "a small sidebar that leads beyond the directory of documentation",
        {path: page(path, nav=_SMALL) for path in _SMALL},
        (Crawl("/docs/a.html", _SMALL), Crawl("/", _SMALL)),
    ),
    Situation(
        "sections behind tabs, beside what else the site offers",
        _tabbed("/", _PARTS, "a bar and a menu", beside=_OFFERS),
        (Crawl("/guide/b.html", _OWN, notes=("Tabs above the page lead to 2 sections.*scope host",)),),
    ),
    *(
        Situation(
            f"two large sections and a small budget, the {slow} of them slow",
            _racing(slow=part),
            (
                Crawl("/", ("/", "/one/", "/two/", *_first("one", 9)), options={"max_pages": 12}),
                Crawl("/two/p30.html", ("/two/", "/two/p30.html", *_first("two", 10)), options={"max_pages": 12}),
            ),
        )
        for slow, part in (("first", "one"), ("second", "two"))
    ),
    *(
        Situation(
            f"two large sections that links lead through, and a small budget, the {slow} of them slow",
            _linked(slow=part),
            (
                Crawl("/", ("/", *_first("one", 6), *_first("two", 4)), options={"max_pages": 11}),
                Crawl(
                    "/two/p00.html",
                    ("/", *_first("two", 10)),
                    options={"max_pages": 11, "scope": "host"},
                ),
            ),
        )
        for slow, part in (("first", "one"), ("second", "two"))
    ),
    Situation(
        "Doxygen's tree, which scripts show",
        {
            **_doxygen("navtreedata.js"),
            "/d/navtreedata.js": text(_NAVTREE, "text/javascript"),
            **{f"/d/navtreeindex{at}.js": text(one, "text/javascript") for at, one in enumerate(_NAVTREE_INDEXES)},
        },
        tuple(Crawl(seed, _DOXYGEN_PAGES, in_order=True) for seed in ("/d/index.html", "/d/structA.html")),
    ),
    Situation(
        "Doxygen's menu, which scripts show",
        {
            **_doxygen("menudata.js"),
            "/d/menudata.js": text(_MENU, "text/javascript"),
            "/d/functions.html": page("Fields"),
        },
        tuple(
            Crawl(seed, _DOXYGEN_PAGES, in_order=True, coverage=("listing .*functions.html",))
            for seed in ("/d/index.html", "/d/usage.html")
        ),
    ),
)
