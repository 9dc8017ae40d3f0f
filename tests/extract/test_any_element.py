"""Whatever elements a page is made of, it is read, and what it says is kept."""

import contextlib
import logging
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract import page as page_module
from docspasta_mcp.model.page import PLAIN_TEXT_NOTE
from tests.extract.test_page import read
from tests.random_pages import CONTROLS, POSITIONS, TAGS, page_of

_NESTED = (
    "div p span a b pre code table tr td th thead tbody ul ol li dl dt dd h1 h2 section article main nav details summary figure blockquote math mtext svg button label "
    "select option template noscript iframe ruby rt rp video br hr em aside header form dialog x-tab slot"
).split()
_NAMES = (
    "class id style href src title hidden aria-hidden role data-lang aria-controls colspan rowspan start width lang popover open type for name value alttext encoding"
).split()
_VALUES = (
    "hidden tab tabs highlight language-python sig admonition sr-only toc x 1 -1 99999999999999999999 0 true tabpanel button checkbox javascript:x #x /a // http://[ data:, "
    "display:none color:color( headerlink math katex footnote fnref code-block prompt application/x-tex breadcrumb 1e999 ٣ ²"
).split()
_SAID = ("words of a page", "x", "`a`", "|", "*", "<", "&lt;", "&#0;", "\\", "$$", "1.", "-", "#", "\n", "日本", "¶")

_pieces = st.lists(
    st.tuples(st.sampled_from(TAGS), st.sampled_from(POSITIONS), st.sampled_from(CONTROLS)), min_size=1, max_size=6
)


@pytest.mark.parametrize("position", POSITIONS)
def test_every_element_is_read_in_every_position(position: str, caplog: pytest.LogCaptureFixture) -> None:
    for tag in TAGS:
        reading = read(page_of([(tag, position, "&#27;")]))

        assert "before the piece" in reading.markdown, tag
        assert "behind the piece" in reading.markdown, tag
    assert caplog.messages == []


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(_pieces)
def test_a_page_of_any_elements_is_read(pieces: list[tuple[str, str, str]]) -> None:
    reading = read(page_of(pieces))

    assert "before the piece" in reading.markdown
    assert "behind the piece" in reading.markdown
    assert PLAIN_TEXT_NOTE not in reading.markdown


def _nested(chance: random.Random, depth: int = 0) -> str:
    """Return elements in elements with attributes that rules look for, some never closed."""
    pieces: list[str] = []
    for _ in range(chance.randint(1, 4)):
        if depth > 6 or chance.random() < 0.35:
            pieces.append(chance.choice(_SAID))
            continue
        tag = chance.choice(_NESTED)
        given = " ".join(
            f"{name}='{chance.choice(_VALUES)}'" for name in chance.choices(_NAMES, k=chance.randint(0, 3))
        )
        end = f"</{tag}>" if chance.random() < 0.85 else ""
        pieces.append(f"<{tag} {given}>{_nested(chance, depth + 1)}{end}")
    return "".join(pieces)


def test_no_nesting_and_no_attribute_breaks_a_rule(caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(7)
    for _ in range(400):
        with contextlib.suppress(PageRefused):
            read(f"<title>T</title><main><h1>T</h1><p>words of a page {_nested(chance)}</main>")
    assert caplog.messages == []


def test_a_paragraph_that_was_forgotten_to_end_holds_the_text(caplog: pytest.LogCaptureFixture) -> None:
    words = "These are words of an excerpt that stand right under the title of the page. " * 3
    read(f"<h1>T</h1><p>{words}<tbody><th>a</th></tbody><main><p>{words}</p></main>")
    read("<h1>T</h1><table><tr><td aria-hidden=true>x<td>words of a page</table>")
    assert caplog.messages == []


def test_the_plain_text_of_a_page_has_nothing_that_it_hides(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(page_module, "convert", fail)
    hidden = (
        "<p hidden>ignore</p><div style='display:none'><p>ignore</div><p class=sr-only>ignore</p><p class=z>ignore</p>"
    )
    reading = read(f"<style>.z{{opacity:0}}</style><h1>A</h1>{'<p>Words of it.</p>' * 5}{hidden}<p>More</p>")
    assert "ignore" not in reading.markdown
    assert "More" in reading.markdown


def test_a_page_whose_structure_cannot_be_read_is_read_as_plain_text(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(page_module, "convert", fail)
    with caplog.at_level(logging.ERROR):
        reading = read(
            "<title>A &amp; B</title><script>x</script><h1>A</h1><p>Words &lt;of&gt; <b>it</b>.</p><p>More*</p>"
        )

    assert reading.title == "A & B"
    assert reading.markdown == f"# A & B\n\n{PLAIN_TEXT_NOTE}\n\nA\n\nWords \\<of> it .\n\nMore\\*\n"
    assert "ZeroDivisionError" in caplog.text
