"""Formulas, tables and headings in the forms that pages give them."""

import pytest

from tests.extract.test_page import markdown, read

FORMULAS = [
    ("<span class='katex'><math display='block'><mi>q</mi></math></span>", "$q$"),
    (
        "<span class='katex-display'><span class='katex'><math display='block'><mi>q</mi></math></span></span>",
        "$$\nq\n$$",
    ),
    ("<p><math>x + y</math></p>", "$x + y$"),
    ("<p>a <img class='math' src='f.png' alt='$x^2$'> b</p>", "a $x^2$ b"),
    ("<p>a <img src='img1.png' alt='$\\displaystyle x_1$'> b</p>", "a $x_1$ b"),
    ("<p>a <img class='formulaInl' alt='$ a*b $' src='form_0.png'> b</p>", "a $a*b$ b"),
    ("<p><img class='formulaDsp' alt='\\[ a*b \\]' src='form_0.png'></p>", "$$\na*b\n$$"),
    ("<p>a <img src='https://latex.codecogs.com/svg.latex?x_1' alt='x_1'> b</p>", "a $x_1$ b"),
    ("<p>a <img src='i.png' alt='costs $5'> b</p>", "a ![costs $5](https://docs.example/guide/i.png) b"),
    (
        "<mjx-container jax='CHTML'><mjx-math><mjx-msup><mjx-mi><mjx-c class='mjx-c1D465 TEX-I'></mjx-c></mjx-mi><mjx-script>"
        "<mjx-mn><mjx-c class='mjx-c32'></mjx-c></mjx-mn></mjx-script></mjx-msup></mjx-math></mjx-container>",
        "$x^{2}$",
    ),
]
TEX = [
    (r"<p>With \(a_1 * b_2\) and \(x &lt;y\) and $p_i * q_i$.</p>", "With $a_1 * b_2$ and $x <y$ and $p_i * q_i$."),
    (r"<p>\[ L = \sum_{i} w_i \]</p>", "$$\nL = \\sum_{i} w_i\n$$"),
    (r"<p>so $$a_1$$ holds</p>", "so\n\n$$\na_1\n$$\n\nholds"),
    (
        r"<p>\begin{align} a &amp;= b \\ c &amp;= d \end{align}</p>",
        "$$\n\\begin{align} a &= b \\\\ c &= d \\end{align}\n$$",
    ),
    (r"<p>\[ a<br>+ b \]</p>", "$$\na\n+ b\n$$"),
    ("<p>It costs $5 to $7, or $HOME.</p>", "It costs $5 to $7, or $HOME."),
    (r"<p><code>\(x\)</code></p>", r"`\(x\)`"),
    (r"<ul><li>a \(x_1\) b</li></ul>", "- a $x_1$ b"),
]
TABLES = [
    ("<table><tr><td>&nbsp;</td><td><pre>a  b</pre></td></tr></table>", "```\na  b\n```"),
    (
        "<table><tr><td>k</td><td>v</td></tr><tr><td>a</td><td>b<table><tr><td>i</td><td>j</td></tr></table></td></tr></table>",
        "|  |  |\n| --- | --- |\n| k | v |\n| a | b<br>i, j |",
    ),
    (
        "<table><tr><td colspan='2'><h5>Access</h5></td></tr><tr><td>at</td><td>x</td></tr><tr><td colspan='2'><h5>More</h5></td></tr>"
        "<tr><td>b</td><td>y</td></tr></table>",
        "##### Access\n\n|  |  |\n| --- | --- |\n| at | x |\n\n##### More\n\n|  |  |\n| --- | --- |\n| b | y |",
    ),
    (
        "<div role='table'><div role='row'><span role='columnheader'>P</span><span role='columnheader'>T</span></div>"
        "<div role='rowgroup'><div role='row'><span role='cell'>a</span><span role='cell'>b</span></div></div></div>",
        "| P | T |\n| --- | --- |\n| a | b |",
    ),
    (
        "<div style='display: table'><div style='display: table-row'><div style='display: table-cell'>a</div><div style='display: table-cell'>b</div></div></div>",
        "|  |  |\n| --- | --- |\n| a | b |",
    ),
    ("<table><tr><td><p>x</p><p>y</p></td></tr></table>", "x\n\ny"),
    (
        "<table><tr><td>l</td><td><table><tr><td>a</td><td>b</td></tr></table></td></tr></table>",
        "l\n\n|  |  |\n| --- | --- |\n| a | b |",
    ),
]
HEADINGS = [
    ("<h2>A</h1><p>x</p><h2>B</h2><p>y</p>", "## A\n\nx\n\n## B\n\ny"),
    ("<h2>A</h3><p>x</p>", "## A\n\nx"),
    ("<h2>A<h3>B</h3><p>x</p>", "## A\n\n### B\n\nx"),
    ("<h2>A<p>" + "word " * 100 + "</p><p>y</p>", "## A\n\n" + ("word " * 100).strip() + "\n\ny"),
]


@pytest.mark.parametrize(("html", "expected"), FORMULAS + TABLES + HEADINGS)
def test_each_shape_of_blocks(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(("html", "expected"), TEX)
def test_tex_is_kept_where_a_script_would_draw_it(html: str, expected: str) -> None:
    page = read(f"<body><main><h1>T</h1>{html}</main><script src='/mathjax/tex-chtml.js'></script></body>")
    assert page.markdown == f"# T\n\n{expected}\n"


def test_dollars_and_brackets_are_no_formula_without_such_a_script() -> None:
    assert markdown(r"<p>math: $a_1$ and \(b\)</p>") == r"math: $a_1$ and \\(b\\)"
