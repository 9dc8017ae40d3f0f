"""The sites discovery is measured on, each with its true page list in the source's own order.

Besides the sites that generators built: sites written here whose pages can be found in one way only, and one with
three versions in three languages, a blog and a print page around it.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from evals.builders import ORIGIN, fresh
from evals.sites import built_sites

_WORDS = [
    "anchor",
    "batch",
    "cursor",
    "driver",
    "engine",
    "filter",
    "gauge",
    "handle",
    "island",
    "journal",
    "kernel",
    "ledger",
    "mirror",
    "needle",
    "offset",
    "packet",
    "queue",
    "ribbon",
    "socket",
    "ticket",
    "update",
    "vector",
    "window",
    "yield",
    "zone",
    "broker",
    "cluster",
    "daemon",
    "escrow",
    "fabric",
    "garden",
    "harbour",
    "jetty",
]
_CHAPTERS = ("Setup", "Tutorial", "Topics", "Administration", "Reference")
_LANGUAGES = {"en": "the manual says that", "de": "das Handbuch sagt, dass", "fr": "le manuel dit que"}
_VERSIONS = ("stable", "2.0", "1.0")


@dataclass(frozen=True, slots=True)
class Case:
    """One crawl: from a seed path in a served folder to the pages it must find, in order.

    `empty` pages count neither way.
    """

    site: str
    start: str
    folder: Path
    seed: str
    pages: tuple[str, ...]
    empty: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Leaf:
    path: str
    title: str
    chapter: str


def cases(work: Path, names: Sequence[str] = ()) -> list[Case]:
    """Return every case of the built and the written sites, or of those named."""
    found: list[Case] = []
    written = {
        "sitemap-only": _sitemap_only,
        "llms-only": _llms_only,
        "nav-once": _nav_once,
        "next-chain": _next_chain,
        "aliases": _aliases,
        "company": _company,
        "flyout": _flyout,
        "versions": _versions,
    }
    for name, write in written.items():
        if not names or name in names:
            folder = fresh(work / "crawl-sites" / name)
            found += write(name, folder)
    built = [name for name in names if name not in written]
    for site in built_sites(work, built) if built or not names else ():
        if site.is_crawled:
            paths = [page.path for page in site.pages if not page.says_nothing]
            empty = tuple(page.path for page in site.pages if page.says_nothing)
            found += [replace(case, empty=empty) for case in _both_starts(site.name, Path(site.html), paths)]
    return found


def _both_starts(name: str, folder: Path, paths: Sequence[str]) -> list[Case]:
    """Return the case from the root and the one from a random page of the deepest level."""
    deepest = max(path.rstrip("/").count("/") for path in paths)
    leaves = [path for path in paths if path.rstrip("/").count("/") == deepest and path != paths[0]]
    leaf = random.Random(name).choice(leaves)
    return [Case(name, "root", folder, paths[0], tuple(paths)), Case(name, "leaf", folder, leaf, tuple(paths))]


def _leaves(prefix: str, count: int = 12, suffix: str = ".html") -> list[_Leaf]:
    """Return the pages of a small manual: chapters of `count` pages, not in alphabetical order."""
    words = list(_WORDS)
    random.Random(1).shuffle(words)
    leaves = [_Leaf(prefix, "Lodestar manual", "")]
    for number, chapter in enumerate(_CHAPTERS):
        for index in range(count):
            word = words[(number * 7 + index) % len(words)]
            leaves.append(_Leaf(f"{prefix}{chapter.lower()}/{word}{suffix}", f"{chapter}: the {word}", chapter))
    return leaves


def _prose(key: str, opening: str = "the manual says that") -> str:
    """Return three paragraphs that no other page has."""
    dice = random.Random(key)
    paragraphs: list[str] = []
    for _ in range(3):
        sentences = (
            f"{opening} a {dice.choice(_WORDS)} {dice.choice(_WORDS)} of size {dice.randrange(10_000)} needs its "
            f"{dice.choice(_WORDS)} before the {dice.choice(_WORDS)} can {dice.choice(_WORDS)}."
            for _ in range(5)
        )
        paragraphs.append(f"<p>{' '.join(s.capitalize() for s in sentences)}</p>")
    return "\n".join(paragraphs)


def _write(folder: Path, leaf: _Leaf, *, head: str = "", before: str = "", after: str = "", opening: str = "") -> None:
    file = folder / (f"{leaf.path}index.html" if leaf.path.endswith("/") or not leaf.path else leaf.path)
    file.parent.mkdir(parents=True, exist_ok=True)
    body = _prose(leaf.path, opening) if opening else _prose(leaf.path)
    file.write_text(
        f"<!doctype html><html><head><meta charset=utf-8><title>{escape(leaf.title)} | Lodestar</title>{head}</head>"
        f"<body><header><a href='/'>Lodestar</a></header>{before}<main><h1>{escape(leaf.title)}</h1>\n{body}\n"
        f"<h2>Example</h2><pre><code class='language-bash'>lodestar {escape(leaf.title.lower())}</code></pre></main>"
        f"{after}<footer>Lodestar project</footer></body></html>"
    )


def _sitemap_only(name: str, folder: Path) -> list[Case]:
    leaves = _leaves("")
    for leaf in leaves:
        _write(folder, leaf)
    _write_sitemap(folder, [leaf.path for leaf in leaves])
    return _both_starts(name, folder, [leaf.path for leaf in leaves])


def _write_sitemap(folder: Path, paths: Iterable[str]) -> None:
    urls = "".join(f"<url><loc>{ORIGIN}/{path}</loc></url>" for path in paths)
    (folder / "sitemap.xml").write_text(
        f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    )
    (folder / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {ORIGIN}/sitemap.xml\n")


def _llms_only(name: str, folder: Path) -> list[Case]:
    leaves = _leaves("")
    for leaf in leaves:
        _write(folder, leaf)
    lines = ["# Lodestar", "", "> The manual of Lodestar.", "", f"- [{leaves[0].title}]({ORIGIN}/): where to start"]
    for chapter in _CHAPTERS:
        lines += ["", f"## {chapter}", ""]
        lines += [f"- [{leaf.title}](/{leaf.path}): one page" for leaf in leaves if leaf.chapter == chapter]
    (folder / "llms.txt").write_text("\n".join(lines) + "\n")
    return _both_starts(name, folder, [leaf.path for leaf in leaves])


def _tree(leaves: Sequence[_Leaf]) -> str:
    chapters: list[str] = []
    for chapter in _CHAPTERS:
        links = "".join(
            f"<li><a href='/{leaf.path}'>{escape(leaf.title)}</a></li>" for leaf in leaves if leaf.chapter == chapter
        )
        chapters.append(f"<li><span>{chapter}</span><ul>{links}</ul></li>")
    return f"<nav class='sidebar'><ul>{''.join(chapters)}</ul></nav>"


def _nav_once(name: str, folder: Path) -> list[Case]:
    leaves = _leaves("")
    for leaf in leaves:
        _write(folder, leaf, before=_tree(leaves) if not leaf.path else "")
    return _both_starts(name, folder, [leaf.path for leaf in leaves])


def _next_chain(name: str, folder: Path) -> list[Case]:
    """Pages know only the one before and the one after."""
    leaves = _leaves("")
    for before, leaf, after in zip([None, *leaves], leaves, [*leaves[1:], None], strict=False):
        links = f"<a rel='prev' href='/{before.path}'>Previous: {escape(before.title)}</a>" if before else ""
        links += f" <a rel='next' href='/{after.path}'>Next: {escape(after.title)}</a>" if after else ""
        _write(folder, leaf, after=f"<div class='pager'>{links}</div>")
    return _both_starts(name, folder, [leaf.path for leaf in leaves])


def _aliases(name: str, folder: Path) -> list[Case]:
    """Every page has many addresses: with and without slash, index.html, tracking parameters, a session, fragments."""
    leaves = _leaves("", suffix="/")
    for number, leaf in enumerate(leaves):
        dice = random.Random(number)
        other = [dice.choice(leaves[1:]).path for _ in range(6)]
        links = (
            f"<a href='/{other[0].rstrip('/')}'>a</a> <a href='/{other[1]}index.html'>b</a> "
            f"<a href='/{other[2]}?utm_source=docs&amp;utm_campaign={number}'>c</a> "
            f"<a href='/{other[3]}?sessionid={dice.randrange(10**9)}'>d</a> <a href='/{other[4]}#example'>e</a> "
            f"<a href='/{other[5]}?ref=page{number}'>f</a>"
        )
        canonical = f"<link rel='canonical' href='{ORIGIN}/{leaf.path}'>"
        _write(folder, leaf, head=canonical, before=_tree(leaves), after=f"<div class='see-also'>{links}</div>")
    return _both_starts(name, folder, [leaf.path for leaf in leaves])


def _company(name: str, folder: Path) -> list[Case]:
    """A manual below /docs/ of a company's site, which has a landing page, prices, people and a blog."""
    leaves = _leaves("docs/")
    others = [_Leaf(path, f"About {path}", "") for path in ("", "pricing.html", "about.html", "jobs.html", "blog/")]
    others += [_Leaf(f"blog/post-{number}.html", f"Post {number}", "") for number in range(8)]
    menu = "".join(
        f"<a href='/{path}'>{path or 'Home'}</a> " for path in ("", "docs/", "pricing.html", "about.html", "blog/")
    )
    bar = f"<nav class='topbar'>{menu}</nav>"
    posts = "".join(f"<a href='/{leaf.path}'>{leaf.title}</a> " for leaf in others[5:])
    for leaf in others:
        _write(folder, leaf, before=bar, after=posts)
    for leaf in leaves:
        _write(folder, leaf, before=bar + _tree(leaves))
    _write_sitemap(folder, [leaf.path for leaf in [*others, *leaves]])
    return _both_starts(name, folder, [leaf.path for leaf in leaves])


def _flyout(name: str, folder: Path) -> list[Case]:
    """Languages and versions as Read the Docs serves them: nothing links them, the sitemap names their roots only."""
    roots = ("en/latest/", "en/stable/", "de/latest/")
    manuals = {root: _leaves(root) for root in roots}
    for root, leaves in manuals.items():
        for leaf in leaves:
            _write(folder, leaf, before=_tree(leaves), opening=f"{_LANGUAGES[root[:2]]} in {root}")
    _write_sitemap(folder, roots)
    return _both_starts(name, folder, [leaf.path for leaf in manuals["en/latest/"]])


def _versions(name: str, folder: Path) -> list[Case]:
    """Three versions in three languages, linked from every page, with a blog, a changelog and a print page."""
    manuals = {(lang, version): _leaves(f"{lang}/{version}/", 6) for lang in _LANGUAGES for version in _VERSIONS}
    posts = [_Leaf(f"blog/2024-0{month}-news.html", f"News of month {month}", "") for month in range(1, 6)]
    for (language, version), leaves in manuals.items():
        for leaf in leaves:
            below = leaf.path.removeprefix(f"{language}/{version}/")
            switch = "".join(f"<a href='/{language}/{other}/{below}'>{other}</a> " for other in _VERSIONS)
            speak = "".join(
                f"<a hreflang='{other}' href='/{other}/{version}/{below}'>{other}</a> " for other in _LANGUAGES
            )
            extra = f"<a href='/blog/'>Blog</a> <a href='/{language}/{version}/print.html'>Print</a>"
            alternates = "".join(
                f"<link rel=alternate hreflang={other} href='{ORIGIN}/{other}/{version}/{below}'>"
                for other in _LANGUAGES
            )
            bars = f"<div class='topbar'>{speak}{switch}{extra}</div>"
            opening = f"{_LANGUAGES[language]} {version}"
            _write(folder, leaf, head=alternates, before=bars + _tree(leaves), opening=opening)
        everything = _Leaf(f"{language}/{version}/print.html", "The whole manual", "")
        _write(folder, everything, after="".join(_prose(leaf.path, _LANGUAGES[language]) for leaf in leaves))
    links = "".join(f"<a href='/{post.path}'>{post.title}</a>" for post in posts)
    _write(folder, _Leaf("blog/", "Blog", ""), after=links)
    _write(
        folder, _Leaf("", "Lodestar", ""), after="<a href='/en/stable/'>Read the manual</a> <a href='/blog/'>Blog</a>"
    )
    for post in posts:
        _write(folder, post)
    _write_sitemap(
        folder, [leaf.path for leaves in manuals.values() for leaf in leaves] + [post.path for post in posts]
    )
    english = [leaf.path for leaf in manuals["en", "stable"]]
    german = [leaf.path for leaf in manuals["de", "2.0"]]
    return [*_both_starts(name, folder, english), Case(name, "de leaf", folder, german[17], tuple(german))]
