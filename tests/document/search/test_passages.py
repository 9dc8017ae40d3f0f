import pytest

from docspasta_mcp.document.search.passages import SIZE, Passage, cut_passages


def texts(markdown: str) -> list[str]:
    return [markdown[one.start : one.end] for one in cut_passages(markdown)]


def named(markdown: str) -> list[str]:
    return [one.names for one in cut_passages(markdown) if one.names]


LONG = "word " * 100

PAGES = [
    "# Title\n\nIntro.\n\n## One\n\nText.\n",
    f"# T\n\n{LONG}\n\n{LONG}\n\n{LONG}\n\n```sh\n{'x = 1' * 400}\n\n{'y = 2' * 400}\n```\n\nEnd.\n",
    "# T\n\n| a | b |\n|---|---|\n" + "".join(f"| key{n} | {LONG} |\n" for n in range(20)),
    "# T\n\n" + "".join(f"- **opt{n}**: {LONG}\n" for n in range(9)),
    "A sentence that goes on. " * 300,
    "",
]


@pytest.mark.parametrize("markdown", PAGES)
def test_passages_leave_no_gap(markdown: str) -> None:
    found = cut_passages(markdown)
    assert found[0].start == 0
    assert [one.end for one in found[:-1]] == [one.start for one in found[1:]]
    assert not markdown[found[-1].end :].strip()


@pytest.mark.parametrize("markdown", PAGES)
def test_no_code_block_and_no_row_is_parted(markdown: str) -> None:
    for text in texts(markdown):
        assert text.count("```") % 2 == 0
        assert all(line.endswith("|") for line in text.strip().split("\n") if line.startswith("|"))


def test_a_passage_is_about_1200_characters() -> None:
    sizes = [len(text) for page in (PAGES[0], PAGES[2], PAGES[3], PAGES[4]) for text in texts(page)]
    assert max(sizes) <= 1.2 * SIZE


def test_a_passage_knows_the_headings_over_it() -> None:
    found = cut_passages(
        "# Title\n\nIntro.\n\n## [One](http://x.example/)\n\nText.\n\n### `two`\n\nMore.\n\n## Three\n\nEnd.\n"
    )
    assert [one.headings for one in found] == ["Title", "Title › One", "Title › One › two", "Title › Three"]


@pytest.mark.parametrize(
    ("markdown", "names"),
    [
        (
            f"**http.proxy**\n  {'Says it. ' * 50}\n\n  More.\n\n**http.version**\n  Says.\n",
            ["http.proxy", "http.version"],
        ),
        ("**http.proxy**\n  Says it.\n\n**http.version**\n  Says.\n", ["http.proxy http.version"]),
        ("`--all`, `-a`\n  Everything.\n", ["--all, -a"]),
        ("- **-q**: be quiet\n\n- **-v**: say more\n", ["-q -v"]),
        ("**Note** that `x` is not a definition, but a sentence.\n", []),
        ("| Name | Means |\n|---|---|\n| `work_mem` | memory |\n", ["Name work_mem"]),
    ],
)
def test_what_defines_a_name_begins_a_passage_and_is_known_by_it(markdown: str, names: list[str]) -> None:
    assert named(markdown) == names


def test_a_list_of_links_is_known_as_one() -> None:
    (passage,) = cut_passages("- [One](http://x.example/1)\n- [Two](http://x.example/2)\n")
    assert isinstance(passage, Passage)
    assert passage.links == 100


@pytest.mark.parametrize(
    ("markdown", "share"),
    [
        ("[ab](/x) cdef\n", 33),
        ("[äb](/x) – “cdéf” 字_\n", 28),
        ("a [b](/y(1)) c\n", 33),
        ("[](/x)\n", 0),
        ("a] (b)\n", 0),
    ],
)
def test_letters_of_links_are_counted_in_any_script(markdown: str, share: int) -> None:
    assert [one.links for one in cut_passages(markdown)] == [share]


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        ("The `a` of **`b c`**", "The a of b c"),
        ("A ` alone", "A  alone"),
        ("`` a`b `` and `c`", "a`b and c"),
        ("<a title=`> `b`", "<a title=>b"),
        (r"\`a\` and `\`", "a and \\"),
    ],
)
def test_a_heading_is_known_without_the_marks_of_its_code(heading: str, said: str) -> None:
    assert [one.headings for one in cut_passages(f"# {heading}\n\nText.\n")] == [said]
