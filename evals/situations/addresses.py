"""Forms in which sites write addresses: in links and redirects, in sitemaps, in the names of editions."""

from evals.situations.model import Crawl, Situation
from evals.situations.site import TEXT, Answer, Pages, moved, page, sitemap, text

_NAV = ("/m/", "/m/a.html", "/m/b.html")
_SITE: Pages = {path: page(path, nav=_NAV) for path in _NAV}
_STUBBED: Pages = {path: page(path, nav=("/m/", "/m/old/a.html", "/m/b.html")) for path in _NAV}
_PLACES = {
    "a place of its own host": "/m/a.html",
    "a place below its own": "../a.html",
    "a place without a scheme": "//{host}/m/a.html",
    "a place with a fragment": "{origin}/m/a.html#top",
    "a place with spaces around it": " /m/a.html ",
    "a place with dots": "/m/x/../a.html",
}
_LINKS = {
    "line breaks around an address": "<a href='\n  a.html\n'>A</a>",
    "capitals": "<A HREF='a.html'>A</A>",
    "entities": "<a href='&#97;.html'>A</a>",
    "escapes that need not be": "<a href='%61.html'>A</a>",
    "a fragment": "<a href='a.html#part'>A</a>",
    "no quotes": "<a href=a.html>A</a>",
    "an image map": "<map name='m'><area shape='rect' coords='0,0,9,9' href='a.html' alt='A'></map>",
    "a base": "<a href='m/a.html'>A</a>",
    "a picture of vectors": "<svg><a xlink:href='a.html'><text>A</text></a></svg>",
    "two slashes": "<a href='/m//a.html'>A</a>",
}


def _linked(name: str, link: str) -> Pages:
    head = "<base href='/'>" if name == "a base" else ""
    pages: dict[str, str] = {"/m/": page("Start", head=head, body=link), "/m/a.html": page("A")}
    return {**pages, "/m//a.html": page("A")} if name == "two slashes" else pages


_NAMES = ("", "install.html", "usage.html", "faq.html")
_DIRECTORIES = {
    "in capitals": {"en": "/EN/", "de": "/DE/", "fr": "/FR/"},
    "with regions": {"en": "/en-US/", "de": "/de-DE/", "zh": "/zh_CN/"},
    "by their scripts": {"en": "/en/", "zh-hans": "/zh-hans/", "zh-hant": "/zh-hant/"},
    "below their version": {"en": "/docs/2.0/en/", "de": "/docs/2.0/de/", "fr": "/docs/2.0/fr/"},
    "by their countries": {"en": "/us/", "ja": "/jp/", "ko": "/kr/"},
}


def _spoken(bases: dict[str, str], *, declared: bool) -> Pages:
    pages: dict[str, str] = {}
    for tongue, base in bases.items():
        for name in _NAMES:
            head = "".join(f"<link rel='alternate' hreflang='{one}' href='{bases[one]}{name}'>" for one in bases)
            html = page(f"{name} {tongue}", nav=tuple(f"{base}{one}" for one in _NAMES), head=head if declared else "")
            links = "".join(f"<a class='lang' href='{bases[one]}{name}'>{one}</a> " for one in bases)
            html = html.replace("</main>", f"</main><footer class='languages'>{links}</footer>")
            pages[base + name] = html.replace('lang="en"', f'lang="{tongue}"').replace("explains", f"{tongue} explains")
    return pages


def _of(base: str) -> tuple[str, ...]:
    return tuple(f"{base}{name}" for name in _NAMES)


_BLOG = tuple(f"/?page_id={number}" for number in range(2, 30))
_TONGUES = {"en": "/en/", "de": "/de/", "fr": "/fr/"}
_ALTERNATES = "".join(
    f"<url><loc>{{origin}}{base}{name}</loc>"
    + "".join(
        f'<xhtml:link rel="alternate" hreflang="{one}" href="{{origin}}{_TONGUES[one]}{name}"/>' for one in _TONGUES
    )
    + "</url>"
    for base in _TONGUES.values()
    for name in _NAMES
)

_YEARS = tuple(f"/y/{year}/" for year in range(2015, 2025))
_REPORTS = tuple(f"/y/{year}/{name}-{year}.html" for year in range(2015, 2019) for name in ("first", "second"))

SITUATIONS = (
    Situation(
        "an archive of a page for each year",
        {"/y/": page("Years", _YEARS), **{one: page(one, ("/y/",)) for one in _YEARS}},
        tuple(Crawl(seed, ("/y/", *_YEARS), missing=0) for seed in ("/y/", _YEARS[4])),
    ),
    Situation(
        "an archive of pages of their own for each year",
        {one: page(one, nav=("/y/", *_REPORTS)) for one in ("/y/", *_REPORTS)},
        tuple(Crawl(seed, ("/y/", *_REPORTS), missing=0) for seed in ("/y/", _REPORTS[3])),
    ),
    *(
        Situation(
            f"a page that the server moves to {name}",
            {**_STUBBED, "/m/old/a.html": moved(place, status)},
            (Crawl("/m/", _NAV, missing=0), Crawl("/m/old/a.html", _NAV, missing=0)),
        )
        for (name, place), status in zip(_PLACES.items(), (301, 302, 303, 307, 308, 301), strict=True)
    ),
    Situation(
        "a page that a header sends its reader from",
        {
            **_STUBBED,
            "/m/old/a.html": Answer("<html><body>Moved</body></html>", headers={"Refresh": "0; url=/m/a.html"}),
        },
        (Crawl("/m/", _NAV, missing=0), Crawl("/m/old/a.html", _NAV, missing=0)),
    ),
    *(
        Situation(f"a link in a form of its own: {name}", _linked(name, link), (Crawl("/m/", at_least=2, missing=0),))
        for name, link in _LINKS.items()
    ),
    Situation(
        "pages in XHTML",
        {
            path: Answer(
                f'<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en"><head>'
                f'<title>{path}</title></head><body><div class="nav"><ul>'
                + "".join(f'<li><a href="{one}">{one}</a></li>' for one in _NAV)
                + f"</ul></div><h1>{path}</h1><p>{path} {TEXT}</p></body></html>",
                content_type="application/xhtml+xml",
            )
            for path in _NAV
        },
        (Crawl("/m/", _NAV), Crawl("/m/b.html", _NAV)),
    ),
    Situation(
        "a blog's pages, told apart by a number",
        {path: page(path, nav=("/", *_BLOG)) for path in ("/", *_BLOG)},
        (Crawl("/", ("/", *_BLOG), missing=0), Crawl(_BLOG[3], ("/", *_BLOG), missing=0)),
    ),
    *(
        Situation(
            f"three languages in directories {name}, {'declared' if declared else 'which links show'}",
            _spoken(bases, declared=declared),
            tuple(
                Crawl(seed, _of(base), missing=0)
                for base in list(bases.values())[:2]
                for seed in (base, f"{base}usage.html")
            ),
        )
        for name, bases in _DIRECTORIES.items()
        for declared in (True, False)
    ),
    Situation(
        "three languages that only a sitemap declares",
        {
            **dict(_spoken(_TONGUES, declared=False).items()),
            "/": moved("/en/", 302),
            "/sitemap.xml": text(
                '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">'
                f"{_ALTERNATES}</urlset>",
                "application/xml",
            ),
        },
        (Crawl("/", _of("/en/"), missing=0), Crawl("/de/faq.html", _of("/de/"), missing=0)),
    ),
    Situation(
        "a sitemap of sitemaps, one of which is not there",
        {
            "/m/": page("Start"),
            **{path: page(path) for path in _NAV[1:]},
            "/robots.txt": text("SITEMAP: /maps/index.xml\n"),
            "/maps/index.xml": text(
                "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{origin}/maps/none.xml</loc>"
                "</sitemap><sitemap><loc>{origin}/maps/two.txt</loc></sitemap></sitemapindex>",
                "text/xml",
            ),
            "/maps/two.txt": text("{origin}/m/a.html\r\n{origin}/m/b.html\r\n"),
        },
        (Crawl("/m/", _NAV), Crawl("/m/b.html", _NAV)),
    ),
    Situation(
        "a sitemap of another host's name",
        {
            "/m/": page("Start"),
            **{path: page(path) for path in _NAV[1:]},
            "/sitemap.xml": sitemap(*(f"https://docs.example.com{path}" for path in _NAV)),
        },
        (Crawl("/m/", _NAV),),
    ),
)
