"""Signatures of API references: a heading or code with the name, its links kept, the description under it."""

import pytest

from tests.extract.test_page import markdown

B = "https://docs.example/guide"
HEADINGS = [
    (  # Haddock
        "<div class='top'><p class='src'><a id='v:f' class='def'>f</a> :: <a href='T.html#t:Int'>Int</a> -&gt; a <a href='src/F.html' class='link'>Source</a> "
        "<a href='#v:f' class='selflink'>#</a></p><div class='doc'><p>x</p></div></div>",
        f"## `f ::` [`Int`]({B}/T.html#t:Int) `-> a`\n\nx",
    ),
    (  # Scaladoc
        "<h3>Members</h3><div class='members'><ol><li name='a'><h4 class='signature'><span class='modifier_kind'><span class='modifier'>final </span> "
        "<span class='kind'>def</span> </span> <span class='symbol'> <span class='name'>act</span><span class='params'>()</span><span class='result'>: "
        "<a href='U.html'>Unit</a></span> </span></h4><p class='shortcomment cmt'>x</p><div class='fullcomment'><div class='comment cmt'><p>x</p></div></div></li></ol></div>",
        f"### Members\n\n#### `final def act():` [`Unit`]({B}/U.html)\n\nx",
    ),
    (  # YARD
        "<h3 class='signature'>#<strong>push</strong>(job) ⇒ <tt><a href='O.html'>Object</a></tt></h3><div class='tags'><p class='tag_title'>Parameters:</p>"
        "<ul class='param'><li><span class='name'>job</span> <span class='type'>(<tt>Proc</tt>)</span> — <div class='inline'><p>what</p></div></li></ul></div>",
        f"### `#push(job) ⇒` [`Object`]({B}/O.html)\n\n**Parameters:**\n\n- job (`Proc`) — what",
    ),
    (  # RDoc
        "<h3>Methods</h3><div class='method-detail'><div class='method-heading'><span class='method-name'>push</span><span class='method-args'>(job = nil)</span> "
        "<span class='method-click-advice'>click to toggle source</span></div><div class='method-description'><p>x</p></div></div>",
        "### Methods\n\n#### `push(job = nil)`\n\nx",
    ),
    (  # PlDoc
        "<h2>P</h2><dl class='latex'><dt class='pubdef'><a id='z/1'><strong>zopen</strong>(<var>+S</var>)</a></dt><dd class='defbody'>x</dd></dl>",
        "## P\n\n### `zopen(+S)`\n\nx",
    ),
    (  # Texinfo, old and new
        "<h2>P</h2><dl class='def'><dt id='i'><span class='category'>Function: </span><span><strong>tag</strong> <em>o</em><a href='#i' class='copiable-anchor'> ¶</a></span></dt>"
        "<dd><p>x</p></dd></dl>",
        "## P\n\n### Function: `tag o`\n\nx",
    ),
    (
        "<h2>P</h2><dl class='first-deffn'><dt class='deffn' id='i'><span class='category-def'>Function: </span><span><strong class='def-name'>tag</strong> "
        "<var class='def-var-arguments'>o</var><a class='copiable-link' href='#i'> ¶</a></span></dt><dd><p>x</p></dd></dl>",
        "## P\n\n### Function: `tag o`\n\nx",
    ),
    (  # ExDoc
        "<section class='detail'><div class='detail-header'><a href='#a/1' class='detail-link'>L</a><h1 class='signature'>all?(e)</h1><a class='icon-action' href='s'>S</a></div>"
        "<section><p>x</p></section></section>",
        "### `all?(e)`\n\nx",
    ),
    (  # JSDoc
        "<h4 class='name' id='f'><span class='type-signature'>(static) </span>f<span class='signature'>(a)</span><span class='type-signature'> → {<a href='S.html'>S</a>}</span></h4><p>x</p>",
        f"#### `(static) f(a) → {{`[`S`]({B}/S.html)`}}`\n\nx",
    ),
    (  # Qt
        "<h3 class='fn' id='a'><a name='a'></a><span class='type'><a href='q.html'>QChar</a></span> QString::<span class='name'>at</span>(int <i>p</i>) const</h3><p>x</p>",
        f"### [`QChar`]({B}/q.html) `QString::at(int p) const`\n\nx",
    ),
    (  # Sphinx
        "<dl class='py function'><dt class='sig' id='f'>f(x: <a href='i.html'>int</a>)</dt><dd><p>x</p></dd></dl>",
        f"## `f(x:` [`int`]({B}/i.html)`)`\n\nx",
    ),
    (  # rustdoc
        "<h4 class='code-header'>pub fn <a href='#m.get' class='fn'>get</a>(k: <a href='u8.html'>u8</a>)</h4>",
        f"#### `pub fn get(k:` [`u8`]({B}/u8.html)`)`",
    ),
]
CODE = [
    (  # Scribble
        "<h2>P</h2><div class='SIntrapara'><blockquote class='SVInsetFlow'><table class='boxed RBoxed'><tr><td><blockquote class='SubFlow'>"
        "<div class='RBackgroundLabel SIEHidden'><div class='RBackgroundLabelInner'><p>procedure</p></div></div><p class='RForeground'><span class='RktPn'>(</span>"
        "<a class='RktValDef' href='#x'>add</a>&nbsp;x<span class='RktPn'>)</span> → <a href='n.html'>number?</a></p></blockquote></td></tr></table></blockquote></div><p>x</p>",
        f"## P\n\n### procedure `add`\n\n```racket\n(add x) → number?\n```\n\n[`number?`]({B}/n.html)\n\nx",
    ),
    (  # Javadoc
        "<div class='member-signature'><span>public</span>&nbsp;<a href='S.html'>String</a>&nbsp;f()</div>",
        f"```java\npublic String f()\n```\n\n[`String`]({B}/S.html)",
    ),
    (  # gtk-doc
        "<div class='refsect2'><h3>g_new ()</h3><pre class='programlisting'><a href='G.html'>GFile</a> *\ng_new (void);</pre></div>",
        f"### g_new ()\n\n```\nGFile *\ng_new (void);\n```\n\n[`GFile`]({B}/G.html)",
    ),
    (  # cppreference
        "<table class='t-dcl-begin'><tbody><tr class='t-dcl'><td><div>template&lt; class T &gt;<br>void f( T&amp;&amp; a );</div></td><td>(1)</td><td>(since C++11)</td></tr></tbody></table>",
        "(1) (since C++11)\n\n```cpp\ntemplate< class T >\nvoid f( T&& a );\n```",
    ),
    (  # types in cells
        "<table><tr><th>a</th><th>b</th></tr><tr><td><code>Map&lt;<a href='S.html'>S</a>, <a href='F.html'>F</a>&gt;</code></td><td>x</td></tr></table>",
        f"| a | b |\n| --- | --- |\n| `Map<`[`S`]({B}/S.html)`,` [`F`]({B}/F.html)`>` | x |",
    ),
    ("<p><code>f</code><code>(x)</code> <code>a</code><code>b</code></p>", "`f(x)` `a` `b`"),
    (  # a table of data that is called "info"
        "<p>x</p><table class='info'><tr><th>License</th><td>BSD</td></tr><tr><th>Stability</th><td>stable</td></tr></table>",
        "x\n\n|  |  |\n| --- | --- |\n| License | BSD |\n| Stability | stable |",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("html", "expected"), HEADINGS + CODE)
def test_each_generators_entry(html: str, expected: str) -> None:
    assert markdown(html) == expected


def test_a_definition_of_scribble_without_a_name_keeps_its_kind() -> None:
    form = "<p class='RForeground'>(make-object snip%)</p>"
    label = "<div class='RBackgroundLabel SIEHidden'><div class='RBackgroundLabelInner'><p>constructor</p></div></div>"
    shown = markdown(
        f"<table class='boxed RBoxed'><tr><td><blockquote class='SubFlow'>{label}{form}</blockquote></td></tr></table><p>Makes it.</p>"
    )
    assert shown == "*constructor*\n\n```racket\n(make-object snip%)\n```\n\nMakes it."
