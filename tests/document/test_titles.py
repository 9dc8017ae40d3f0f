"""What titles have in common, and what is a page's own."""

import pytest

from docspasta_mcp.document.titles import (
    own_heading,
    own_part,
    retitled,
    said_better,
    shared,
    site_name,
    title_and_body,
)

NAMES = ("Install", "Use", "Extend", "Ask", "Change log")


@pytest.mark.parametrize(
    "form",
    ["{} — Site 1.2", "{} | Site", "{} - Site", "Site: {}", "Site » {}", "{} (Site manual)", "Site — {} — Manual 1.2"],
)
def test_what_most_titles_begin_or_end_with_is_no_pages_own(form: str) -> None:
    titles = [form.format(name) for name in NAMES]
    common = shared(lambda: titles)
    assert [own_part(title, common) for title in titles] == list(NAMES)
    assert site_name(common) == ""


def test_titles_that_share_nothing_or_are_few_stay() -> None:
    for titles in (["Install — A", "Use — B", "Extend — C", "Ask — D"], ["Install — A", "Use — A", "Ask — A"]):
        common = shared(lambda titles=titles: titles)
        assert [own_part(title, common) for title in titles] == titles


def test_a_title_that_is_nothing_but_what_others_share_stays() -> None:
    titles = [*(f"{name} — Site" for name in NAMES), "Site", " — Site"]
    common = shared(lambda: titles)
    assert [own_part(title, common) for title in titles[-2:]] == titles[-2:]


def test_the_title_of_most_pages_is_the_sites_name() -> None:
    assert site_name(shared(lambda: ["Site", "Site", "Site", "Other"])) == "Site"
    assert site_name(shared(lambda: ["Site", "Site", "Other", "More"])) == ""


def test_a_pages_own_heading_is_not_in_code_nor_the_sites_name_and_is_read_as_text() -> None:
    head = "# Site\n\n```sh\n# a comment\n```\n\n## Site\n\n### The `read` of [a\\_b](x.html) ###\n\nText.\n"
    assert own_heading(head, {"Site"}, frozenset()) == "The read of a_b"
    assert own_heading("# Site\n\nNo heading.\n", {"Site"}, frozenset()) == ""


def test_a_page_under_its_own_heading_has_it_once_and_loses_nothing() -> None:
    assert retitled("# Site\n\n## The `read`\n\nText.\n", "The read") == "# The `read`\n\nText.\n"
    below = "# Site\n\nBefore.\n\n## Read\n\nText.\n"
    assert retitled(below, "Read") == "# Read\n\nBefore.\n\n## Read\n\nText.\n"
    assert retitled(below, "Cut by us") == below
    assert retitled("# Site\n\n## C# ##\n\nText.\n", "C#") == "# C#\n\nText.\n"
    longer = "# Site\n\n## The end of all\n\n## The end\n\nText.\n"
    assert retitled(longer, "The end") == "# The end\n\n## The end of all\n\n## The end\n\nText.\n"


@pytest.mark.parametrize(
    ("title", "heading", "shown"),
    [
        ("Section 2.1", "2.1 Getting started", "2.1 Getting started"),
        ("Chapter 3.", "3 Overview", "3 Overview"),
        ("B.1", "B.1. Notes", "B.1. Notes"),
        ("Section 2.1", "2.10 Something else", "Section 2.1"),
        ("Section 2.1", "2.1", "Section 2.1"),
        ("Getting started", "2.1 Getting started", "Getting started"),
        ("Python 3.12", "3.12 is out", "3.12 is out"),
        ("", "1 One", ""),
        ("Reference Section 4", "3.4 Scene File Elements", "3.4 Scene File Elements"),
        ("Reference Section 4", "3.14 Scenes", "Reference Section 4"),
    ],
)
def test_a_heading_stands_for_a_title_that_says_only_its_number(title: str, heading: str, shown: str) -> None:
    assert said_better(title, heading) == shown


def test_a_body_that_begins_with_indented_code_keeps_its_indent() -> None:
    assert title_and_body("# Gadget\n\n    pip install\n      it\n\n") == ("# Gadget", "    pip install\n      it")
    assert title_and_body("# Gadget\n") == ("# Gadget", "")
