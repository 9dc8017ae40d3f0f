"""HTML beside the Markdown that a reader expects of it, in `shapes`: a file a topic.

A shape is `=== name`, HTML, `---` and Markdown. HTML that begins with `<!DOCTYPE` is a page; anything else stands in
the text of one.
"""

from pathlib import Path

import pytest

from tests.extract.test_page import read

_SHAPES = Path(__file__).parent / "shapes"
_LEAD = "This page explains how the thing works and what to do about it in daily use of it."
_END = "That is all that there is to say about it at the end of the page."


def _shapes() -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for path in sorted(_SHAPES.glob("*.txt")):
        for shape in path.read_text("utf-8").split("=== ")[1:]:
            name, _, rest = shape.partition("\n")
            html, _, expected = rest.partition("\n---\n")
            found.append((f"{path.stem}: {name}", html, expected.rstrip("\n")))
    return found


def _markdown(html: str) -> str:
    if html.startswith("<!DOCTYPE"):
        return read(html).markdown.rstrip("\n")
    page = f"<!DOCTYPE html><title>T</title><main><h1>T</h1><p>{_LEAD}</p>{html}<p>{_END}</p></main>"
    return read(page).markdown.removeprefix(f"# T\n\n{_LEAD}\n\n").removesuffix(f"\n\n{_END}\n")


@pytest.mark.parametrize(("html", "expected"), [pytest.param(*rest, id=name) for name, *rest in _shapes()])
def test_each_shape_becomes_what_a_reader_expects(html: str, expected: str) -> None:
    assert _markdown(html) == expected
