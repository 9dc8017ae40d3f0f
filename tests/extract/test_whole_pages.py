"""Whole pages of generators: all of the text, none of what stands around it."""

import pytest

from tests.extract.test_page import markdown, read


def test_the_description_above_a_long_listing_is_read_however_short_it_is() -> None:
    members = "".join(
        f"<section><h3>m{n}</h3><p><a href='x'>{'What it does. ' * 4}</a>At length.</p></section>" for n in range(20)
    )
    text = read(
        f"<div id='top'><h1>Thing</h1><p>Describes what the thing is and when it is used, in a sentence.</p></div>"
        f"<div class='menu'><a href='a'>A</a></div><div id='content'>{members}</div>"
    ).markdown
    assert "Describes what the thing is" in text
    assert "### m19" in text


def test_a_type_of_scaladoc_is_read_with_its_description_and_signature_and_without_its_switches() -> None:
    text = read(
        "<body class='type'><div id='definition'><img src='type_big.png' alt='Type'><p id='owner'><a href='p.html'>scala</a></p><h1>Bind</h1></div>"
        "<h4 id='signature' class='signature'><span class='symbol'>Bind</span></h4>"
        "<div id='comment' class='fullcommenttop'><div class='comment cmt'><p>Bind a variable.</p></div></div>"
        "<div id='mbrsel'><div id='order'><span class='filtertype'>Ordering</span><ol><li class='alpha in'><span>Alphabetic</span></li></ol></div></div>"
        "<div id='template'><div id='allMembers'><div class='values members'><h3>Value Members</h3><ol><li name='b'><h4 class='signature'><span class='symbol'>body</span></h4>"
        f"<div class='fullcomment'><div class='comment cmt'><p>{'What it is. ' * 40}</p></div></div></li></ol></div></div></div>"
        "<div id='footer'>Scala programming documentation.</div></body>"
    ).markdown
    assert text.startswith("# Bind\n\n#### `Bind`\n\nBind a variable.\n\n### Value Members\n\n#### `body`")
    for furniture in ("Ordering", "Alphabetic", "programming documentation", "type_big"):
        assert furniture not in text


def test_a_heading_that_says_the_title_again_is_left_out_in_any_case_and_a_later_one_is_not() -> None:
    text = read(
        "<title>Inets</title><main><h1>Inets</h1><center><h1>inets</h1></center><p>x</p><h2>Inets</h2><p>y</p></main>"
    ).markdown
    assert text == "# Inets\n\nx\n\n## Inets\n\ny\n"


@pytest.mark.parametrize("mark", ['<DIV CLASS="navigation"><!--Navigation Panel-->', "<!--Navigation Panel-->"])
def test_the_menu_that_latex2html_writes_above_a_text_is_left_out(mark: str) -> None:
    menu = '<A HREF="n.html"><IMG ALT="next" SRC="next.png"></A><BR><B> Next:</B> <A HREF="n.html">Functions</A>'
    end = "</DIV>" if mark.startswith("<DIV") else ""
    text = read(
        f"<!--Converted with LaTeX2HTML--><title>Defined</title><body>{mark}{menu}{end}<!--End of Navigation Panel--><H3>Defined</H3>"
        f"It is defined so.<P>And so.</body>"
    ).markdown
    assert text == "# Defined\n\nIt is defined so.\n\nAnd so.\n"


def test_a_list_of_doxygen_has_no_icons_and_a_member_keeps_its_labels() -> None:
    text = read(
        '<meta name="generator" content="Doxygen 1.9"><div class="contents"><table class="directory"><tr><td class="entry"><span class="arrow">▼</span>'
        '<span class="icona"><span class="icon">C</span></span><a href="d.html">Device</a></td><td class="desc">A device.</td></tr></table>'
        '<h2 class="memtitle">f()</h2><div class="memitem"><div class="memproto"><table class="mlabels"><tr><td class="mlabels-left"><table class="memname"><tr>'
        '<td class="memname">int f</td><td>(</td><td>)</td></tr></table></td><td class="mlabels-right"><span class="mlabels"><span class="mlabel">inline</span>'
        '<span class="mlabel">explicit</span></span></td></tr></table></div><div class="memdoc"><p>Does it.</p></div></div></div>'
    ).markdown
    assert "| [Device](https://docs.example/guide/d.html) | A device. |" in text
    assert "`inline`, `explicit`" in text
    assert "int f ()" in text


def test_addresses_are_told_without_what_hides_them_from_programs() -> None:
    def hidden(address: str) -> str:
        return bytes((42, *(byte ^ 42 for byte in address.encode()))).hex()

    def shown(address: str, tag: str) -> str:
        return f'<{tag} class="__cf_email__" data-cfemail="{hidden(address)}">[email&#160;protected]</{tag}>'

    text = read(
        f"<h1>T</h1><p>Ask {shown('ask@acme.example', 'a href=/cdn-cgi/l/email-protection')} or "
        f'<a href="/cdn-cgi/l/email-protection#{hidden("us@acme.example")}">write to us</a>.</p>'
        f"<pre><code>npm install {shown('acme@1.2.3', 'span')} --save</code></pre>"
        '<p>And <a class="__cf_email__" data-cfemail="zz">[email protected]</a>.</p>'
    ).markdown
    assert "Ask ask@acme.example or [write to us](mailto:us@acme.example)." in text
    assert "```\nnpm install acme@1.2.3 --save\n```" in text
    assert "And [email protected]." in text

    bell = f"<a href='/cdn-cgi/l/email-protection#{hidden(chr(7))}'>{shown(chr(7), 'span')}</a>"
    assert read(f"<h1>T</h1><p>Ring {bell}.</p><h2>S</h2>").markdown.startswith("# T\n\nRing ")

    text = read(
        '<meta name="generator" content="Doxygen 1.9"><div class="contents"><p>Made by Ada <a href="#" onclick="location.href=\'mai\'; return '
        'false;">ada<span class="obfuscator">.nosp@m.</span>@acm<span class="obfuscator">.nosp@m.</span>e.example</a> alone.</p></div>'
    ).markdown
    assert "Made by Ada ada@acme.example alone." in text


def test_a_section_of_the_same_class_as_the_longest_is_read_though_it_is_links() -> None:
    links = "".join(f"<li><a href='#{n}'>textutil::adjust number {n}</a></li>" for n in range(9))
    text = read(
        "<title>T</title><body><h1>T</h1><div id='toc' class='section'><h2>Table Of Contents</h2><ul><li><a href='#s'>Synopsis</a></li></ul></div>"
        f"<div id='synopsis' class='section'><h2>Synopsis</h2><ul>{links}</ul></div>"
        f"<div id='section1' class='section'><h2>Description</h2><p>{'What it does, at length. ' * 200}</p></div></body>"
    ).markdown
    assert "## Synopsis" in text
    assert "number 8" in text


def test_a_page_that_is_one_table_of_data_stays_a_table() -> None:
    rows = "".join(f"<tr><td>&nbsp;</td><td>name {n}</td><td>what it means {n}</td></tr>" for n in range(9))
    text = read(
        f"<title>T</title><body><table><tr><td colspan=3>Names</td><td></td></tr>{rows}</table></body>"
    ).markdown
    assert "|  | name 8 | what it means 8 |  |" in text


def test_a_section_whose_id_is_its_heading_is_text_wherever_it_stands() -> None:
    more = "".join(f"<div class='section' id='s{n}'><h2>S{n}</h2><p>{'Words of it. ' * 40}</p></div>" for n in range(9))
    text = markdown(
        f"<div class='section' id='more'>{more}</div><div class='section' id='comments'><h4>Comments</h4><p>Lines that start so are ignored, and empty ones are, too, always.</p></div>"
    )
    assert "Lines that start so" in text
