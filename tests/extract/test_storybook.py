"""The page in a Storybook's frame, as a browser has filled it."""

from tests.extract.test_page import markdown
from tests.sites import TEXT

CODE = (
    '<pre><div class="docblock-source"><div><style>[data-radix] { color: red }</style><div><pre class="prismjs">'
    '<div class="language-python" style="white-space: pre"><span>a = 1\n</span>b  = 2</div></pre></div></div>'
    "<div><button>Copy</button></div></div></pre>"
)
FRAME = (
    f'<div class="sb-nopreview sb-wrapper"><h1>No Preview</h1><p>{TEXT}</p></div><div id="storybook-root"></div>'
    f'<div id="storybook-docs"><div class="sbdocs sbdocs-content"><h1>Button</h1><p>{TEXT}</p>{CODE}</div></div>'
)


def test_messages_for_when_there_is_no_page_are_no_part_of_it() -> None:
    text = markdown(FRAME)
    assert "No Preview" not in text
    assert text.count(TEXT) == 1


def test_code_keeps_its_language_and_its_columns() -> None:
    assert "```python\na = 1\nb  = 2\n```" in markdown(FRAME)


def test_beside_a_page_of_another_kind_nothing_is_a_message() -> None:
    assert "Wrapped" in markdown(f'<p>{TEXT}</p><div class="sb-wrapper"><p>Wrapped words are read.</p></div>')
