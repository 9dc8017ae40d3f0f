"""Shapes that frameworks and generators write, each of a kind that readers reported lost."""

import pytest

from tests.extract.test_page import markdown, read

BASE = "https://docs.example/guide"

PANELS = [
    (
        "<div class='spoiler'><div class='spoiler-title'>More</div><div class='spoiler-body' style='display: none;'>x y</div></div>",
        "**More**\n\nx y",
    ),
    ("<div><button>Why?</button><div x-show='open' style='display:none'>Because.</div></div>", "**Why?**\n\nBecause."),
    ("<faq-item question='Why?'><p>Because.</p></faq-item>", "**Why?**\n\nBecause."),
    (
        "<div class='row'><a href='#' onclick='s(1)'>Go</a> <a href='#' onclick='s(2)'>Rust</a></div>"
        "<div class='sn'><p>x</p></div><div class='sn' style='display:none'><p>y</p></div>",
        "**Go**\n\nx\n\n**Rust**\n\ny",
    ),
    (
        "<div><div class='flex'><div>a.js</div><div>a.py</div></div><div><div class='p'><pre>x</pre></div><div class='p hidden'><pre>y</pre></div></div></div>",
        "**a.js**\n\n```\nx\n```\n\n**a.py**\n\n```\ny\n```",
    ),
    (  # two sets on a page: no label is another set's
        "<div class='tabbed-set tabbed-alternate'><div class='tabbed-labels'><label>A</label><label>B</label></div><div class='tabbed-content'>"
        "<div class='tabbed-block'><p>x</p></div><div class='tabbed-block'><p>y</p></div></div></div>"
        "<div class='csstabs'><div class='t'><input type='radio' id='1'><label for='1'>C</label><div>v</div></div>"
        "<div class='t'><input type='radio' id='2'><label for='2'>D</label><div>w</div></div></div>",
        "**A**\n\nx\n\n**B**\n\ny\n\n**C**\n\nv\n\n**D**\n\nw",
    ),
]
PARSED = [
    ("<p>a</p><embed src='d.pdf' title='D'><p>b</p>", f"a\n\n[D]({BASE}/d.pdf)\n\nb"),
    ("<p><image src='i.png' alt='I'> b</p>", f"![I]({BASE}/i.png) b"),
    ("<dl><dt>A<dt>B<dd>one<dd>two</dl>", "**A**\n\n**B**\n  one\n\n  two"),
    ("<h2><p>Head</p></h2><p>x</p>", "## Head\n\nx"),
    ("<h2 id='a'><p class='b'>Head <em>two</em></p></h2><p>x</p>", "## Head *two*\n\nx"),
]
WORDS = [
    (
        "<table><tr><td><button>name</button></td><td>string</td></tr></table>",
        "|  |  |\n| --- | --- |\n| name | string |",
    ),
    ("<ul><li><button>Part</button><p>Its text.</p></li></ul>", "- **Part**\n\n  Its text."),
    (
        "<div><button class='p'>a <span>object</span></button><div>Where to ship.</div></div>",
        "**a object**\n\nWhere to ship.",
    ),
    ("<div>Was this helpful? <button>Yes</button><button>No</button></div><p>x</p>", "x"),
    (
        "<h2>A</h2><p>Copyright © 2020 stands in each file.</p><h2>B</h2><p>x</p>",
        "## A\n\nCopyright © 2020 stands in each file.\n\n## B\n\nx",
    ),
    ("<p>Last updated times are in UTC.</p>", "Last updated times are in UTC."),
    ("<div class='info'><p>No box.</p></div>", "No box."),
    ("<div class='abstract'><p>What it does.</p></div>", "What it does."),
    ("<div class='info'><p class='title'>Info</p><p>Box.</p></div>", "> **Info**\n>\n> Box."),
]
PICTURES = [
    ("<p><img data-echo='a.png' alt='A'></p>", f"![A]({BASE}/a.png)"),
    ("<p><img src='a.png' title='A'></p>", f"![A]({BASE}/a.png)"),
    ("<p><amp-img src='a.png' alt='A'></amp-img></p>", f"![A]({BASE}/a.png)"),
    ("<p>a <img src='w.png' alt='⚠️'> b</p>", "a ⚠️ b"),
    (
        "<lite-youtube videoid='abc' playlabel='Play: Intro'></lite-youtube>",
        "[Intro](https://www.youtube.com/watch?v=abc)",
    ),
    ("<object data='d.svg'><img src='d.png' alt='D'></object>", f"![D]({BASE}/d.svg)"),
]
MARKUP = [
    ("<p>---</p>", "\\---"),
    ("<p>===</p>", "\\==="),
    ("<p>[x]: http://e.example</p>", "\\[x]: http://e.example"),
    ("<h2>Learn C #</h2><p>x</p>", "## Learn C \\#\n\nx"),
    ("<h2>Learn C#</h2><p>x</p>", "## Learn C#\n\nx"),
    ("<p><a href='a\nb'>x</a></p>", f"[x]({BASE}/ab)"),
]


@pytest.mark.parametrize(("html", "expected"), PANELS + PARSED + WORDS + PICTURES + MARKUP)
def test_each_shape_that_a_framework_writes(html: str, expected: str) -> None:
    assert markdown(html) == expected


def test_a_page_that_only_readers_without_scripts_see_is_read_however_short_it_is() -> None:
    page = "<body><div id='root'></div><noscript><h1>Guide</h1><p>Start it, then wait.</p></noscript></body>"
    assert read(page).markdown == "# Guide\n\nStart it, then wait.\n"


def test_slides_in_markdown_are_read() -> None:
    page = (
        "<body><div class='slides'><section data-markdown><script type='text/template'>\n## One\n* a\n</script></section>"
        "<section data-markdown><textarea data-template>\n## Two\nb & c\n</textarea></section></div></body>"
    )
    assert "## One\n* a\n\n## Two\nb & c" in read(page).markdown


SPANS = [
    ("<p>a<span style='vertical-align: super'>3</span> e<span class='superscript'>x</span></p>", "a³ e<sup>x</sup>"),
    ("<span data-as='p'>One.</span><span data-as='p'>Two.</span>", "One.\n\nTwo."),
    ("<div class='f'><span>id</span><span>uuid</span><span>read-only</span></div>", "id uuid read-only"),
    ("<div style='display:flex'><span>PATCH</span><span>/things</span></div>", "PATCH /things"),
    (
        "<div class='a'><span class='platform'>iOS 13.0+</span><span class='platform'>macOS</span></div>",
        "iOS 13.0+ macOS",
    ),
    ("<h3>list<span class='version'>v2.1</span></h3><p>x</p>", "### list v2.1\n\nx"),
    ("<h3><span>push</span><wbr><span>(_:)</span></h3><p>x</p>", "### push(\\_:)\n\nx"),
    (
        "<h3><code><code><a href='t.html'>twisted</a></code><wbr></wbr>.<code>web</code><wbr></wbr>.<code>http</code></code></h3>"
        "<p>x</p>",
        "### [`twisted`](https://docs.example/guide/t.html)`.web.http`\n\nx",
    ),
    (
        "<p>Un<b>believ</b>able, <span class='hl'>foo</span><span class='hl'>Bar</span>.</p>",
        "Un**believ**able, fooBar.",
    ),
    (
        "<div><span class='stack'><a href='c'>Card</a><span class='description'>Third.</span></span></div>",
        f"[Card]({BASE}/c) Third.",
    ),
    ("<p>Press <i aria-label='Settings'></i> and wait.</p>", "Press Settings and wait."),
    ("<p>See <a href='c'>it (opens new window)</a>.</p>", f"See [it]({BASE}/c)."),
    ("<p>a <img src='m.png' alt='{\\displaystyle E=mc^{2}}'> b</p>", "a $E=mc^{2}$ b"),
]
BOXES = [
    (
        "<ul><li><i class='fa fa-check-square-o'></i> a</li><li><i class='fa fa-square-o'></i> b</li></ul>",
        "- [x] a\n- [ ] b",
    ),
    (
        "<ul><li class='checked' data-inline-task-id='1'>a</li><li data-inline-task-id='2'>b</li></ul>",
        "- [x] a\n- [ ] b",
    ),
    (
        "<table><tr><td>a</td><td><i class='icon'></i><span class='sr-only'>Yes</span></td></tr></table>",
        "|  |  |\n| --- | --- |\n| a | Yes |",
    ),
    (
        "<table role='presentation'><tr><td><code>a</code></td><td>x</td></tr><tr><td><code>b</code></td><td>y</td></tr></table>",
        "|  |  |\n| --- | --- |\n| `a` | x |\n| `b` | y |",
    ),
]
LISTINGS = [
    (
        "<div class='CodeMirror-lines'><div class='CodeMirror-line'>a</div><div class='CodeMirror-line'>  b</div></div>",
        "```\na\n  b\n```",
    ),
    ("<ol class='linenums'><li><code>a</code></li><li><code>  b</code></li></ol>", "```\na\n  b\n```"),
    ("<p style='font-family:Courier New'>a<br>&nbsp;&nbsp;b</p>", "```\na\n  b\n```"),
    ("<pre class='sourceCode r'><code class='sourceCode r'>x</code></pre>", "```r\nx\n```"),
    ("<pre data-syntaxhighlighter-params='brush: sql; gutter: false'>x</pre>", "```sql\nx\n```"),
    ("<pre><code class='language-diff-js'>- a\n+ b</code></pre>", "```diff\n- a\n+ b\n```"),
    ("<pre><code><span data-line>a</span>\n<span data-line data-diff='+'>b</span></code></pre>", "```\n a\n+b\n```"),
    (
        "<div class='symbol monospace'><span>fun </span><a href='p'>push</a>()<br>x</div>",
        f"```kotlin\nfun push()\nx\n```\n\n[`push`]({BASE}/p)",
    ),
    (
        "<blockquote class='SCodeFlow'><table><tr><td><span class='RktPn'>(</span>a)</td></tr><tr><td><p>1</p></td></tr></table></blockquote>"
        "<p class='RForeground'></p>",
        "```racket\n(a)\n1\n```",
    ),
]
AROUND = [
    (
        "<div class='node'><p><hr>Next:&nbsp;<a rel='next' href='b'>B</a>, Previous:&nbsp;<a rel='previous' href='a'>A</a><hr></div><p>x</p>",
        "x",
    ),
    ("<p>x</p><hr><div class='header'><p>Next: <a href='b'>B</a></p></div>", "x"),
    ("<p>Next: read <a href='b'>B</a>.</p>", f"Next: read [B]({BASE}/b)."),
    (
        "<p>The part about names comes first.</p><ul class='breadcrumbs'><li>crumb(one)</li></ul><p>The part about values comes last.</p>",
        "The part about names comes first.\n\n- crumb(one)\n\nThe part about values comes last.",
    ),
]


@pytest.mark.parametrize(("html", "expected"), SPANS + BOXES + LISTINGS + AROUND)
def test_each_shape_that_style_alone_makes(html: str, expected: str) -> None:
    assert markdown(html) == expected


def test_the_menu_beside_a_short_text_is_left_out() -> None:
    menu = "".join(f"<li><a href='/{number}'>Chapter {number}</a></li>" for number in range(8))
    page = f"<body><div><div class='side'><h3>Guide</h3><ul>{menu}</ul></div><div><h1>Short</h1><p>One line only.</p></div></div></body>"
    assert read(page).markdown == "# Short\n\nOne line only.\n"


@pytest.mark.parametrize(
    ("head", "html", "title"),
    [
        (
            "<title>Queue — work v1.0</title>",
            "<h1>Queue <small>(work v1.0)</small></h1><p>x</p><h1>Functions</h1>",
            "Queue (work v1.0)",
        ),
        ("<title>Units2 - D</title>", "<h1>Units<sup>2</sup></h1><p>x</p>", "Units²"),
    ],
)
def test_a_title_is_its_heading_as_shown(head: str, html: str, title: str) -> None:
    assert read(f"<head>{head}</head><body><main>{html}</main></body>").markdown.startswith(f"# {title}\n\nx")


UNFOLDED = [
    (
        "<form><h2>Send</h2><p>All the words inside of a form count.</p><input type='submit'></form>",
        "## Send\n\nAll the words inside of a form count.",
    ),
    (
        "<div><div class='faq-question' onclick='t()'>Why?</div><div class='faq-answer' style='max-height:0;overflow:hidden'><p>x</p></div></div>",
        "**Why?**\n\nx",
    ),
    ("<details><summary>Why?<span class='icon'>+</span></summary><p>x</p></details>", "**Why?**\n\nx"),
    (
        "<p><a class='MCTogglerHotSpot' data-mc-targets='t'>More</a></p><div data-mc-target-name='t' style='display:none' class='MCToggler'><p>x</p></div>",
        "More\n\nx",
    ),
    (
        "<p>An <a class='MCExpandingHead'>API<span class='MCExpandingBody' style='display:none'> (an interface)</span></a>.</p>",
        "An API (an interface).",
    ),
    (
        "<div class='CodeTabs'><div><button>cURL</button><button>Node</button></div><div class='in'><pre>x</pre><pre>y</pre></div></div>",
        "**cURL**\n\n```\nx\n```\n\n**Node**\n\n```\ny\n```",
    ),
    (
        "<p>a</p><aside class='example'><div><a href='#e'>Example 1</a></div><pre>x</pre></aside>",
        f"a\n\n[Example 1]({BASE}/page.html#e)\n\n```\nx\n```",
    ),
    (
        "<div class='redoc-json'><code><span>{</span><ul><li><div><span>\"id\"</span>: <span>1</span></div></li></ul><span>}</span></code></div>",
        '```json\n{\n  "id": 1\n}\n```',
    ),
    ("<details><summary>Table of contents</summary><ol><li><a href='#c'>C</a></li></ol></details><p>x</p>", "x"),
    (
        "<blockquote class='callout'><h3 class='callout-heading'><span>!</span><p>Good to know</p></h3><p>x</p></blockquote>",
        "> **! Good to know**\n>\n> x",
    ),
]
LISTED = [
    ("<ul><li><div><div>•</div></div><div><p>item</p></div></li></ul>", "- item"),
    ("<ol><li><div>1.</div><div><p>item</p></div></li></ol>", "1. item"),
    ("<ol start='1'><li>a</li></ol><ol start='2'><li>b</li></ol>", "1. a\n\n2. b"),
    ("<ol><li>a</li></ol><ol><li>b</li></ol>", "1. a\n\n1) b"),
    (
        "<ul><li><div class='checkbox checkbox-on'></div> <span>a</span></li><li><div class='checkbox checkbox-off'></div> <span>b</span></li></ul>",
        "- [x] a\n- [ ] b",
    ),
    ("<table class='hlist'><tr><td><ul><li>a</li></ul></td><td><ul><li>b</li></ul></td></tr></table>", "- a\n\n- b"),
    (
        "<table><tr><td></td><td><b>-v</b></td><td></td><td>loud</td></tr><tr><td></td><td><b>-q</b></td><td></td><td>quiet</td></tr></table>",
        "|  |  |\n| --- | --- |\n| **-v** | loud |\n| **-q** | quiet |",
    ),
]
MORE = [
    ("<div class='verbatim'>one\n &#x00A0;<br />&#x00A0;&#x00A0;two\n &#x00A0;<br /></div>", "```\none\n  two\n```"),
    ("<p>[<a href='b'>next</a>] [<a href='a'>prev</a>] [<a href='#t'>tail</a>] [<a href='u'>up</a>]</p><p>x</p>", "x"),
    ("<p><span class='expand-control-icon'><img src='i.gif'></span>x</p>", "x"),
]


@pytest.mark.parametrize(("html", "expected"), UNFOLDED + LISTED + MORE)
def test_each_shape_that_a_help_system_writes(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<main><h1>Topic</h1><article><p>Words of the post.</p></article></main>", "# Topic\n\nWords of the post.\n"),
        (
            "<head><title>Written</title></head><body><p class='title'>Written</p><h1>First</h1><p>x</p></body>",
            "# Written\n\n## First\n\nx\n",
        ),
        (
            "<body><article><header><h1>Start</h1><p>The short text.</p></header><div class='rm-Markdown'><p>What is said at length.</p></div></article></body>",
            "# Start\n\nThe short text.\n\nWhat is said at length.\n",
        ),
        (
            "<head><title>Pets API</title></head><body><main><h1>Pets</h1><h2>Responses</h2><p>200 A list</p><p>404 None</p></main></body>",
            "# Pets\n\n## Responses\n\n200 A list\n\n404 None\n",
        ),
    ],
)
def test_what_stands_around_the_text_is_judged_by_its_place(page: str, expected: str) -> None:
    assert read(page).markdown == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<div><nav class='x-tabs'><button class='x-tab' data-tabname='A'>A</button><button class='x-tab' data-tabname='B'>B</button></nav>"
            "<div class='x-tab-content' data-tabname='A'><p>x</p></div><div class='x-tab-content hidden' data-tabname='B'><p>y</p></div></div>",
            "**A**\n\nx\n\n**B**\n\ny",
        ),
        ("<ul><li><button>pages</button><ul><li><a>index.mdx</a></li></ul></li></ul>", "- **pages**\n\n  - index.mdx"),
        ("<p>x</p><div class='pageinfo pageinfo-primary'><p>Since May.</p></div><p>y</p>", "x\n\nSince May.\n\ny"),
        ("<p><a href='a.yaml'>a.yaml</a><img src='c.svg' alt='Copy' onclick='x()'></p>", f"[a.yaml]({BASE}/a.yaml)"),
    ],
)
def test_each_shape_of_a_theme(html: str, expected: str) -> None:
    assert markdown(html) == expected


def test_a_banner_that_begins_with_the_sites_name_is_not_the_title() -> None:
    head = "<title>Neuroimaging in Python &#8212; NiBabel 5.0.0 documentation</title>"
    banner = "<div><h1>NiBabel</h1><h3>Access a cacophony of formats</h3></div>"
    text = f"<div class='body' role='main'><h1>minc2</h1><p>{'Support of files. ' * 9}</p><h2>Use</h2><p>So.</p></div>"
    assert read(f"<head>{head}</head><body>{banner}{text}</body>").markdown.startswith("# minc2\n\nSupport")


def test_a_heading_in_main_beside_the_content_is_the_title_whatever_the_head_says() -> None:
    page = (
        "<head><title>Getting started | D</title></head><body><main><div><h1>Get started with D</h1></div>"
        "<div class='sl-markdown-content'><p>The text of the page, which is all that it has to say.</p></div></main></body>"
    )
    assert read(page).markdown.startswith("# Get started with D\n\nThe text")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<p>a<sup><a href='#n'>1</a></sup> b<sup><a href='#m'>2</a></sup></p><ol><li id='n'>One. <a href='#r'>↩</a></li></ol><p id='m'><sup>2</sup> Two.</p>",
            "a[^1] b[^2]\n\n[^1]: One.\n\n[^2]: Two.",
        ),
        ("<code><pre>a\n  b</pre></code>", "```\na\n  b\n```"),
        (
            "<table class='hl'><tr><td class='ln'>1<br>2</td><td class='src'><code>x()<br>&nbsp;&nbsp;y()</code></td></tr></table>",
            "```\nx()\n  y()\n```",
        ),
        (
            "<p><select><option>1.0</option><option selected>2.0</option></select> is the version.</p>",
            "2.0 is the version.",
        ),
        (
            "<table><tr><td>x</td><td><dl><dt>k</dt><dd>v</dd><dt>l</dt><dd>w</dd></dl></td></tr></table>",
            "|  |  |\n| --- | --- |\n| x | k: v<br>l: w |",
        ),
        (
            "<table><tr><td>x</td><td><img src='i.png' alt='I'></td></tr></table>",
            f"|  |  |\n| --- | --- |\n| x | ![I]({BASE}/i.png) |",
        ),
        (
            "<div class='code-toolbar'><pre>x</pre><div class='toolbar'><span>SQL</span><button>Copy</button></div></div>",
            "```\nx\n```",
        ),
    ],
)
def test_each_shape_of_notes_code_and_cells(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p><code>(a b)</code><code>(a b c)</code></p>", "`(a b)` `(a b c)`"),
        (
            "<ul><li><span class='parameter'>job</span><span class='types'><a href='j'>Job</a></span> what</li></ul>",
            f"- job [Job]({BASE}/j) what",
        ),
        ("<h2>Queue<span class='package'>in package</span></h2><p>x</p>", "## Queue in package\n\nx"),
        (
            "<dl><dt>a<span class='classifier-delimiter'>:</span> <span class='classifier'>str</span></dt><dd>b</dd></dl>",
            "**a: str**\n  b",
        ),
        ("<p><code>work</code> — <div class='Nd'>runs jobs</div></p><p>x</p>", "`work` — runs jobs\n\nx"),
        (
            "<div><div class='collapsed'><h2>A ▹</h2></div><div class='expanded'><h2>A ▾</h2><p>x</p></div></div>",
            "## A ▾\n\nx",
        ),
        ("<div class='signature-long monospace'>class Box</div><p>x</p>", "```scala\nclass Box\n```\n\nx"),
    ],
)
def test_each_shape_of_a_reference(html: str, expected: str) -> None:
    assert markdown(html) == expected


def test_a_list_of_what_the_page_tells_is_no_menu() -> None:
    names = "".join(f"<li><a href='#{name}'>{name}</a> :: Int</li>" for name in ("one", "two", "three", "four", "five"))
    page = f"<body><div><div><h3>Synopsis</h3><ul>{names}</ul></div><div><h1>Part</h1><p>Words.</p></div></div></body>"
    assert "Synopsis" in read(page).markdown


OLD_MARKUP = [
    ("<p>x <math class='inline'><i>n-1</i></math>th</p>", "x *n-1*th"),  # as it was written before MathML
    ("<pre>BCC(<math><i>c</i></math>)\n<math><i>z</i></math></pre>", "```\nBCC(c)\nz\n```"),
    ("<p><math><mi>x</mi><mo>=</mo><mtext>a <b>b</b></mtext></math></p>", "$x=\\text{a b}$"),
    ("<p><b><b></b><pre>x = 1</pre></b></p>", "```\nx = 1\n```"),  # a forgotten end tag
    ("<p><em>a<ul><li>b</li></ul></em></p>", "a\n\n- b"),
    (
        "<pre><code>{.inline, <span class='pragmadots'>...</span><span class='pragmawrap'>raises: [].}</span></code></pre>",
        "```\n{.inline, raises: [].}\n```",
    ),
    ("<pre><span class='sourceLineNo'>001</span>package a;\n<span class='sourceLineNo'>002</span>b</pre>", "```\npackage a;\nb\n```"),
]  # fmt: skip


@pytest.mark.parametrize(("html", "expected"), OLD_MARKUP)
def test_each_shape_of_old_markup(html: str, expected: str) -> None:
    assert markdown(html) == expected


def test_a_title_is_not_said_again_below_a_line_of_facts() -> None:
    page = (
        "<title>Class A (Manual)</title><body><div class='contentContainer'><div class='header'><div>Package a.b</div>"
        "<h2 class='title'>Class A</h2></div><p>What it is for, in a sentence that is long enough.</p></div>"
        "<!-- Generated by javadoc --></body>"
    )
    assert read(page).markdown == "# Class A\n\nPackage a.b\n\nWhat it is for, in a sentence that is long enough.\n"


def test_tables_of_links_under_headings_keep_them() -> None:
    rows = "\n".join(f"<tr>\n<td><a href='{n}.html'>routine_{n}</a></td>\n</tr>" for n in range(40))
    page = f"<body><h1>All</h1><h2>Commands</h2><table><tr><td><a href='a'>mpicc</a></table><h2>Routines</h2><table>{rows}</table></body>"
    assert "## Commands\n\n[mpicc](" in read(page).markdown
    assert "## Routines\n\n|" in read(page).markdown
