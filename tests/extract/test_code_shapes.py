"""Code in the forms that sites and highlighters give it, exact and with its language."""

import pytest
from lxml import html as tree

from docspasta_mcp.extract.normalise.code_language import drop_numbers
from tests.extract.test_page import markdown

NO_PRE = [
    ("<code style='white-space: pre'>\n[a] &gt; x\n    y\n</code>", "```\n[a] > x\n    y\n```"),
    ("<div style='white-space: pre; font-family: monospace'>a\n  b</div>", "```\na\n  b\n```"),
    ("<p class='verbatim'>a<br>  b</p>", "```\na\n  b\n```"),
    ("<div class='code'><div class='line'>a</div><div class='line'>  b</div></div>", "```\na\n  b\n```"),
    ("<code><span style='display:block'>a</span><span style='display:block'>  b</span></code>", "```\na\n  b\n```"),
    ("<listing>a &lt;b&gt;\n  c</listing>", "```\na <b>\n  c\n```"),
    ("<xmp><b>raw</b>\n  x</xmp>", "```\n<b>raw</b>\n  x\n```"),
    ('<form><textarea readonly>{\n  "a": <b>1\n}</textarea></form>', '```\n{\n  "a": <b>1\n}\n```'),
    ("<p>Enter <input type='text' value='npm i' readonly> here.</p>", "Enter `npm i` here."),
    ("<p style='white-space: pre-line'>a\nb</p>", "a\\\nb"),
    ("<p>a <code style='white-space: pre'>b  c</code> d</p>", "a `b c` d"),
]
TABLES = [
    (
        "<div class='snippet'><table><tr><td class='num'>1</td><td>a</td></tr><tr><td class='num'>2</td><td>&nbsp;&nbsp;b</td></tr></table></div>",
        "```\na\n  b\n```",
    ),
    (
        "<table class='highlight'><tr><td class='blob-num' data-line-number='7'></td><td class='blob-code'>a</td></tr>"
        "<tr><td class='blob-num' data-line-number='8'></td><td class='blob-code'>  b</td></tr></table>",
        "```\na\n  b\n```",
    ),
    (
        "<table class='syntaxhighlighter'><tr><td class='gutter'><div>1</div><div>2</div></td><td class='code'><div><div class='line'>a</div>"
        "<div class='line'>&nbsp;b</div></div></td></tr></table>",
        "```\na\n b\n```",
    ),
    (
        "<table class='RktBlk'><tr><td><span class='RktPn'>(</span>f</td></tr><tr><td><span class='hspace'>&nbsp;</span>1)</td></tr></table>",
        "```racket\n(f\n 1)\n```",
    ),
    (
        "<table><tr><td>1</td><td>one</td></tr><tr><td>2</td><td>two</td></tr></table>",
        "|  |  |\n| --- | --- |\n| 1 | one |\n| 2 | two |",
    ),
]
LANGUAGES = [
    ("<div class='markdown'><p>a long text that is beside the block, as all of a page's text is, and much longer</p><pre>x</pre></div>",
     "a long text that is beside the block, as all of a page's text is, and much longer\n\n```\nx\n```"),
    ("<pre data-enlighter-language='swift'>x</pre>", "```swift\nx\n```"),
    ("<pre class='EnlighterJSRAW' data-enlighter-language='generic'>x</pre>", "```\nx\n```"),
    ("<div class='highlight highlight-source-toml'><pre>x</pre></div>", "```toml\nx\n```"),
    ("<pre class='highlight tab-ruby'><code>x</code></pre>", "```ruby\nx\n```"),
    ("<pre class='src src-python'>x</pre>", "```python\nx\n```"),
    ("<pre class='brush: csharp; title: ; notranslate'>x</pre>", "```csharp\nx\n```"),
    ("<code-block language='js'><pre>x</pre></code-block>", "```js\nx\n```"),
    ("<pre class='shiki'><div class='language-id'>ts</div><div><code>x</code><a class='playground-link' href='/p'>Try</a></div></pre>", "```ts\nx\n```"),
]  # fmt: skip
CODES = [
    ("<div class='code'><div class='l'>x = 1</div><div class='l'>  y = 2</div></div>", "```\nx = 1\n  y = 2\n```"),
    ("<pre><code>a</code><code>b</code></pre>", "```\na\nb\n```"),
    (
        "<pre><b>module</b> W: <code>X.T</code><code> \n  with type</code></pre>",
        "```\nmodule W: X.T \n  with type\n```",
    ),
]
HELPERS = [
    (
        "<pre><code><span class=line>a</span><span class=line></span><span class=line>b</span></code></pre>",
        "```\na\n\nb\n```",
    ),
    (
        "<pre><code><span class=line></span><span class=line>a</span><span class=line></span><span class=line></span>"
        "<span class=line>b</span><span class=line></span></code></pre>",
        "```\na\n\n\nb\n```",
    ),
    (
        "<pre><code><span class=line>a</span>\n<span class=line></span>\n<span class=line>b</span></code></pre>",
        "```\na\n\nb\n```",
    ),
    ("<pre><code>a</code><button>Copy</button></pre>", "```\na\n```"),
    (
        "<pre>use <span class='dropdown'><a href='#'>key</a><ul class='dropdown-menu'><li>In sections</li></ul></span> x</pre>",
        "```\nuse key x\n```",
    ),
    (
        "<pre><span class='twoslash-hover'>a<span class='twoslash-popup-container'>const a: 1</span></span> = 1</pre>",
        "```\na = 1\n```",
    ),
    ("<pre>a<span style='display:none'>hidden</span></pre>", "```\na\n```"),
    ("<pre><span aria-hidden='true'>1</span>a\n<span aria-hidden='true'>2</span>b</pre>", "```\na\nb\n```"),
    ("<pre>2<sup>32</sup> x<sub>i</sub></pre>", "```\n2³² xᵢ\n```"),
    ("<p>x</p><clipboard-copy value='x'>Copy</clipboard-copy>", "x"),
]
DIFFS = [
    (
        "<pre class='shiki'><code><span class='line diff remove'><span>a</span></span>\n<span class='line diff add'><span>b</span></span>\n<span class='line'>c</span></code></pre>",
        "```\n-a\n+b\n c\n```",
    ),
    (
        "<pre data-language='kotlin'><code><div class='ec-line'><div class='gutter'><div class='ln'>1</div></div><div class='code'>a</div></div>"
        "<div class='ec-line highlight del'><div class='gutter'>2</div><div class='code'>  b</div></div>"
        "<div class='ec-line highlight ins'><div class='code'>  c</div></div></code></pre>",
        "```kotlin\n a\n-  b\n+  c\n```",
    ),
    ("<pre>x\n<del>a</del>\n<ins>b</ins>\n</pre>", "```\nx\n-a\n+b\n```"),
    ("<pre>call(<del>a</del><ins>b</ins>)</pre>", "```\ncall(ab)\n```"),
    (
        "<pre><code class='language-diff'><span class='line deleted'>-a</span>\n<span class='line inserted'>+b</span></code></pre>",
        "```diff\n-a\n+b\n```",
    ),
]


@pytest.mark.parametrize(("html", "expected"), NO_PRE + TABLES + LANGUAGES + HELPERS + DIFFS)
def test_each_shape_of_code(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(("html", "expected"), CODES)
def test_elements_of_code_are_lines_only_if_a_block_is_made_of_them(html: str, expected: str) -> None:
    assert markdown(html) == expected


def test_what_stands_beside_many_blocks_is_read_once() -> None:
    root = tree.fragment_fromstring(f"<div><div>{'<pre>x</pre>' * 9}</div><div class=gutter><i>7</i></div></div>")
    known: set[tree.HtmlElement] = set()
    for pre in root.iter("pre"):
        drop_numbers(pre, known)
    assert [one.text_content() for one in known] == ["7"]
    beside = root[1]
    beside[0].text = "1"
    drop_numbers(root[0][0], known)
    assert beside.getparent() is root  # it was not read again
    drop_numbers(root[0][0], set())
    assert beside.getparent() is None
