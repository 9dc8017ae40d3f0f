"""The scales that evals weigh with, checked on what they must tell apart."""

from pathlib import Path

import httpx
import pytest

from docspasta_mcp.cli.convert import Conversion, InputFile
from evals.builders import ORIGIN, page_truth
from evals.case_reader import read_markdown
from evals.cases import Check, faults_of, judge, passes
from evals.corpus import Code, Heading, Page, Table, Text
from evals.discovery import compare, kendall_tau
from evals.discovery_sites import Case
from evals.manual import MANUAL
from evals.markdown_writer import Markdown
from evals.score import score
from evals.seen_words import compare as compare_seen
from evals.serve import serving
from evals.shown_pages import Block, Shown

_PAGE = Page(
    "guide/page",
    "A page",
    (
        Heading(2, "Part"),
        Text("Some words about it."),
        Code("if x:\n    y()\n\n\nz()", "python"),
        Table(("Name", "Value"), (("`a | b`", "1"),)),
    ),
)
_TRUTH = page_truth(_PAGE, _PAGE.blocks, "guide/page.html", "guide/page.html")
_MARKDOWN = Markdown().page(_PAGE)
_FURNITURE = ["Edit this page", "Handbook"]


@pytest.mark.parametrize("page", MANUAL.pages, ids=lambda page: page.slug)
def test_markdown_that_is_the_source_scores_full_marks(page: Page) -> None:
    writer = Markdown()
    truth = page_truth(page, writer.visible(page), page.slug, page.slug)

    result = score(truth, writer.page(page), _FURNITURE)

    assert result.faults == []
    assert result.row[0] == 1
    assert result.row[5] == 0


@pytest.mark.parametrize(
    ("before", "after", "column", "value"),
    [
        ("Some words", "Words", 0, pytest.approx(30 / 31)),
        ("    y()", "  y()", 1, 0),
        ("\n\n\nz()", "\n\nz()", 1, 0),
        ("```python", "```ruby", 2, 0),
        ("## Part", "Part", 3, pytest.approx(2 / 3)),
        ("| `a \\| b` | 1 |", "| `a` b | 1 |", 4, 0.75),
        ("## Part", "Edit this page\n\n## Part", 5, pytest.approx(3 / 19)),
    ],
)
def test_a_fault_costs_its_column(before: str, after: str, column: int, value: float) -> None:
    assert before in _MARKDOWN

    assert score(_TRUTH, _MARKDOWN.replace(before, after), _FURNITURE).row[column] == value


def test_optional_words_and_headings_count_neither_way() -> None:
    truth = page_truth(_PAGE, _PAGE.blocks, "", "")
    truth.optional.append("Note")
    truth.optional_headings.append("page(number, name)")

    result = score(truth, _MARKDOWN.replace("## Part", "Note\n\n### number\n\n## Part"), _FURNITURE)

    assert result.row[3] == 1
    assert score(truth, _MARKDOWN, _FURNITURE).row[0] == 1


def test_kendalls_tau_goes_from_one_to_minus_one() -> None:
    assert kendall_tau([0, 1, 2, 3]) == 1
    assert kendall_tau([3, 2, 1, 0]) == -1
    assert kendall_tau([1, 0, 2, 3]) == pytest.approx(2 / 3)


def test_a_crawl_is_compared_by_what_its_addresses_mean(tmp_path: Path) -> None:
    case = Case("site", "root", tmp_path, "", ("", "a/", "b.html", "c"), empty=("e.html",))

    result = compare(case, ["/index.html", "/b", "/a/index.html", "/b.html", "/x.html", "/e"], list("123456"))

    assert (result.completeness, result.precision, result.duplicates) == (0.75, 0.75, 1)
    assert result.tau == pytest.approx(1 / 3)
    assert (result.missing, result.wrong) == (("c",), ("x",))


def test_a_site_is_served_as_a_host_would(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/index.html").write_text(f"<link rel=canonical href={ORIGIN}/a/>")
    (tmp_path / "b.html").write_text("b")
    with serving(tmp_path) as server, httpx.Client(base_url=server.origin, trust_env=False) as client:
        redirect, page, clean = client.get("/a"), client.get("/a/"), client.get("/b")
        again = client.get("/a/", headers={"If-None-Match": page.headers["etag"]})
        missing = client.get("/nothing")

        assert (redirect.status_code, redirect.headers["location"]) == (301, "/a/")
        assert page.text == f"<link rel=canonical href={server.origin}/a/>"
        assert (clean.text, again.status_code, missing.status_code) == ("b", 304, 404)
        assert server.statuses == [301, 200, 200, 304, 404]


_CASE = """# Page

Call it **now**, then read H<sub>2</sub>O and x².

**Label** says so.

| a | b |
| --- | --- |
| 1<br>2 | `c` |

1. one
   - [deep](https://docs.example/a%20b)

```python
x = 1
```
"""


@pytest.mark.parametrize(
    ("check", "is_right"),
    [
        ({"kind": "has", "is": "Call it now, then"}, True),
        ({"kind": "has", "re": r"H_2O and x\^2"}, True),
        ({"kind": "hasnt", "is": "x = 1", "in": "prose"}, True),
        ({"kind": "hasnt", "is": "x = 1"}, False),
        ({"kind": "has", "is": "**now**", "in": "raw"}, True),
        ({"kind": "code", "is": "x = 1", "lang": ["python", "py"]}, True),
        ({"kind": "code", "is": "x = 1", "lang": ["go"]}, False),
        ({"kind": "code", "is": "x  = 1"}, False),
        ({"kind": "heading", "is": "Page"}, True),
        ({"kind": "heading", "is": "Label"}, False),
        ({"kind": "label", "is": "Label"}, True),
        ({"kind": "order", "re": ["Call", "Label"]}, True),
        ({"kind": "order", "re": ["Label", "Call"]}, False),
        ({"kind": "row", "cells": ["1⏎2", None]}, True),
        ({"kind": "row", "cells": ["1", "d"]}, False),
        ({"kind": "item", "is": "one", "number": "1", "depth": 1}, True),
        ({"kind": "item", "is": "deep", "depth": 1}, False),
        ({"kind": "link", "text": "deep", "to": "https://docs.example/a b"}, True),
        ({"kind": "image", "to": ".*"}, False),
        ({"kind": "any", "of": [{"kind": "heading", "is": "no"}, {"kind": "has", "is": "one"}]}, True),
        ({"kind": "none", "re": "soft_404"}, False),
    ],
    ids=str,
)
def test_a_check_of_a_case_reads_markdown_as_its_reader_does(check: Check, is_right: bool) -> None:
    assert passes(check, read_markdown(_CASE)) == is_right


def test_a_case_without_a_document_is_right_where_none_is_asked_for() -> None:
    refused = Conversion(InputFile(None, "page"), reason="soft_404", detail="The page says that it does not exist.")

    assert faults_of([{"kind": "none", "re": "soft_404"}], refused) == []
    assert faults_of([{"kind": "has", "is": "x"}], refused) == [
        "no document: soft_404: The page says that it does not exist."
    ]


async def test_a_folder_of_cases_is_judged_case_by_case(tmp_path: Path) -> None:
    (tmp_path / "links.html").write_text("<h1>Links</h1><p>Go <a href='b.html'>on</a>, as there is more to read.</p>")
    (tmp_path / "checks.json").write_text(
        '{"links": {"in": ".", "checks": [{"kind": "link", "to": "https://docs.example.org/guide/b.html"},'
        ' {"kind": "has", "is": "not there"}]}}'
    )

    [verdict] = await judge(tmp_path)

    assert verdict.name == "links"
    assert verdict.faults == ('has {"is": "not there"}',)


def _shown(*texts: str, codes: tuple[str, ...] = ()) -> Shown:
    blocks = (Block(text, ("main", "p"), (number + 1, 0), "") for number, text in enumerate(texts))
    return Shown(tuple(blocks), codes)


def test_what_a_browser_shows_and_the_markdown_lacks_is_lost_or_a_hole() -> None:
    shown = _shown(
        "One two three four five six seven eight.", "Seven eight nine ten.", "Not there at all.", "2^32 is H_2O"
    )
    found = compare_seen(
        shown, "# T\n\nOne two three five six seven eight.\n\nSeven *eight* [nine](u) ten.\n\n2³² is H₂O\n"
    )
    assert [loss.text for loss in found.lost] == ["not there at all"]
    assert [(loss.text, loss.words) for loss in found.holes] == [("one two three [four] five six seven", 1)]
    assert found.seen == 8 + 4 + 4 + 4


def test_code_that_a_browser_shows_is_exact_changed_or_lost_and_navigation_is_counted_apart() -> None:
    blocks = (Block("One two three four.", ("p",), (1, 0), ""), Block("Home, about", ("nav",), (2, 0), "nav"))
    found = compare_seen(
        Shown(blocks, ("a  b\n", "c\n d", "zz")), "One two three four.\n\n```\na  b\n```\n\n```\nc d\n```\n"
    )
    assert (found.codes, found.changed_codes, found.lost_codes) == (3, ["c\n d"], ["zz"])
    assert found.navigation == {"nav": 2}
