"""The rules of normalisation one by one, in the forms that generators give them."""

import pytest

from tests.extract.test_page import markdown

TABLE_CASES = [
    (
        '<table><tr><th>a</th><th>b</th></tr><tr><td rowspan="2">x</td><td>1</td></tr><tr><td>2</td></tr></table>',
        "| a | b |\n| --- | --- |\n| x | 1 |\n| x | 2 |",
    ),
    (
        '<table><tr><th>a</th><th>b</th></tr><tr><td colspan="2">x</td></tr></table>',
        "| a | b |\n| --- | --- |\n| x |  |",
    ),
    (
        "<table><tr><th>a</th><th>b</th></tr><tr><td><pre>x | y</pre></td><td><ul><li>1</li><li>2</li></ul></td></tr></table>",
        "| a | b |\n| --- | --- |\n| `x \\| y` | • 1 • 2 |",
    ),
    (
        "<table><tr><th>In</th><th>Out</th></tr><tr><td><pre>a\nb</pre></td><td>c</td></tr></table>",
        "**In**\n\n```\na\nb\n```\n\n**Out**\n\nc",
    ),
    ('<table role="presentation"><tr><td>x</td></tr></table>', "x"),
]
CODE_CASES = [
    ('<pre class="hljs"><code class="hljs python">x</code></pre>', "```python\nx\n```"),
    ('<div class="sourceCode"><pre class="sourceCode haskell"><code>x</code></pre></div>', "```haskell\nx\n```"),
    (
        '<div class="code"><div class="head"><span>Rust</span><button>Copy</button></div><pre>x</pre></div>',
        "```rust\nx\n```",
    ),
    (
        '<pre><code><div class="cm-line">a</div><div class="cm-line"><br></div><div class="cm-line">b</div></code></pre>',
        "```\na\n\nb\n```",
    ),
    ("<pre><code>a</code><code>b</code></pre>", "```\na\nb\n```"),
    ("<pre><span>1</span>a\n<span>2</span>b</pre>", "```\na\nb\n```"),
    ("<pre>1 a\n2 b</pre>", "```\n1 a\n2 b\n```"),
    ('<pre><span class="mi">1</span>\n<span class="mi">2</span></pre>', "```\n1\n2\n```"),
    ('<p>The <code><span class="pre">copy</span></code> module</p>', "The `copy` module"),
    ('<pre class="mermaid">graph TD\n  A--&gt;B</pre>', "```mermaid\ngraph TD\n  A-->B\n```"),
    ('<pre>a<span class="lineno">9</span><button>Copy</button></pre>', "```\na\n```"),
    (
        '<table><tr><td class="listing_lines"><pre>1</pre></td><td class="listing_code"><pre>x</pre></td></tr></table>',
        "```\nx\n```",
    ),
    (
        "<table><tr><td><pre>1\n2</pre></td><td><pre>x\ny</pre></td></tr></table>",
        "```\nx\ny\n```",
    ),
    (
        "<p><code>&lt;a&gt;<br>\n<span>\n  b *<br>\n</span><br>c</code></p>",
        "```\n<a>\nb *\n\nc\n```",
    ),
    ("<p>or <code>&lt;a&gt;<br>b</code></p>", "or `<a>`\\\n`b`"),
    ("<ul><li><pre>x\n  y</pre></li></ul>", "- ```\n  x\n    y\n  ```"),
    ("<ol start=9><li>a</li><li><pre>x\ny</pre></li></ol>", "9. a\n10. ```\n    x\n    y\n    ```"),
    ("<blockquote><ul><li><pre>x\n\ny</pre></li></ul></blockquote>", "> - ```\n>   x\n>\n>   y\n>   ```"),
    ("<dl><dt><pre>proc f(a)\n  b</pre></dt><dd>x</dd></dl>", "```\nproc f(a)\n  b\n```\n  x"),
    ("<h2>a <pre>b</pre></h2>", "## a `b`"),
    ("<p><code>put<wbr>(int x)</code> and <wbr>more</p>", "`put(int x)` and more"),
    ("<p>a <tt>b</tt> <samp>c</samp> <kbd>d</kbd> <var>e</var></p>", "a `b` `c` `d` *e*"),
    (
        "<table><tfoot><tr><td>all<td>3</tfoot><tr><th>a<th>b<tr><td>1<td>2</table>",
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n| all | 3 |",
    ),
    (
        "<table><tr><th>Option<br>name<th>Use<tr><td>a<td><pre>x\ny</pre></table>",
        "**Option name**\n\na\n\n**Use**\n\n```\nx\ny\n```",
    ),
]
MATH_CASES = [
    ("<p><math><mfrac><mi>a</mi><msup><mi>b</mi><mn>2</mn></msup></mfrac></math></p>", "$\\frac{a}{b^{2}}$"),
    ('<p>x <script type="math/tex">n_1</script></p>', "x $n_1$"),
    ('<script type="math/tex; mode=display">a*b</script>', "$$\na*b\n$$"),
    (
        '<p><span class="mwe-math-element"><math alttext="{\\displaystyle x^{2}}"><mi>x</mi></math><img alt="x"></span></p>',
        "$x^{2}$",
    ),
    (
        '<mjx-container display="true"><svg></svg><math><mi>x</mi><mo>≤</mo><mn>1</mn></math></mjx-container>',
        "$$\nx\\leq 1\n$$",
    ),
]
TEXT_CASES = [
    ("<ul><li>a<ol start='3'><li>b</li><li>c</li></ol></li></ul>", "- a\n  3. b\n  4. c"),
    ("<dl><dt>t</dt><dd><p>a</p><p>b</p></dd></dl>", "**t**\n  a\n\n  b"),
    ("<dl><dt>t</dt><dd><p>a</p><dl><dt>u</dt><dd>b</dd></dl></dd></dl>", "**t**\n  a\n\n  **u**\n  b"),
    (
        '<div class="rp-tabs"><div class="rp-tabs__label"><div class="rp-tabs__label__item">npm</div><div class="rp-tabs__label__item">'
        'yarn</div></div><div class="rp-tabs__content"><div class="rp-tabs__content__item" aria-hidden="false"><p>a</p></div>'
        '<div class="rp-tabs__content__item" aria-hidden="true"><p>b</p></div></div></div>',
        "**npm**\n\na\n\n**yarn**\n\nb",
    ),
    ("<details><summary>More</summary><p>x</p></details>", "**More**\n\nx"),
    (
        "<figure><img src='a.png' alt='A'><figcaption>Cap</figcaption></figure>",
        "![A](https://docs.example/guide/a.png)\n\nCap",
    ),
    ("<a href='x.html'><h3>Card</h3><p>Text</p></a>", "### [Card](https://docs.example/guide/x.html)\n\nText"),
    ("<a href='x.html'><p>Card</p><p>Text</p></a>", "[Card](https://docs.example/guide/x.html)\n\nText"),
    (
        "<p>x</p><div class='breadcrumb'>a</div><div id='toc'><a href='b'>b</a></div><p class='sr-only'>c</p>",
        "x",
    ),
    ("<p>x</p><div>Was this page helpful?</div><p>Last updated on May 1</p><a href='n'>Next</a>", "x"),
    ("<div class='hidden md:block'>x</div><div class='hidden'>y</div>", "x"),
    ("<section id='related-work'><h2>Related</h2><p>x</p></section>", "## Related\n\nx"),
    ("<p>__init__ and a_b_c</p>", "\\_\\_init\\_\\_ and a_b_c"),
    ("<p>a &lt;T&gt; 1 &lt; 2</p>", "a \\<T> 1 < 2"),
    ("<p>a &lt;<em>T</em>&gt;</p>", "a \\<*T*>"),
    ("<div class='section' id='navigation'><h2>Navigation</h2><p>x</p></div>", "## Navigation\n\nx"),
    ("<p>x</p><div id='convert_toc-source'><pre>y</pre></div>", "x\n\n```\ny\n```"),
    ("<section><header><h3>Methods</h3></header><p>x</p></section>", "### Methods\n\nx"),
    ("<h2>Uses of<br>A</h2>", "## Uses of A"),
    ("<h2><b>f</b> <code>f(*a, **kw)</code></h2>", "## f `f(*a, **kw)`"),
    ("<h2>Thank you</h2><p>x</p><h3>On this page</h3>", "## Thank you\n\nx"),
    ("<h1>T</h1><p>x</p>", "x"),
    ("<h3>Declaration <a href='x'>[src]</a></h3>", "### Declaration"),
    (
        "<p>x</p><a href='a'>&lt;-previous</a><a href='b'>next-&gt;</a><p>see <a href='c'>next</a></p>",
        "x\n\nsee [next](https://docs.example/guide/c)",
    ),
    (
        "<table class='toc'><tr><td><a href='a'>A</a></td><td>What A is for</td></tr></table>",
        "|  |  |\n| --- | --- |\n| [A](https://docs.example/guide/a) | What A is for |",
    ),
    (
        "<div class='tsd-signature'><span>new</span> Store&lt;<a href='#t'>T</a>&gt;(<br>\xa0\xa0a)</div>",
        "```typescript\nnew Store<T>(\n  a)\n```",
    ),
    ("<dl><dt><strong>a</strong><span class='classifier'>int</span></dt><dd>x</dd></dl>", "**a** : int\n  x"),
    ("<aside class='sidebar'><p class='sidebar-title'>Aside</p><p>x</p></aside>", "> **Aside**\n>\n> x"),
    ("<p># x</p><p>1. y</p>", "\\# x\n\n1\\. y"),
    ("<p>a\ue0009\ue001b\ue0029\ue003c</p>", "abc"),
    ("<div class='NOTE'><p>Note</p><p>x</p></div>", "> **Note**\n>\n> x"),
    ("<div class='notecard'><p><strong>Tip:</strong> x</p></div>", "> **Tip**\n>\n> x"),
    ("<div class='alert alert-info' role='alert'>x</div>", "> **Info**\n>\n> x"),
    (
        "<p>a<sup><a href='#fn1'>1</a></sup></p><section class='footnotes'><ol><li id='fn1'><p>n <a href='#r' class='footnote-backref'>↩</a></p></li></ol></section>",
        "a[^1]\n\n[^1]: n",
    ),
    (
        "<p>a<a class='footnote-reference' href='#n' role='doc-noteref'>1</a></p><aside class='footnote-list'><aside class='footnote' id='n'>"
        "<span class='label'>[<a href='#r'>1</a>]</span><p>At <a href='https://x.example/'>https://x.example/</a></p></aside></aside>",
        "a[^1]\n\n[^1]: At <https://x.example/>",
    ),
    (
        "<p>a<a class='footnote-reference' href='#n'>1</a> b<a class='footnote-reference' href='#m'>2</a></p><dl class='footnote brackets'>"
        "<dt class='label' id='n'><a class='fn-backref' href='#r'>1</a></dt><dd><p>x</p></dd><dt class='label' id='m'><a class='fn-backref' href='#s'>2</a></dt><dd><p>y</p></dd></dl>",
        "a[^1] b[^2]\n\n[^1]: x\n\n[^2]: y",
    ),
    (
        "<p>a<a id='DOCF1' href='#FOOT1'><sup>1</sup></a></p><div class='footnote'><h5><a id='FOOT1' href='#DOCF1'>(1)</a></h5><p>n</p></div>",
        "a[^1]\n\n[^1]: n",
    ),
    (
        "<div class='sphinx-tabs'><div role='tablist'><button role='tab' aria-controls='p0'>A</button><button role='tab' aria-controls='p1'>B</button></div>"
        "<div role='tabpanel' id='p0'>x</div><div role='tabpanel' id='p1' hidden='true'>y</div></div>",
        "**A**\n\nx\n\n**B**\n\ny",
    ),
]


@pytest.mark.parametrize(("html", "expected"), TABLE_CASES + CODE_CASES + MATH_CASES + TEXT_CASES)
def test_each_rule_of_normalisation(html: str, expected: str) -> None:
    assert markdown(html) == expected
