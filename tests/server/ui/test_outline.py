"""The contents as a tree: nothing lost, and never too much at once."""

import pytest

from docspasta_mcp.jobs.pages import ContentsLine
from docspasta_mcp.server.ui import templates
from docspasta_mcp.server.ui.outline import MAX_MATCHES, OutlineNode, branch, matching

MOST_BYTES = 100_000


def outline(levels: list[int]) -> tuple[ContentsLine, ...]:
    return tuple(
        ContentsLine(number, level, f"Page {number} of a manual with rather long titles, as some have", 1_000, ())
        for number, level in enumerate(levels, start=1)
    )


SHAPES = {
    "flat": [0] * 10_000,
    "one root": [0] + [1] * 9_999,
    "chapters": ([0] + [1] * 99) * 100,
    "deep": [number % 7 for number in range(10_000)],
    "falling": [10_000 - number for number in range(200)] + [0] * 9_800,
    "stairs": [number // 3_500 for number in range(10_000)],
}


def reached(lines: tuple[ContentsLine, ...], nodes: tuple[OutlineNode, ...], sizes: list[int]) -> list[int]:
    """Open every branch as a person would; return the numbers of all pages met."""
    sizes.append(len(rendered(nodes)))
    numbers: list[int] = []

    def walk(shown: tuple[OutlineNode, ...]) -> None:
        for node in shown:
            if node.line:
                numbers.append(node.line.number)
            if node.children is None:
                numbers.extend(reached(lines, branch(lines, node.start, node.stop), sizes))
            else:
                walk(node.children)

    walk(nodes)
    return numbers


def rendered(nodes: tuple[OutlineNode, ...]) -> str:
    template = templates._environment().get_template("_tree.html")  # pyright: ignore[reportPrivateUsage]
    return template.render(nodes=nodes, job_id="0" * 16, current=0)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_page_is_reached_by_fragments_that_stay_small(shape: str) -> None:
    lines = outline(SHAPES[shape])
    sizes: list[int] = []
    numbers = reached(lines, branch(lines, 0, len(lines)), sizes)
    assert numbers == [line.number for line in lines]
    assert max(sizes) < MOST_BYTES


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("at", [5_000, 9_999])
def test_the_page_that_is_read_is_shown_at_once(shape: str, at: int) -> None:
    lines = outline(SHAPES[shape])
    html = rendered(branch(lines, 0, len(lines), current=at))
    assert f"/pages/{lines[at].number}" in html
    assert len(html) < MOST_BYTES


def test_a_filter_finds_all_words_and_tells_how_many_there_are() -> None:
    lines = outline([0] * 300)
    assert [line.number for line in matching(lines, "of PAGE 299")[0]] == [299]
    found, count = matching(lines, "page")
    assert (len(found), count) == (MAX_MATCHES, 300)
    assert matching(lines, "nosuch") == ((), 0)
