"""A manual that says the same sentence wherever a site can say something: names, paths, headers, lists, metadata."""

import json

from tests.hostile_sites import WORDS
from tests.sites import Answer, Site

PATH = WORDS.replace(" ", "-")
_PROSE = "words about zebras and how they are installed, as usual. " * 20


def _page(place: str, other: str, *, leads_out: bool) -> str:
    links = [f"{place}{PATH}/", f"{place}a.html", f"{place}{PATH}/x.html", *(f"{place}{n}.html" for n in range(4))]
    links += [f"/{PATH}/", f"https://{PATH[:50]}.example/"] if leads_out else []
    listed = "".join(f'<li><a href="{link}">{WORDS} {number}</a>' for number, link in enumerate(links))
    left = (f"{place}gone.html", f"{place}bad.html", f"{place}book.ipynb", f"{place}api.json", f"{place}cal?d=1&d=2")
    rest = "".join(f'<a href="{link}" title="{WORDS}">more</a> ' for link in left)
    head = (
        f'<title>{WORDS}</title><meta name=generator content="{WORDS}"><meta name="docsearch:version" content="{WORDS}">'
        f'<meta name="docsearch:language" content="{WORDS}"><link rel=next href="{place}{PATH}/"><link rel=alternate hreflang="{WORDS}"'
        f' href="{place}de/"><meta name=description content="{WORDS}"><link rel=canonical href="{place}">'
    )
    switch = f'<select class=version-switcher><option value="{place}{PATH}/">{WORDS}<option value="{place}2.0/">2.0 {WORDS}</select>'
    return (
        f'<html lang="{WORDS}"><head>{head}</head><body data-version="{WORDS}">{switch}<nav><ul>{listed}</ul></nav><main>'
        f'<h1>{WORDS}</h1><h2 id="{PATH}">{WORDS}</h2><p>{other} {_PROSE}</p><pre><code class="language-{PATH}">x</code></pre>'
        f'<p>{rest}<a rel=nofollow href="{place}{PATH}/n">n</a></p></main></body></html>'
    )


def _files() -> tuple[Answer, Answer]:
    kernel = {"kernelspec": {"name": WORDS, "language": WORDS, "display_name": WORDS}, "language_info": {"name": WORDS}}
    cell = {"cell_type": "markdown", "source": [f"# {WORDS}\n\n{_PROSE}"]}
    book = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    operation = {"summary": WORDS, "operationId": WORDS, "tags": [WORDS], "responses": {"200": {"description": WORDS}}}
    info = {"title": WORDS, "version": WORDS, "description": WORDS}
    api = {
        "openapi": "3.0.0",
        "info": info,
        "servers": [{"url": f"/{PATH}"}],
        "paths": {f"/{PATH}": {"get": operation}},
    }
    return (
        Answer(json.dumps(book), content_type="application/x-ipynb+json"),
        Answer(json.dumps(api), content_type="application/json"),
    )


def speak(site: Site, *, moves: bool) -> str:
    """Fill a site; return where a crawl starts. `moves`: its pages redirect to a path that is a sentence too."""
    start, place = "/docs/", f"/{PATH}/" if moves else "/docs/"
    book, api = _files()
    for number, name in enumerate(("", "a.html", f"{PATH}/", f"{PATH}/x.html", "0.html", "1.html")):
        site.pages[f"{place}{name}"] = _page(place, f"Number {number} has", leads_out=not moves)
        if moves:
            site.pages[f"{start}{name}"] = Answer(status=301, headers={"Location": f"{place}{name}"})
    if moves:  # its first page alone stays where it was, and leads to pages that have moved
        site.pages[start] = _page(start, "The old one has", leads_out=False)
    site.pages |= {
        f"{place}bad.html": Answer("x", 500, f"text/{WORDS}"),
        f"{place}book.ipynb": book,
        f"{place}api.json": api,
        "/robots.txt": Answer(
            f"User-agent: {WORDS}\nSitemap: {WORDS}\nSitemap: /{PATH}.xml\nUser-agent: *\nCrawl-delay: {WORDS}\nDisallow: /x/{PATH}\n",
            content_type="text/plain",
        ),
        "/sitemap.xml": Answer(
            f"<urlset><url><loc>{site.url}{place}</loc><lastmod>{WORDS}</lastmod></url><url><loc>{site.url}{place}{PATH}/</loc></url></urlset>",
            content_type="application/xml",
        ),
        "/llms.txt": Answer(
            f"# {WORDS}\n\n> {WORDS}\n\n## {WORDS}\n\n- [{WORDS}]({place}a.html): {WORDS}\n- [{WORDS}]({place}{PATH}/)\n",
            content_type="text/markdown",
        ),
    }
    return start
