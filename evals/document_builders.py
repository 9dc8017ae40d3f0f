"""Build the fixture manual with Pandoc, and by way of DocBook with its XSL stylesheets, as large old manuals are.

Needs the programs pandoc and xsltproc and the docbook-xsl stylesheets (Debian: pandoc, xsltproc, docbook-xsl).
"""

import json
from html import escape
from pathlib import Path

from evals.builders import ORIGIN, fresh, html_path, site_truth, write_sources
from evals.corpus import Note, Page
from evals.manual import MANUAL
from evals.markdown_writer import DocBook, Jekyll, Pandoc
from evals.tools import run
from evals.truth import PageTruth, SiteTruth

_CHUNK = "/usr/share/xml/docbook/stylesheet/docbook-xsl/xhtml/chunk.xsl"


def pandoc(_work: Path, site: Path) -> SiteTruth:
    """Build standalone pages with a table of contents each; only the first page lists them all."""
    source, html = fresh(site / "source"), site / "html"
    writer = _PandocHtml()
    write_sources(writer, source, ".md")
    with (source / "index.md").open("a") as index:
        for section in MANUAL.sections:
            links = "\n".join(f"- [{page.title}]({page.slug}.html)" for page in section.pages)
            index.write(f"\n## {section.title}\n\n{links}\n")
    for page in MANUAL.pages:
        target = html / f"{page.slug}.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        run(["pandoc", "-s", "--toc", "-o", target, source / f"{page.slug}.md"], cwd=source)
    truth = site_truth(site.name, "Pandoc", writer, html, html_path)
    for section in MANUAL.sections:
        truth.pages[0].headings.append(section.title)
        truth.pages[0].text += [section.title, *(page.title for page in section.pages)]
    return truth


def jekyll(_work: Path, site: Path) -> SiteTruth:
    """Build with Jekyll and its default theme, whose navigation is the page header."""
    source, html = fresh(site / "source"), site / "html"
    write_sources(Jekyll(), source, ".md")
    config = {
        "title": MANUAL.title, "theme": "minima", "description": MANUAL.footer, "plugins": ["jekyll-sitemap"],
        "url": ORIGIN, "header_pages": [f"{page.slug}.md" for page in MANUAL.pages],
    }  # fmt: skip
    (source / "_config.yml").write_text(json.dumps(config))
    run(["jekyll", "build", "-q", "-s", source, "-d", html], cwd=site)
    return site_truth(site.name, "Jekyll minima", Jekyll(), html, html_path)


def man_pages(_work: Path, site: Path) -> SiteTruth:
    """Build manual pages as mandoc shows them on the web; it changes the white space of code, which is not scored."""
    source, html = fresh(site / "source"), fresh(site / "html")
    writer = _Man()
    write_sources(writer, source, ".md")
    for page in MANUAL.pages:
        target = html / f"{page.slug}.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        roff = (source / page.slug).with_suffix(".7")
        name = page.slug.split("/")[-1]
        meta = ["-M", f"title={name}", "-M", "section=7", "-M", "date=2024-05-06", "-M", f"footer={MANUAL.footer}"]
        run(["pandoc", "-s", "-t", "man", *meta, "-o", roff, source / f"{page.slug}.md"], cwd=source)
        done = run(["mandoc", "-T", "html", "-O", "style=mandoc.css,toc", roff], cwd=source)
        target.write_text(done)
    truth = site_truth(site.name, "mandoc", writer, html, html_path)
    for page in truth.pages:
        page.codes = []
    truth.furniture += ["May 6, 2024", "Miscellaneous Information Manual", *(page.slug for page in MANUAL.pages)]
    truth.is_crawled = False
    return truth


class _Man(Pandoc):
    """Manual pages know headings, lists, tables and code."""

    features = Pandoc.features - {Note}

    def front(self, page: Page) -> str:
        return f"# {page.title}"


class _PandocHtml(Pandoc):
    """Pandoc's HTML has no mark for admonitions that a reader would see."""

    features = Pandoc.features - {Note}

    def front(self, page: Page) -> str:
        return f"---\ntitle: {page.title}\n---"


def docbook(_work: Path, site: Path) -> SiteTruth:
    """Build a book of parts and chapters, a page each; part pages and the front page hold lists of contents."""
    source, html = fresh(site / "source"), fresh(site / "html")
    writer = DocBook()
    write_sources(writer, source, ".md")
    for page in MANUAL.pages:
        file = source / f"{page.slug}.md"
        options = ["-f", "markdown", "-t", "docbook4", "--top-level-division=chapter"]
        run(["pandoc", *options, "-o", file.with_suffix(".xml"), file], cwd=source)
    parts = [(source / "index.xml").read_text()]
    for number, section in enumerate(MANUAL.sections, 1):
        chapters = "".join((source / f"{page.slug}.xml").read_text() for page in section.pages)
        parts.append(f'<part id="part-{number}"><title>{escape(section.title)}</title>{chapters}</part>')
    book = f"<book id='book'><title>{escape(MANUAL.title)}</title>{''.join(parts)}</book>"
    (source / "book.xml").write_text(book.replace('id="index"', 'id="start"'))
    settings = {"use.id.as.filename": "1", "chunk.section.depth": "0", "chapter.autolabel": "0", "part.autolabel": "0"}
    options = [word for name, value in settings.items() for word in ("--stringparam", name, value)]
    run(["xsltproc", *options, "--stringparam", "base.dir", f"{html}/", _CHUNK, source / "book.xml"], cwd=source)
    return _docbook_truth(site_truth(site.name, "DocBook XSL", writer, html, _docbook_path))


def _docbook_path(slug: str) -> str:
    return "start.html" if slug == "index" else f"{slug.replace('/', '-')}.html"


def _docbook_truth(truth: SiteTruth) -> SiteTruth:
    """Take away what DocBook's HTML does not say, languages, and add the pages it makes: contents of book and parts."""
    for page in truth.pages:
        page.codes = [(text, "") for text, _ in page.codes]
    listed = [heading for page in truth.pages for heading in page.headings]
    chapters = iter(truth.pages)
    pages = [_contents("", "index.html", MANUAL.title, listed), next(chapters)]
    for number, section in enumerate(MANUAL.sections, 1):
        pages.append(_contents(f"part-{number}.html", f"part-{number}.html", section.title, listed))
        pages += [next(chapters) for _ in section.pages]
    truth.pages = pages
    return truth


def _contents(path: str, file: str, title: str, listed: list[str]) -> PageTruth:
    names = [section.title for section in MANUAL.sections]
    return PageTruth(path, file, title, text=[title], headings=[title], optional=["Table of Contents", *names, *listed])
