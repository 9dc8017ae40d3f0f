"""What stands within a line or a cell: powers, breaks, links, badges, labels, emoji, films, in the forms that pages give them."""

import pytest

from tests.extract.test_page import markdown

BASE = "https://docs.example/guide"

SCRIPTS = [
    ("<p>2<sup>32</sup> and 10<sup>-6</sup></p>", "2³² and 10⁻⁶"),
    ("<p>O(n<sup>2</sup>) H<sub>2</sub>O x<sub>i</sub></p>", "O(n²) H₂O xᵢ"),
    ("<p>e<sup>ab</sup> a<sub>max</sub></p>", "e<sup>ab</sup> a<sub>max</sub>"),
    ("<p>the 4<sup>th</sup> one</p>", "the 4th one"),
    ("<p><code>2<sup>n+k</sup></code> <code>x<sub>0</sub></code></p>", "`2^(n+k)` `x₀`"),
    ("<h2>2<sup>10</sup> bytes</h2>", "## 2¹⁰ bytes"),
    (
        "<table><tr><th>a</th><th>b</th></tr><tr><td>2<sup>8</sup></td><td>c</td></tr></table>",
        "| a | b |\n| --- | --- |\n| 2⁸ | c |",
    ),
]
BREAKS = [
    ("<p>a<br></p><p>b</p>", "a\n\nb"),
    ("<div><span>a</span><br></div><div>b<br>c<br></div>", "a\n\nb\\\nc"),
    ("<p>a<br><br>b</p>", "a\n\nb"),
    ("<ul><li>a<br><ul><li>b<br></li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
    ("<blockquote><p>a<br></p></blockquote>", "> a"),
    ("<dl><dt>a<br></dt><dd>b<br></dd></dl>", "**a**\n  b"),
    ("<p>x</p><hr>", "x"),
    ("<p>x</p><hr><p>y</p><hr><hr>", "x\n\n---\n\ny"),
]
BRACKETS = [
    ("<b>v</b><i>(N)</i><b>;</b>", "**v**(*N*)**;**"),
    ("f<i>(N)</i>g", "f(*N*)g"),
    ("<i>(N)</i>g", "(*N*)g"),
    ("f<b>(2) <a href='/u'>l</a></b> x", "f(**2) [l](https://docs.example/u)** x"),
    ("f<i>(a) b</i>", "f(*a) b*"),
    ("<i>(N)</i>", "*(N)*"),
]
CELLS = [
    ("<div>f</div><div>s</div>", "f<br>s"),
    ("1<br>2<br/>3<br>", "1<br>2<br>3"),
    ("<p>a</p><p>b</p>", "a<br>b"),
    ("of:<ul><li>r</li><li>w<ul><li>x</li></ul></li></ul>", "of: • r • w ◦ x"),
    ("<ol start='2'><li>r</li><li>w</li></ol>", "2. r<br>3. w"),
    ("<code>a<br>b</code>", "`a`<br>`b`"),
]
LINKS = [
    ("<p><a href='/My Manual (v2).pdf'>m</a></p>", "[m](https://docs.example/My%20Manual%20(v2).pdf)"),
    ("<p><a href='/a)b'>m</a></p>", "[m](https://docs.example/a%29b)"),
    (
        "<p><a href='/x'>a ] only</a> <a href='/x'>array[i]</a></p>",
        r"[a \] only](https://docs.example/x) [array[i]](https://docs.example/x)",
    ),
    ("<h2>See <a href='/x'>RFC 1</a></h2>", "## See [RFC 1](https://docs.example/x)"),
    ("<a href='/x'><div><div>One</div><div>Two</div></div></a>", "[One](https://docs.example/x)\n\nTwo"),
    (
        "<a href='/x'><img src='/i.png' alt='I'><div>Two</div></a>",
        "[![I](https://docs.example/i.png)](https://docs.example/x)\n\nTwo",
    ),
    ("<a href='/x' title='Go'><pre>code</pre></a>", "[Go](https://docs.example/x)\n\n```\ncode\n```"),
    ("<p>a<a href='/x'> </a>b</p>", "a b"),
    ("<p><img class='row-icon' src='/i.svg' alt=''>a <img src='/i.png'></p>", "a ![](https://docs.example/i.png)"),
    (
        "<a href='/x'><div><img src='/i.png' alt='I'></div></a>",
        "[![I](https://docs.example/i.png)](https://docs.example/x)",
    ),
    (
        "<a href='/x'><div><img src='/i.png' alt=''></div></a><h2><a href='/x'>A</a></h2>",
        "## [A](https://docs.example/x)",
    ),
]
MARKS = [
    ("<p>He said <q>yes</q>, <kbd>Esc</kbd>, <samp>ok</samp>.</p>", 'He said "yes", `Esc`, `ok`.'),
    ("<p><b>First</b><b> </b><b>Last</b> x<strong> </strong>y</p>", "**First Last** x y"),
    ("<p><b>a</b><b>b</b></p>", "**ab**"),
    ("<p><b><strong>a</strong></b></p>", "**a**"),
    ("<p><b>Note:</b>this</p>", "**Note**:this"),
    ("<p>x<b>(y)</b>z</p>", "x(**y**)z"),
    ("<p>使用<b>设置。</b>然后</p>", "使用**设置**。然后"),
    ("<p><i>Alpha</i><span><span>\n</span></span>Beta</p>", "*Alpha* Beta"),
    ("<p>请先\n安装 a\nb</p>", "请先安装 a b"),
    ("<p><ruby>漢<rt>かん</rt></ruby></p>", "漢(かん)"),
    ("<p><del>10</del> <s>a</s></p>", "~~10~~ ~~a~~"),
]
BADGES = [
    ("<div><span class='verb'>POST</span><span class='path'>/v1/pets</span></div>", "POST /v1/pets"),
    ("<p><span class='type'>string</span><span class='req'>required</span>The name.</p>", "string required The name."),
    ("<ul><li><span class='badge badge-new'>Added</span>A call</li></ul>", "- Added A call"),
    ("<div><span class='pname'>limit</span><span class='ptype'>integer</span></div>", "limit integer"),
    ("<p><span class='drop-cap'>T</span>he end</p>", "The end"),
    ("<p><code><span class='name'>a</span><span class='type'>b</span></code></p>", "`ab`"),
]
LABELS = [
    (
        "<ul><li class='task-list-item'><input type='checkbox' disabled checked> a</li><li><input type='checkbox' disabled> b</li></ul>",
        "- [x] a\n- [ ] b",
    ),
    (
        "<ul class='contains-task-list'><li><label><input type='checkbox' checked><span></span></label> a</li></ul>",
        "- [x] a",
    ),
    ("<ul><li data-checked='true'><div><p>a</p></div></li><li data-checked='false'>b</li></ul>", "- [x] a\n- [ ] b"),
    ("<ul><li><i class='fa fa-check'></i> yes</li><li><i class='fas fa-times'></i> a</li></ul>", "- ✓ yes\n- ✗ a"),
    ("<ul><li><input type='checkbox' id='t1' class='toggle'><label for='t1'>a</label></li></ul>", "- a"),
]
ICONS = [
    ("<input type='checkbox' checked disabled>", "[x]"),
    ("<i class='fa fa-check' aria-label='yes'></i>", "yes"),
    ("<span class='icon-no' title='no'></span>", "no"),
    ("<svg role='img' aria-label='Supported'><path d=''/></svg>", "Supported"),
    ("<svg><title>Works</title><path d=''/></svg>", "Works"),
    ("<i class='bi bi-x-lg'></i>", "✗"),
    ("<span class='material-icons'>check</span>", "✓"),
    ("<svg class='icon'><use href='#icon-check'></use></svg>", "✓"),
    ("<img src='/img/check.svg'>", "✓"),
]
MEDIA = [
    (
        "<p>w <img src='data:image/gif;base64,R0' data-src='/i/w.png' alt='W'></p>",
        "w ![W](https://docs.example/i/w.png)",
    ),
    ("<p><img data-srcset='/a-4.png 400w, /a-8.png 800w' alt='M'></p>", "![M](https://docs.example/a-8.png)"),
    (
        "<p><img src='/blank.gif' data-original='/d.png' alt='D'><noscript><img src='/d.png' alt='D'></noscript></p>",
        "![D](https://docs.example/d.png)",
    ),
    (
        "<picture><source srcset='/k.webp' media='(prefers-color-scheme: dark)'><img srcset='/l.png 1x, /l2.png 2x' alt='L'></picture>",
        "![L](https://docs.example/l2.png)",
    ),
    ("<picture><source srcset='/k.webp'><img alt='L'></picture>", "![L](https://docs.example/k.webp)"),
    ("<p><span><noscript><img src='/n.png' alt='N'></noscript></span></p>", "![N](https://docs.example/n.png)"),
    ("<p>Works <img class='emoji' alt='✅' src='/2705.svg'> now</p>", "Works ✅ now"),
    ("<h2>New <img class='emoji' alt='🚀' src='/r.svg'></h2>", "## New 🚀"),
    (
        "<iframe src='https://v.example/embed/1' title='How to'></iframe><p>x</p>",
        "[How to](https://v.example/embed/1)\n\nx",
    ),
    ("<iframe src='https://www.googletagmanager.com/ns.html?id=1' height='0' width='0'></iframe><p>x</p>", "x"),
    ("<object data='/f.svg' type='image/svg+xml'>Flow of data</object>", "![Flow of data](https://docs.example/f.svg)"),
    (
        "<video controls><source src='/m.mp4'><track src='/m.vtt'>Your browser cannot.</video><p>x</p>",
        "[Video](https://docs.example/m.mp4)\n\nx",
    ),
    ("<audio src='/a.mp3'>The talk</audio>", "[The talk](https://docs.example/a.mp3)"),
]


@pytest.mark.parametrize(("html", "expected"), SCRIPTS + BREAKS + LINKS + MARKS + BRACKETS + BADGES + LABELS + MEDIA)
def test_each_shape_within_a_line(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(("cell", "expected"), CELLS + ICONS)
def test_each_shape_within_a_cell(cell: str, expected: str) -> None:
    table = f"<table><tr><th>a</th><th>b</th></tr><tr><td>x</td><td>{cell}</td></tr></table>"
    assert markdown(table) == f"| a | b |\n| --- | --- |\n| x | {expected} |"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<ul><li>a</li><ul><li>b</li><ul><li>c</li></ul></ul><li>d</li></ul>", "- a\n  - b\n    - c\n- d"),
        ("<ul><ul><li>a</li><li>b</li></ul></ul>", "- a\n- b"),
        ("<ul><div><li>a</li></div><div><li>b</li></div></ul>", "- a\n- b"),
        ("<ol><li>a</li><pre>x\ny</pre><li>b</li></ol>", "1. a\n\n   ```\n   x\n   y\n   ```\n2. b"),
        ("<ol start='4'><li value='7'>a</li><li>b</li></ol>", "7. a\n8. b"),
        ("<ol reversed><li>c</li><li>b</li></ol>", "2. c\n1. b"),
        ("<ol><li>a</li></ol><ol><li>b</li></ol>", "1. a\n\n1) b"),
        ("<ol type='a' start='26'><li>x</li><li>y<ol type='i'><li>z</li></ol></li></ol>", "- z. x\n- aa. y\n  1. z"),
        ("<ol class='upperalpha simple'><li>x</li></ol>", "- A. x"),
        ("<ol style='list-style-type: upper-roman' start=4><li>x</li></ol>", "- IV. x"),
        (
            "<table><tr><td>n</td><td><ol type='A'><li>x</li></ol></td></tr></table>",
            "|  |  |\n| --- | --- |\n| n | A. x |",
        ),
        ("<div role='list'><div role='listitem'>a</div><div role='listitem'>b</div></div>", "- a\n- b"),
    ],
)
def test_lists_nest_and_count_as_shown(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h2 id='a'><a href='#a'>A</a></h2>", "## A"),
        ("<a href='page.html#g:1' id='g:1'><h2>A</h2></a>", "## A"),
        ("<h2><a href='index.html#toc-A'>1 A</a></h2>", "## 1 A"),
        (
            "<p>See <b>term (p. <a href='n.html'><img src='c.png' alt='[*]'></a>)</b>.</p>",
            "See **[term](https://docs.example/guide/n.html)**.",
        ),
        (
            "<p>See <b>term</b> (p. <a href='n.html'><img src='c.png' alt='[*]'></a>).</p>",
            "See [term](https://docs.example/guide/n.html).",
        ),
    ],
)
def test_links_of_headings_and_icons_lead_elsewhere(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>&amp;aacute; is &aacute;, &amp;#38; is &amp;, AT&amp;T</p>", r"\&aacute; is á, \&#38; is &, AT&T"),
        ("<p><code>&amp;lt;</code></p>", "`&lt;`"),
        ("<p>matches <i>_</i>, else '_' or a_b</p>", r"matches *\_*, else '\_' or a_b"),
        ("<div><span>2)</span> Same as (1)</div>", r"2\) Same as (1)"),
        ("<p>f(_,M,_) or &lt;foo&gt;_&lt;bar&gt;_x</p>", r"f(\_,M,\_) or \<foo>\_\<bar>_x"),
        (r"<p>a \. b \<b>c</b> C:\dir \&lt;nl&gt;</p>", r"a \\. b \\**c** C:\dir \\\<nl>"),
        ("<p>[text](target) and a[0] (b)</p>", r"\[text](target) and a[0] (b)"),
        ("<ol> The tag, or <code>nil</code></ol>", "1. The tag, or `nil`"),
        ("<ul><li>1. a</li><li><span>2. b</span></li><li># c</li></ul>", "- 1\\. a\n- 2\\. b\n- \\# c"),
        ("<ul><li><ol><li>a</li></ol></li><li><blockquote>b</blockquote></li></ul>", "- 1. a\n- > b"),
        ("<p>L<sub>e</sub> and T<sub>o</sub>, 1<sup>st</sup></p>", "L<sub>e</sub> and T<sub>o</sub>, 1st"),
        ("a<div></div>b<p></p>c", "a\n\nb\n\nc"),
        ("<p>~~~ sh</p><p>a<br>~~~ x</p><p>~5 and ~~</p>", "\\~~~ sh\n\na\\\n\\~~~ x\n\n~5 and ~~"),
        ("<p>-</p><p>a<br>=</p><p>#</p><p>7.</p><p>=1</p>", "\\-\n\na\\\n\\=\n\n\\#\n\n7\\.\n\n=1"),
        ("<p>a<br>-<code>v</code><br>3.<b>5</b><br>=<i>1</i></p>", "a\\\n-`v`\\\n3.**5**\\\n=*1*"),
        (
            "<p>a<br><span>~~~</span></p><p>b<br><span># x</span><br>1<span>. y</span></p>",
            "a\\\n\\~~~\n\nb\\\n\\# x\\\n1\\. y",
        ),
        ("<p>a<br><a name='x'></a>-</p><div><p>b</p><span>+ c</span></div>", "a\\\n\\-\n\nb\n\n\\+ c"),
        ("<ul><li>a</li><x-i><li>b</li></x-i></ul>", "- a\n- b"),
        (
            "<div class='admonition note'><p class='admonition-title'>Please<br>note</p><p>x</p></div>",
            "> **Please note**\n>\n> x",
        ),
        (
            "<p>run the <code>batch</code>:</p>x <tt>bash</tt><pre>y</pre>",
            "run the `batch`:\n\nx `bash`\n\n```\ny\n```",
        ),
    ],
)
def test_text_is_read_as_it_is_shown(html: str, expected: str) -> None:
    assert markdown(html) == expected
