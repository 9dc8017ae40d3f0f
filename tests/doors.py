"""The doors by which a site's or a caller's text comes in whole, each with tokens of its own that attack it.

But for reStructuredText: docutils looks through a paragraph's parts for each that it replaces, so that thousands of
references in one take it longer than their number. Like every reader, it is ended when its CPU time is up.

`tests/test_time.py` repeats each door's own tokens, `bench/slow_inputs.py` those of every pattern of the package.
"""

import contextlib
import html
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from docspasta_mcp.broker.cron import next_time_ms
from docspasta_mcp.broker.errors import BadRequest
from docspasta_mcp.discovery.docsify import docsify_of, sidebar_entries
from docspasta_mcp.discovery.doxygen import index_files, tree_of, tree_scripts
from docspasta_mcp.discovery.generator_marks import read_generator_marks
from docspasta_mcp.discovery.infer_scope import directory_scope
from docspasta_mcp.discovery.llms_txt import parse_llms_txt
from docspasta_mcp.discovery.merge import whole_host
from docspasta_mcp.discovery.robots import rules_of
from docspasta_mcp.discovery.sitemaps import parse_sitemap
from docspasta_mcp.discovery.specification_links import specifications_in_file
from docspasta_mcp.discovery.storybook import storybook_of
from docspasta_mcp.document.search.page_index import index_page
from docspasta_mcp.document.search.question import read_question
from docspasta_mcp.document.slices import place_of
from docspasta_mcp.document.word_diff import word_diff
from docspasta_mcp.errors import DocspastaError
from docspasta_mcp.extract.formats.files.read import read_file
from docspasta_mcp.extract.formats.graphql.marks import looks_like_schema
from docspasta_mcp.extract.page import read_page
from docspasta_mcp.extract.worker_tasks import read_specification, referred_files
from docspasta_mcp.fetch.answers import content_type_of, refreshed
from docspasta_mcp.model.file_formats import FileFormat
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.runtime.retry_after import retry_after_s
from docspasta_mcp.server.mcp.arguments import as_meant
from docspasta_mcp.settings import Settings
from docspasta_mcp.telemetry import _safe as logged  # pyright: ignore[reportPrivateUsage]
from tests.repetition import MAX_RATIO, growth
from tests.store.test_races import new_job

SITE = "https://d.example"
URL = f"{SITE}/a"
SCOPE = Scope(SITE, "/")
SIZE = 20_000  # characters; twice as many are read
QUICK_S = 0.08  # of CPU for those: nothing that is a danger is as quick
_WORDS = "<h1>T</h1>" + "<p>words of a page</p>" * 3
_ASKED = {"properties": {"pages": {"type": "array", "items": {}}, "max_pages": {"type": "integer"}, "url": {"type": "string"}}}  # fmt: skip

Door = Callable[[str], Any]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _page(body: str, kind: str = "text/html") -> None:
    read_page(_bytes(body), url=URL, content_type=kind, charset="utf-8", scope=SCOPE)


def _file(file_format: FileFormat, body: str) -> None:
    read_file(_bytes(body), url=URL, file_format=file_format, charset="utf-8", scope=SCOPE)


def _notebook(text: str) -> None:
    cells = [{"cell_type": "markdown", "source": [text]}, {"cell_type": "code", "source": text, "outputs": [{"output_type": "stream", "text": text}]}]  # fmt: skip
    _file(FileFormat.NOTEBOOK, json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def _openapi(text: str) -> None:
    get = {"summary": text[:2_000], "description": text, "responses": {"200": {"description": text}}}
    said = {"openapi": "3.0.0", "info": {"title": text, "version": "1", "description": text}, "paths": {"/a": {"get": get}}}  # fmt: skip
    read_specification(_bytes(json.dumps(said)), url=f"{URL}#", file=URL, charset="utf-8", others=(), scope=SCOPE)


def _globs(text: str) -> None:
    options = JobOptions.model_validate({"include": (f"*{text[:498]}*",), "exclude": (f"*{text[:400]}b",)})
    directory_scope(f"{SITE}/", options).refusal(f"{SITE}/{text[:1_900]}")


DOORS: Mapping[str, tuple[Door, tuple[str, ...]]] = {
    "HTML": (lambda text: _page(_WORDS + text), ("<b>", "<div>", "<p hidden>", "<table><tr><td>", "<ul><li>", "<h2>a</h2>", "<a href=b>c</a>", "<dl><dt>", "<pre>", "<x-a ", "&amp;", "<!--", "</")),
    "text of HTML": (lambda text: _page(_WORDS + html.escape(text)), ("`", "*", "[a](", "|", "&#8203;", "_", "1. ", "a b ")),
    "code of HTML": (lambda text: _page(f"{_WORDS}<pre>{html.escape(text)}</pre>"), ("`", "$ a\n", "1 \n", ">>> a\n", "\n", "<b>")),
    "rows of HTML": (lambda text: _page(_WORDS + "<table>" + text), ("<tr><td>a<td>b</tr>", "<tr><td role=button>x</tr>", "<td><i aria-hidden=true>x</i>", "<tr><th><tr><td colspan=9>")),
    "attributes of HTML": (lambda text: _page(f'{_WORDS}<p class="{html.escape(text)}" id="{html.escape(text)}">x</p><a href="{html.escape(text)}">y</a>'), ("a ", "a-", "../", "sidebar", "%41", "_")),
    "styles of HTML": (lambda text: _page(f"<style>.z{{display:none}} {text}</style>{_WORDS}<p class=z style='color:red;{text}'>q</p>"), (".z{", ":not(", "@layer a{", "var(--a)", "calc(", "/*", "\\61 ", "url(", "p~", "7")),
    "title of HTML": (lambda text: _page(f"<title>{text}</title>{_WORDS}"), ("a | ", "- a ", "&#x41;", " ", "a :: ")),
    "Markdown": (lambda text: _page(f"# T\n\nwords of a page\n\n{text}", "text/markdown"), ("`a", "``a`", "[a](", "[a]: b\n", "<a '", "<div hidden>", "<x y=", "&Tab;", "![](", "> ", "- a\n", "{/* ", "::: a\n", "](", "<!--", "|a|\n|-|\n", "[^1]: a\n", "```\n\n```\n\n")),
    "MDX": (lambda text: _page(f"import a from 'b'\n\n# T\n\nwords\n\n{text}", "text/markdown"), ("<Tab label='a'>", "<A ", "{/*", "import a\n", "export const a\n", "<A b={() => ")),
    "front matter": (lambda text: _page(f"---\ntitle: {text}\n---\n# T\n\nwords", "text/markdown"), ("a: b\n", " ", "---\n", "'", "lang: ")),
    "plain text": (lambda text: _page(f"T\n\nwords\n{text}", "text/plain"), ("`", "[a](", "<a ", "\n", " \n", "\u200b ")),
    "AsciiDoc": (lambda text: _file(FileFormat.ASCIIDOC, f"= T\n\nwords\n\n{text}"), ("== a\n", "----\n", "* a\n", "|===\n", "[a]\n", "`a", "image::a[", "<<a", "a::\n", "////\n", "_", "{a}")),
    "notebook": (_notebook, ("`a", "![](", "\u001b[0m", "# a\n", "<b>")),
    "OpenAPI": (_openapi, ("`a", "<b>", "# a\n", "| ", "[a](", "{a}/", "\n\n")),
    "YAML": (lambda text: referred_files(_bytes(f"openapi: 3.0.0\ninfo:\n  title: x\n{text}"), URL, "utf-8"), ("a: b\n", "- ", "&a [", "*a ", "{a: ", "? ", "'", "|\n a\n", "<<: *a\n")),
    "sitemap": (lambda text: parse_sitemap(_bytes(f"<urlset>{text}"), URL), ("<url>", "<url><loc>/a</loc></url>", "<loc>", "<!--", "<![CDATA[", "&a;", "<a>")),
    "sitemap of lines": (lambda text: parse_sitemap(_bytes(f"{URL}\n{text}"), URL), ("://", "https://a\n", "/a\n", "\n")),
    "llms.txt": (lambda text: parse_llms_txt(_bytes(f"# A\n\n{text}"), f"{SITE}/llms.txt", whole_host(SITE)), ("## a\n", "- [a](/b): c\n", "[", "](", "- ")),
    "robots.txt": (lambda text: rules_of(f"User-agent: *\n{text}", SITE), ("Disallow: /a\n", "Disallow: /*a*\n", "Allow: /a$\n", "User-agent: a\n", " :", "#", "Sitemap: /a\n", "\t")),
    "marks of generators": (lambda text: read_generator_marks(_bytes(f"<html><head><meta name=generator content=x>{text}"), url=URL, charset="utf-8", scope=SCOPE), ("<meta name=", "<script>", "<link rel=", "a: '", "$docsify", "<nav>")),
    "scripts of generators": (lambda text: (docsify_of(text, URL), tree_scripts(text, URL), index_files(text, URL), tree_of(f"var NAVTREE = [{text}", [text], URL), storybook_of(text, URL), sidebar_entries(_bytes(text), docsify_of("window.$docsify = {loadSidebar: true}", URL)) if docsify_of("window.$docsify = {loadSidebar: true}", URL) else None), ("[", '["a","b",[', "- [a](b)\n", "window.$docsify", "navtree", "src='", "'")),  # pyright: ignore[reportArgumentType]
    "links to specifications": (lambda text: (specifications_in_file(text, URL), looks_like_schema(text)), ("url: '", "spec-url=", "openapi.json ", "type A {", '"""', "https://")),
    "index of a page": (lambda text: index_page(f"# T\n\n{text}", title="T", url=URL, language="en"), ("aB", "a_b ", "a.b ", "`a` ", "# a\n", "- a\n", "日本", "é", "|a|\n|-|\n", "\n\n")),
    "question": (lambda text: read_question(text, ["en"]), ("a ", "aB", "a_b.", '"a" ', "日本", "how to ", "-", "é")),
    "globs": (_globs, ("*", "*a", "?", "[a]", "[!", "a/", "**/")),
    "cursor": (lambda text: place_of(text, new_job()), ("a", "-", "7", "p1.", " ")),
    "arguments": (lambda text: as_meant("get_result", _ASKED, {"pages": text, "max_pages": text, "url": text}), ("1,", "[", "1 ", '"', "1_000", "null")),
    "cron": (lambda text: next_time_ms(f"{text[:1_000]} * * * *", after_ms=0), ("1,", "1-2,", "*/2,", "* ", "L", "#")),
    "setting": (lambda text: Settings.from_env({"DOCSPASTA_ALLOW_PRIVATE": text, "DOCSPASTA_NOTIFY_HOSTS": text, "BASE_URL": text}), ("a,", "1.1.1.1,", "10.0.0.0/8,", "[::1],", "https://")),
    "head of an answer": (lambda text: (content_type_of(text), retry_after_s(text, now=0.0), refreshed(URL, f"0; url={text}")), (";", "charset=", "a/b", "=", "1", "Mon, ", "'", "\\")),
    "log": (logged, ("https://", "https://a?", "a@", "Bearer ", "docspasta_", "a://b:c@")),
    "changes": (lambda text: word_diff(text, text[::-1]), ("a ", "ab ", "\n\n", "- a\n", "a b c d ")),
}  # fmt: skip


def slow_tokens(door: Door, tokens: tuple[str, ...] | list[str], *, size: int = SIZE) -> dict[str, float]:
    """Return the tokens that a door takes more than three times the CPU time for if there are twice as many of them."""

    def work(text: str) -> None:
        with contextlib.suppress(DocspastaError, BadRequest, ValueError):
            door(text)

    found: dict[str, float] = {}
    for token in tokens:
        began = time.process_time()
        work(token * (2 * size // len(token)))
        if time.process_time() - began > QUICK_S and (ratio := growth(work, token, size=size)) >= MAX_RATIO:
            found[token] = ratio
    return found
