"""Files as pages: PDF, Word, PowerPoint, EPUB, notebooks, reStructuredText and AsciiDoc, each made here and read."""

import io
import json
from typing import Literal

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from pptx import Presentation
from pptx.util import Inches

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.formats.files import zipped
from docspasta_mcp.extract.formats.files.epub import read_chapter
from docspasta_mcp.extract.formats.files.read import read_file
from docspasta_mcp.extract.reading import Reading
from docspasta_mcp.model import file_formats
from docspasta_mcp.model.file_formats import FileFormat, FilesMode, format_of
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.model.specification import BOOK, name_of, page_of
from tests.extract.formats.epub_writer import book
from tests.extract.formats.pdf_writer import Leaf, pdf

SCOPE = Scope("https://docs.example", "/")


def read(body: bytes | str, file_format: FileFormat) -> Reading:
    raw = body.encode() if isinstance(body, str) else body
    url = f"https://docs.example/guide/file.{file_format}"
    return read_file(raw, url=url, file_format=file_format, charset="", scope=SCOPE)


def refused(body: bytes, file_format: FileFormat) -> str:
    with pytest.raises(PageRefused) as error:
        read(body, file_format)
    return error.value.reason


def leaf(number: int) -> Leaf:
    return Leaf().text(50, 770, 8, "The Manual of Things").text(290, 20, 8, str(number))


def test_a_pdf_has_headings_code_tables_and_marks_of_its_pages() -> None:
    first = (
        leaf(1)
        .text(50, 700, 20, "Installing")
        .text(50, 670, 11, "First line of a paragraph that goes on in the")
        .text(50, 656, 11, "next line, with a * star.")
        .text(50, 620, 10, "def run(x):", "F2")
        .text(74, 608, 10, "return x  # [1]", "F2")
        .text(50, 580, 11, "\x95 not a bullet")
        .text(50, 560, 11, "- one item")
        .text(50, 545, 11, "- another item")
    )
    second = leaf(2).text(50, 700, 11, "Options").grid((50, 150, 300), (600, 620, 640, 660))
    for row, (name, value) in enumerate((("Name", "Value"), ("a", "1 | 2"), ("b", "3"))):
        second.text(55, 646 - 20 * row, 11, name).text(155, 646 - 20 * row, 11, value)
    third = leaf(3).text(50, 700, 11, "The end of it all, and some more words to read.")
    reading = read(
        pdf([first, second, third], outline=[("Installing", 0), ("Options", 1)], title="Things"), FileFormat.PDF
    )
    text = reading.markdown
    assert text.startswith("# Things\n")
    assert "## Installing\n" in text
    assert "## Options\n" in text
    assert "First line of a paragraph that goes on in the next line, with a \\* star." in text
    assert "```\ndef run(x):\n    return x  # [1]\n```" in text
    assert "- one item\n\n- another item" in text
    assert "| Name | Value |\n| --- | --- |\n| a | 1 \\| 2 |\n| b | 3 |" in text
    assert "*(page 2)*" in text
    assert "The Manual of Things" not in text, "what stands at the top of every page"
    assert text.count("Name") == 1, "what is in the table is not repeated"


@pytest.mark.parametrize(
    ("font", "is_code"),
    [("NimbusMonL-Regu", True), ("ABCDEF+CMSLTT10", True), ("Monaco", True), ("MonotypeCorsiva", False)],
)
def test_fonts_of_code_are_known_by_their_names(font: str, *, is_code: bool) -> None:
    page = leaf(1).text(50, 700, 11, "Text of the manual comes first.").text(50, 660, 11, "run --fast", "F2")
    text = read(pdf([page], title="Things", code_font=font), FileFormat.PDF).markdown
    assert ("```\nrun --fast\n```" in text) is is_code


def test_a_sign_in_large_letters_is_no_title() -> None:
    page = Leaf().text(50, 700, 40, "^").text(50, 660, 11, "RUN(1) General Commands").text(50, 640, 11, "It runs.")
    assert read(pdf([page]), FileFormat.PDF).markdown.startswith("# RUN(1) General Commands\n")


def test_a_heading_in_a_font_of_code_is_one_where_the_outline_names_it() -> None:
    page = (
        leaf(1).text(50, 700, 15, "run", "F2").text(50, 680, 11, "It does what it is told.").text(50, 660, 11, "- stop")
    )
    page.text(50, 620, 11, "ls", "F2")
    text = read(pdf([page], title="Things", outline=[("run", 0), ("stop", 0)]), FileFormat.PDF).markdown
    assert "## run\n" in text
    assert "\n- stop\n" in text
    assert "```\nls\n```" in text


def test_a_heading_that_goes_on_in_the_next_line_is_one() -> None:
    first = (
        leaf(1)
        .text(50, 700, 20, "All that is known of things and")
        .text(50, 676, 20, "nobody dares to say")
        .text(50, 620, 15, "First steps")
        .text(50, 600, 15, "Second steps")
        .text(
            50,
            560,
            11,
            "Text that is longer than all of the headings are together, so that its size is the usual one here.",
        )
    )
    text = read(pdf([first]), FileFormat.PDF).markdown
    assert text.startswith("# All that is known of things and nobody dares to say\n")
    assert "## First steps\n\n## Second steps\n" in text


SENTENCE = "Text that goes on for so long that it is running text, and not a heading of anything."


def test_what_the_outline_of_a_pdf_names_is_a_heading_also_without_its_number_or_its_words() -> None:
    page = leaf(1).text(50, 700, 11, "1.1 Availability").text(50, 680, 11, SENTENCE)
    page.text(50, 640, 11, "A name that is").text(50, 626, 11, "too long").text(50, 610, 11, SENTENCE)
    page.text(400, 770, 8, "1.1 Availability")
    page.text(50, 560, 11, "stop(Reason, Timeout) -> ok").text(50, 540, 11, SENTENCE)
    names = [("Availability", 0, 712), ("A name that is too long", 0, 652), ("stop/2", 0, 572), ("page 7", 0, 712)]
    text = read(pdf([page], title="Things", outline=names), FileFormat.PDF).markdown
    heads = [line for line in text.split("\n") if line.startswith("#")]
    assert heads == ["# Things", "## 1.1 Availability", "## A name that is too long", "## stop/2"]
    assert text.index("## stop/2") < text.index("stop(Reason")


def test_bold_lines_are_headings_where_a_pdf_has_no_others() -> None:
    page = leaf(1).text(50, 700, 11, "NAME", "F3").text(80, 680, 10, SENTENCE)
    page.text(60, 650, 10, "Simple Commands", "F3").text(80, 636, 10, SENTENCE)
    page.text(80, 610, 10, "--long-option", "F3").text(120, 598, 10, SENTENCE)
    page.text(80, 570, 10, "VARIABLE", "F3").text(120, 558, 10, SENTENCE).text(80, 530, 10, SENTENCE)
    page.text(80, 500, 10, "Note", "F3").text(80, 488, 10, SENTENCE).text(80, 460, 10, "Two bold", "F3")
    page.text(80, 448, 10, "lines", "F3").text(80, 436, 10, SENTENCE).text(80, 422, 10, SENTENCE)
    text = read(pdf([page], title="RUN(1)"), FileFormat.PDF).markdown
    assert [line for line in text.split("\n") if line.startswith("#")] == ["# RUN(1)", "## NAME", "### Simple Commands"]


def test_a_sentence_with_much_code_in_it_is_no_code() -> None:
    page = (
        leaf(1)
        .text(50, 700, 11, "Write to ")
        .text(100, 700, 11, "somebody@example.org", "F2")
        .text(240, 700, 11, " first.")
    )
    page.text(50, 660, 11, "Use the program with care, as everybody who has used it once will tell you.")
    page.text(50, 620, 11, "run --all", "F2")
    text = read(pdf([page], title="Things"), FileFormat.PDF).markdown
    assert "Write to somebody@example.org first." in " ".join(text.split())
    assert text.count("```") == 2
    assert "```\nrun --all\n```" in text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (pdf([leaf(1)], is_locked=True), "encrypted"),
        (b"%PDF-1.4\nnothing", "broken_file"),
        (b"", "broken_file"),
        (pdf([Leaf()]), "broken_file"),
    ],
    ids=["locked", "cut", "empty", "blank"],
)
def test_a_pdf_that_cannot_be_read_says_why(body: bytes, reason: str) -> None:
    assert refused(body, FileFormat.PDF) == reason


def test_a_pdf_of_pictures_is_scanned() -> None:
    picture = Leaf(["q 600 0 0 800 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x00 EI Q"])
    assert refused(pdf([picture, picture]), FileFormat.PDF) == "scanned"


def test_lists_of_word_keep_their_levels() -> None:
    document = docx.Document()
    for text, style in (
        ("One", "List Number"), ("Two", "List Number"), ("deep", "List Number 2"), ("Three", "List Number"),
        ("a", "List Bullet"), ("below a", "List Bullet 2"), ("b", "List Bullet"),
    ):  # fmt: skip
        document.add_paragraph(text, style=style)
    body = io.BytesIO()
    document.save(body)
    text = read(body.getvalue(), FileFormat.WORD).markdown
    assert "1. One\n2. Two\n   1. deep\n3. Three\n" in text
    assert "- a\n  - below a\n- b" in text


def test_a_word_document_has_headings_lists_tables_and_code() -> None:
    document = docx.Document()
    document.add_heading("Guide", 0)
    document.add_heading("First steps", 1)
    paragraph = document.add_paragraph("Run it ")
    paragraph.add_run("now").bold = True
    document.add_paragraph("one", style="List Bullet")
    document.add_paragraph("two", style="List Bullet")
    table = document.add_table(2, 2)
    for row, texts in enumerate((("Name", "Value"), ("a", "1"))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    document.styles.add_style("Code", WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("if x:", style="Code")
    document.add_paragraph("    y()", style="Code")
    saved = io.BytesIO()
    document.save(saved)
    text = read(saved.getvalue(), FileFormat.WORD).markdown
    assert text.startswith("# Guide\n")
    assert "First steps\n" in text
    assert "Run it **now**" in text
    assert "- one\n- two" in text
    assert "| a | 1 |" in text
    assert "if x:\n    y()" in text


def test_a_presentation_is_a_section_a_slide_with_its_notes() -> None:
    shown = Presentation()
    slide = shown.slides.add_slide(shown.slide_layouts[1])
    slide.shapes.title.text = "Why"  # type: ignore[union-attr]
    body = slide.placeholders[1].text_frame  # type: ignore[attr-defined]
    body.text = "First"
    body.add_paragraph().text = "Second"
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    table.cell(0, 0).text, table.cell(1, 1).text = "Head", "Cell"
    slide.notes_slide.notes_text_frame.text = "Say it slowly."  # type: ignore[union-attr]
    saved = io.BytesIO()
    shown.save(saved)
    text = read(saved.getvalue(), FileFormat.SLIDES).markdown
    assert "## Why\n\n- First\n- Second" in text
    assert "| Head |  |" in text
    assert "> **Notes:** Say it slowly." in text


def test_a_book_is_its_chapters_in_order() -> None:
    text = read(book(), FileFormat.EPUB).markdown
    assert text.startswith("# The Book\n")
    assert text.index("## Chapter c2") < text.index("## Chapter c1")
    assert "code  c2" in text
    assert "Contents" not in text
    assert "see there](" not in text
    assert refused(book(locked=True), FileFormat.EPUB) == "encrypted"
    assert refused(b"PK\x03\x04 broken", FileFormat.EPUB) == "broken_file"


def chapter(body: bytes, name: str = "") -> Reading:
    file = "https://docs.example/book.epub"
    return read_chapter(body, url=page_of(file, name, BOOK), file=file, scope=Scope(file, "/book.epub/"))


@pytest.mark.parametrize("contents", ["nav", "ncx"])
def test_a_book_has_a_page_for_each_chapter(contents: Literal["nav", "ncx"]) -> None:
    body = book(chapters=3, contents=contents)
    cover = chapter(body)
    assert cover.markdown.startswith("# The Book\n\nAda, Bea\n")
    names = [name_of(url) for url in cover.context.links]
    assert names == ["OEBPS/text/c3.xhtml", "OEBPS/text/c1.xhtml"], "c2 is not in the contents: it goes on with c3"
    (tree,) = cover.context.navigation
    assert [(entry.nav_level, entry.title, name_of(entry.url)) for entry in tree] == [
        (1, "The Book", ""),
        (1, "Part", ""),
        (2, "Third", names[0]),
        (2, "First", names[1]),
    ]
    first = chapter(body, names[0])
    assert first.markdown.startswith("# Chapter c3\n")
    assert "## Chapter c2\n" in first.markdown or "# Chapter c2\n" in first.markdown
    assert f"[see there]({page_of('https://docs.example/book.epub', names[1], BOOK)}#top)" in first.markdown
    assert name_of(first.context.following) == names[1]
    assert r"\[https://printed" not in first.markdown
    assert "[https://printed" not in first.markdown
    with pytest.raises(PageRefused, match="no such chapter"):
        chapter(body, "OEBPS/none.xhtml")


def test_a_book_of_one_chapter_is_one_page() -> None:
    only = chapter(book(chapters=1))
    assert only.markdown.startswith("# The Book\n")
    assert "Words of c1" in only.markdown
    assert only.context.navigation == ()


def test_a_notebook_is_its_cells_and_what_they_printed() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Note\n", "\n", "See [it](other.ipynb)."]},
        {"cell_type": "code", "source": "print(1)", "outputs": [{"output_type": "stream", "text": ["1\n"]}]},
        {
            "cell_type": "code",
            "source": "x",
            "outputs": [{"data": {"text/plain": "\x1b[31mred\x1b[0m", "image/png": "AA"}}],
        },
        {"cell_type": "raw", "source": "raw"},
    ]
    facts = {"metadata": {"language_info": {"name": "Python"}}, "cells": cells}
    reading = read(json.dumps(facts), FileFormat.NOTEBOOK)
    assert reading.markdown.startswith("# Note\n")
    assert "```python\nprint(1)\n```\n\n```text\n1\n```" in reading.markdown
    assert "```text\nred\n```" in reading.markdown
    assert reading.context.links == ("https://docs.example/guide/other.ipynb",)
    assert refused(b"{}", FileFormat.NOTEBOOK) == "broken_file"
    assert refused(b"not json", FileFormat.NOTEBOOK) == "broken_file"


RST = """
=====
Title
=====

With :func:`~pkg.run`, :ref:`a-label`, :doc:`start`, ``code`` and :unknown:`role`.

.. toctree::
   :caption: More

   next
   Named <deep/other>

Section
-------

.. code-block:: python
   :linenos:
   :unknown-option: x

   def f():
       return  1

.. versionadded:: 1.2
   It came.

.. function:: run(a, b=1)

   Runs it.

.. literalinclude:: /etc/passwd

.. include:: /etc/passwd

.. raw:: html

   <script>alert(1)</script>

.. tab-item:: One

   Inside one.

+---+---+
| a | b |
+===+===+
| 1 | 2 |
+---+---+

Sub
~~~

Text of it.
"""


def test_restructuredtext_is_read_with_what_sphinx_adds() -> None:
    reading = read(RST, FileFormat.RST)
    text = reading.markdown
    assert text.startswith("# Title\n")
    assert "With `run()`, a label, [start](https://docs.example/guide/start.rst), `code` and role." in text
    assert "## Section" in text
    assert "### Sub" in text
    assert "```python\ndef f():\n    return  1\n```" in text
    assert "**Added in version 1.2**" in text
    assert "`run(a, b=1)`" in text
    assert "Runs it." in text
    assert "**One**" in text
    assert "Inside one." in text
    assert "| 1 | 2 |" in text
    assert "alert(1)" not in text
    assert "root:" not in text
    assert reading.context.links == tuple(
        f"https://docs.example/guide/{name}.rst" for name in ("start", "next", "deep/other")
    )


ASCIIDOC = """= The Manual
Jane Doe <jane@example.org>
:version: 1.2

Version {version} of *it* and `{code}` with link:other.adoc[another], <<x,there>>.

== Install

.A script
[source,python,linenums]
----
def f(*a):
    return {version}
----

* one
** two
+
[source,sh]
----
ls
----

//-

Term:: Meaning

NOTE: Mind it.

[WARNING]
====
Big.
====

[cols="1,2",options="header"]
|===
|Name |Value

|a
|b
|===

include::/etc/passwd[]
////
never
////
// never
"""


def test_asciidoc_is_read() -> None:
    reading = read(ASCIIDOC, FileFormat.ASCIIDOC)
    text = reading.markdown
    assert text.startswith("# The Manual\n")
    assert (
        "Version 1.2 of **it** and `{code}` with [another](https://docs.example/guide/other.adoc), [there](#x)." in text
    )
    assert "**A script**\n\n```python\ndef f(*a):\n    return {version}\n```" in text
    assert "- one\n   - two\n\n     ```sh\n     ls\n     ```" in text
    assert "- **Term**\n  Meaning" in text
    assert "> **Note**\n>\n> Mind it." in text
    assert "> **Warning**\n>\n> Big." in text
    assert "| Name | Value |\n| --- | --- |\n| a | b |" in text
    assert "*(includes /etc/passwd)*" in text
    assert "never" not in text
    assert "Jane" not in text


@pytest.mark.parametrize(
    "source",
    [
        "\n".join("=" * (4 + deep) for deep in (*range(1_000), *reversed(range(1_000)))).replace(
            "=" * 1_003 + "\n" + "=" * 1_003, "=" * 1_003 + "\nword\n" + "=" * 1_003
        ),
        "* item\n+\n" * 1_000 + "* word\n",
        "term::\n+\n" * 1_000 + "word\n",
    ],
)
def test_asciidoc_of_any_depth_is_read(source: str) -> None:
    text = read(f"= Title\n\n{source}\n\nlast\n", FileFormat.ASCIIDOC).markdown
    assert text.count("word") == text.count("last") == 1
    assert text.count("item") == source.count("item")


def test_files_are_known_by_their_type_or_where_it_says_nothing_by_their_name() -> None:
    assert format_of("https://x.example/a", "application/pdf") is FileFormat.PDF
    assert format_of("https://x.example/a.PDF", "application/octet-stream") is FileFormat.PDF
    assert format_of("https://x.example/a.rst", "text/plain") is FileFormat.RST
    assert format_of("https://x.example/a.pdf", "text/html") is None
    assert format_of("https://x.example/a.html", "text/html") is None
    assert format_of("https://x.example/a.json", "application/json") is None


def test_scope_leaves_files_out_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = [f"https://docs.example/a.{ending}" for ending in ("pdf", "docx", "epub", "rst", "html")]
    for mode, refusals in ((FilesMode.LINKED, [""] * 5), (FilesMode.NEVER, ["file"] * 3 + [""] * 2)):
        scope = Scope("https://docs.example", "/", files=mode)
        assert [scope.refusal(url) for url in urls] == refusals
    monkeypatch.setattr(file_formats, "_is_installed", lambda library: library != "pypdfium2")
    scope = Scope("https://docs.example", "/")
    assert [scope.refusal(url) for url in urls] == ["missing_extra", "", "", "", ""]
    assert refused(b"%PDF-", FileFormat.PDF) == "missing_extra"


def test_a_file_that_unfolds_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "MAX_UNFOLDED", 1_000)
    assert refused(book(chapters=20), FileFormat.EPUB) == "too_large"


def test_headings_with_numbers_at_the_head_of_pages_are_no_repeated_lines() -> None:
    pages = [
        Leaf().text(54, 760, 18, f"Chapter {number}").text(54, 700, 10, f"Words of page {number}, which go on.")
        .text(300, 30, 10, f"Page {number} of 3")
        for number in (1, 2, 3)
    ]  # fmt: skip
    text = read(pdf(pages, title="Manual"), FileFormat.PDF).markdown
    assert [line for line in text.split("\n") if line.startswith("## ")] == [
        "## Chapter 1",
        "## Chapter 2",
        "## Chapter 3",
    ]
    assert "Page 2 of 3" not in text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("text\nifdef::foo[]\nmore\nendif::[]\nafter\n", "text\nmore\nafter"),
        ("* one\ninclude::a.adoc[]\n* two\n", "- one\n\n*(includes a.adoc)*\n\n- two"),
        (" first\n   more\n end\n", "```\nfirst\n  more\nend\n```"),
        (" first\nend\n", "```\n first\nend\n```"),
        ("ifdef::foo[Only *this*.]\n", "Only **this**."),
    ],
)
def test_directives_and_indented_lines_of_asciidoc(source: str, expected: str) -> None:
    assert read(f"= T\n\n{source}", FileFormat.ASCIIDOC).markdown.removeprefix("# T\n\n").strip() == expected
