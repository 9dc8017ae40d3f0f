"""One language and one version of a manual, and directories that only look like some."""

from evals.situations.model import Crawl, Situation
from evals.situations.site import Pages, moved, page, sitemap

_NAMES = ("index", "install", "usage", "faq")
_MANY = ("index", *(f"p{number}" for number in range(1, 11)))
_TONGUES = ("en", "de", "fr", "es", "it", "pt-br", "ja", "ko", "zh-cn", "ru", "pl", "tr", "nl")
_FOUR = ("en", "de", "fr", "ja")
_SAID = {"en": "English", "de": "Deutsch", "fr": "Français", "ja": "日本語"}
_VERSIONS = ("latest", "3.x", "2.x", "1.x")


def _path(base: str, name: str) -> str:
    return base if name == "index" else f"{base}{name}.html"


def _paths(base: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_path(base, name) for name in names)


def _in(tongue: str, html: str, said: str) -> str:
    """Return a page in another language: its attribute, and words of its own."""
    return html.replace('<html lang="en">', f'<html lang="{tongue}">' if tongue else "<html>").replace(
        "explains", f"{said} explains"
    )


def _hreflang(name: str, tongues: tuple[str, ...], base: dict[str, str]) -> str:
    return "".join(f'<link rel="alternate" hreflang="{one}" href="{_path(base[one], name)}">' for one in tongues)


def _translated(names: tuple[str, ...], base: dict[str, str], *, head: bool = True, switch: str = "") -> Pages:
    """Return a manual in several languages, each below a directory."""
    pages: dict[str, str] = {}
    for tongue, directory in base.items():
        for name in names:
            links = "".join(
                switch.format(tongue=one, href=_path(base[one], name), said=_SAID[one]) for one in base if switch
            )
            html = page(
                f"{name} {tongue}",
                nav=_paths(directory, names),
                head=_hreflang(name, tuple(base), base) if head else "",
                body=links,
            )
            pages[_path(directory, name)] = _in(tongue, html, tongue)
    return pages


_ROOTED = {one: f"/{one}/" for one in _TONGUES}
_PLAIN = {"en": "/", **{one: f"/{one}/" for one in _TONGUES if one != "en"}}
_FOUR_ROOTED = {one: f"/docs/{one}/" for one in _FOUR}
_FOUR_PLAIN = {"en": "/docs/", **{one: f"/docs/{one}/" for one in _FOUR if one != "en"}}
_LINK = "<a class='lang-link' href='{href}'>{said}</a> "
_SECTIONS = ("ml", "io", "ts", "kv", "cs", "os")
_SECTION_PAGES = ("/api/", *(f"/api/{one}/{name}" for one in _SECTIONS for name in ("", "more.html", "rest.html")))


def _each(names: tuple[str, ...], *bases: str) -> tuple[Crawl, ...]:
    """Return crawls of the edition of each directory: from its root and from a leaf."""
    return tuple(
        Crawl(seed, _paths(base, names), missing=0) for base in bases for seed in (base, _path(base, names[2]))
    )


def _suffixed(spelling: str) -> Pages:
    def spelt(name: str, tongue: str) -> str:
        return f"/m/{name}.html" if tongue == "en" else spelling.format(name=name, tongue=tongue)

    pages: dict[str, str] = {}
    for tongue in _FOUR:
        for name in _NAMES:
            head = "".join(f'<link rel="alternate" hreflang="{one}" href="{spelt(name, one)}">' for one in _FOUR)
            links = "".join(f'<a href="{spelt(name, one)}">{_SAID[one]}</a> ' for one in _FOUR)
            html = page(f"{name} {tongue}", nav=tuple(spelt(one, tongue) for one in _NAMES), head=head, body=links)
            pages[spelt(name, tongue)] = _in(tongue, html, tongue)
    return pages


_SUFFIXED, _ASKED = _suffixed("/m/{name}.{tongue}.html"), _suffixed("/m/{name}.html?lang={tongue}")


def _versioned(bases: dict[str, str], switch: str) -> Pages:
    pages: dict[str, str] = {}
    for version, base in bases.items():
        for name in _NAMES:
            links = "".join(switch.format(version=one, href=bases[one]) for one in bases)
            html = page(
                f"{name}", nav=_paths(base, _NAMES), body=f"<select>{links}</select>" if "option" in switch else links
            )
            pages[_path(base, name)] = html.replace("explains", f"{version} explains")
    return pages


_OPTION = "<option value='{href}'>{version}</option>"
_ANCHOR = "<a class='version' href='{href}'>{version}</a> "
_BY_VERSION = {one: f"/{one}/" for one in _VERSIONS}
_NEWEST_PLAIN = {"4.x": "/docs/", **{one: f"/docs/{one}/" for one in _VERSIONS[1:]}}
_CHAPTERS = ("/book/", *(f"/book/{number}/{name}" for number in (1, 2, 3, 4) for name in ("", "a.html", "b.html")))

_HALF = ("", "a.html", "b.html", "c.html")


def _half_translated() -> Pages:
    """Return two languages, with pages of the second that are in the first still."""
    pages: dict[str, str] = {}
    for base, done in (("/en/", ()), ("/de/", ("", "b.html"))):
        for name in _HALF:
            language = "de" if name in done else "en"
            others = "".join(
                f"<a rel='alternate' hreflang='{one}' href='/{one}/{name}'>{one}</a> " for one in ("en", "de")
            )
            html = page(f"{name or 'start'}", nav=tuple(base + one for one in _HALF), body=others)
            pages[base + name] = html.replace('lang="en"', f'lang="{language}"')
    return pages


SITUATIONS = (
    Situation(
        "a translation that is not finished, from a page that is not translated",
        _half_translated(),
        tuple(
            Crawl(f"/de/{name}", tuple(f"/de/{one}" for one in _HALF), in_order=True)
            for name in ("c.html", "b.html", "")
        ),
    ),
    Situation(
        "thirteen languages with hreflang, each in a directory",
        {"/": moved("/en/", 302), **_translated(_MANY, _ROOTED)},
        (Crawl("/", _paths("/en/", _MANY), missing=0), *_each(_MANY, "/en/", "/pt-br/")),
    ),
    Situation(
        "thirteen languages with hreflang, the first of them in no directory",
        _translated(_MANY, _PLAIN),
        _each(_MANY, "/", "/ja/"),
    ),
    Situation(
        "four languages of four pages with hreflang",
        _translated(_NAMES, _FOUR_PLAIN),
        _each(_NAMES, "/docs/", "/docs/de/"),
    ),
    Situation(
        "four languages of four pages that only a switcher shows",
        _translated(_NAMES, _FOUR_PLAIN, head=False, switch=_LINK),
        _each(_NAMES, "/docs/", "/docs/de/"),
    ),
    Situation(
        "four languages that a front page lists, and a sitemap",
        {
            "/docs/": page(
                "Choose", body="".join(_LINK.format(href=_FOUR_ROOTED[one], said=_SAID[one]) for one in _FOUR)
            ),
            **_translated(_NAMES, _FOUR_ROOTED, head=False),
            "/sitemap.xml": sitemap(
                "/docs/", *(path for base in _FOUR_ROOTED.values() for path in _paths(base, _NAMES))
            ),
        },
        (
            Crawl("/docs/", ("/docs/", *_paths("/docs/en/", _NAMES)), missing=0),
            *_each(_NAMES, "/docs/en/", "/docs/fr/"),
        ),
    ),
    Situation(
        "four languages told apart by a suffix",
        _SUFFIXED,
        (
            Crawl("/m/index.html", tuple(f"/m/{one}.html" for one in _NAMES), missing=0),
            Crawl("/m/usage.html", tuple(f"/m/{one}.html" for one in _NAMES), missing=0),
            Crawl("/m/usage.de.html", tuple(f"/m/{one}.de.html" for one in _NAMES), missing=0),
        ),
    ),
    Situation(
        "four languages told apart by a query",
        _ASKED,
        (
            Crawl("/m/index.html", tuple(f"/m/{one}.html" for one in _NAMES), missing=0),
            Crawl("/m/usage.html", tuple(f"/m/{one}.html" for one in _NAMES), missing=0),
            Crawl("/m/usage.html?lang=de", tuple(f"/m/{one}.html?lang=de" for one in _NAMES), missing=0),
        ),
    ),
    Situation(
        "sections that are called like languages",
        {path: page(path, nav=_SECTION_PAGES) for path in _SECTION_PAGES},
        tuple(Crawl(seed, _SECTION_PAGES, missing=0) for seed in ("/api/", "/api/ml/", "/api/io/more.html")),
    ),
    Situation(
        "sections that are called like languages, and that only links and a sitemap show",
        {
            **{path: page(path, _SECTION_PAGES[at + 1 : at + 3]) for at, path in enumerate(_SECTION_PAGES)},
            "/sitemap.xml": sitemap(*_SECTION_PAGES),
        },
        tuple(Crawl(seed, _SECTION_PAGES, missing=0) for seed in ("/api/", "/api/ml/more.html")),
    ),
    Situation(
        "sections that are called like languages on pages that name none",
        {path: _in("", page(path, nav=_SECTION_PAGES[:9]), "") for path in _SECTION_PAGES[:9]},
        tuple(Crawl(seed, _SECTION_PAGES[:9], missing=0) for seed in ("/api/", "/api/io/")),
    ),
    Situation(
        "one section that is called like a language",
        {
            path: page(path, nav=("/", "/ml/", "/ml/a.html", "/b.html"))
            for path in ("/", "/ml/", "/ml/a.html", "/b.html")
        },
        tuple(Crawl(seed, ("/", "/ml/", "/ml/a.html", "/b.html"), missing=0) for seed in ("/", "/ml/a.html")),
    ),
    Situation(
        "sections that are called like languages beside a translation",
        {
            **{
                f"/{base}{name}": _in(
                    base.strip("/") or "en",
                    page(
                        f"{base} {name}",
                        nav=tuple(f"/{base}{one}" for one in ("", "ml/", "ml/a.html", "io/", "io/a.html")),
                        head=f"<link rel='alternate' hreflang='de' href='/de/{name}'>"
                        f"<link rel='alternate' hreflang='en' href='/{name}'>",
                    ),
                    base,
                )
                for base in ("", "de/")
                for name in ("", "ml/", "ml/a.html", "io/", "io/a.html")
            }
        },
        tuple(
            Crawl(f"/{base}{name}", tuple(f"/{base}{one}" for one in ("", "ml/", "ml/a.html", "io/", "io/a.html")))
            for base in ("", "de/")
            for name in ("", "io/a.html")
        ),
    ),
    Situation(
        "four versions in a switcher",
        {"/": moved("/latest/", 302), **_versioned(_BY_VERSION, _OPTION)},
        (Crawl("/", _paths("/latest/", _NAMES), missing=0), *_each(_NAMES, "/latest/", "/2.x/")),
    ),
    Situation(
        "four versions that links show, the newest in no directory",
        _versioned(_NEWEST_PLAIN, _ANCHOR),
        _each(_NAMES, "/docs/", "/docs/2.x/"),
    ),
    Situation(
        "four versions that a front page lists, and a sitemap",
        {
            "/": page("Choose", tuple(_BY_VERSION.values())),
            **_versioned(_BY_VERSION, ""),
            "/sitemap.xml": sitemap("/", *(path for base in _BY_VERSION.values() for path in _paths(base, _NAMES))),
        },
        (Crawl("/", ("/", *_paths("/latest/", _NAMES)), missing=0), *_each(_NAMES, "/2.x/")),
    ),
    Situation(
        "chapters that are called like versions",
        {path: page(path, nav=_CHAPTERS) for path in _CHAPTERS},
        tuple(Crawl(seed, _CHAPTERS, missing=0) for seed in ("/book/", "/book/2/a.html")),
    ),
)
