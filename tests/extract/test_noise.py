"""Chrome is known by where it stands; a word, an id or a class alone decides nothing."""

import pytest

from tests.extract.test_page import markdown

_URL = "https://docs.example/guide"
_TEXT = "<p>A sentence of the page, long enough to be its running text, and not to be passed over.</p>"
_SAID = "A sentence of the page, long enough to be its running text, and not to be passed over."

STAYS = [
    ("<p>Click <strong>Share</strong>, then <b>Show more</b>.</p>", "Click **Share**, then **Show more**."),
    ("<ol><li><p><strong>Copy</strong></p></li><li>Paste</li></ol>", "1. **Copy**\n2. Paste"),
    (
        "<table><tr><th>Key</th><th>Does</th></tr><tr><td><b>Copy</b></td><td>x</td></tr></table>",
        "| Key | Does |\n| --- | --- |\n| **Copy** | x |",
    ),
    ("<dl><dt>Next</dt><dd>goes on</dd></dl>", "**Next**\n  goes on"),
    ("<h2>Share</h2><p>x</p>", "## Share\n\nx"),
    ("<p>See the <a href='n' rel='next'>next chapter</a>.</p>", f"See the [next chapter]({_URL}/n)."),
    ("<p>Call <a href='n'><code>Next</code></a> again.</p>", f"Call [`Next`]({_URL}/n) again."),
    (
        "<ul><li><a href='c'>Close</a></li><li><a href='n'>Next</a></li></ul>",
        f"- [Close]({_URL}/c)\n- [Next]({_URL}/n)",
    ),
    ("<dl><dt id='opt-cookie'>cookie</dt><dd>what to send</dd></dl>", "**cookie**\n  what to send"),
    ("<div id='cookies'><h2>Cookies</h2><p>They are kept.</p></div>", "## Cookies\n\nThey are kept."),
    ("<ul><li id='footer'>footer: the last line</li></ul>", "- footer: the last line"),
    ("<p class='versions'>Since 1.2, and in no earlier version.</p>", "Since 1.2, and in no earlier version."),
    ("<div class='banner'><p>It is deprecated.</p></div>", "It is deprecated."),
    ("<div class='comments'><p>They begin with a hash.</p></div>", "They begin with a hash."),
    (
        "<table class='related'><tr><th>Modules</th><th>See</th></tr><tr><td><a href='c'>core</a></td><td></td></tr></table>",
        f"| Modules | See |\n| --- | --- |\n| [core]({_URL}/c) |  |",
    ),
    ("<dl class='tags'><dt>a</dt><dd>the first</dd></dl>", "**a**\n  the first"),
    (f"<p>© 2020 has to stand in each file that is handed on.</p>{_TEXT * 2}", None),
    ("<p>Press <button>Send</button>, then wait.</p>", "Press Send, then wait."),
    (
        "<div><button aria-expanded='false'><strong>200</strong> <div>A page.</div></button></div>",
        "**200**\n\nA page.",
    ),
    (
        "<button class='opener'>Why is it so?</button><div><p>Because nobody has ever found a reason to change it.</p></div>",
        "**Why is it so?**\n\nBecause nobody has ever found a reason to change it.",
    ),
    ("<form><h2>Request</h2><p>Send what the table of fields below says, in this order.</p></form>", None),
    ("<blockquote><p>x</p><footer>Knuth</footer></blockquote>", "> x\n>\n> Knuth"),
]
GOES = [
    "<nav role='navigation'><ul>"
    + "".join(f"<li><a href='t{n}'>Topic {n}</a></li>" for n in range(99))
    + "</ul></nav>",
    "<div role='navigation'>" + "".join(f"<a href='t{n}'>Topic {n}</a> " for n in range(99)) + "</div>",
    "<div class='sidebar'><a href='a'>One page</a> <a href='b'>Another</a></div>",
    "<div class='cookie-note'>May we keep cookies? <button>Yes</button></div>",
    "<ul><li><a href='e'>Edit this page</a></li><li><a href='s'>View source</a></li></ul>",
    "<div class='top'><a href='#header'><img alt='top' src='up.gif'></a></div>",
    "<p>[<a href='#top'>back to top</a>]</p>",
    "<p>Next: <a href='a' rel='next' accesskey='n'>Heaps</a>, Previous: <a href='b' rel='prev'>Tags</a>, "
    "Up: <a href='c' rel='up'>Objects</a> &nbsp; [<a href='d' rel='contents'>Contents</a>][<a href='e' rel='index'>Index</a>]</p>",
    "<table><tr><td>[<a href='a'> &lt; </a>]</td><td>[<a href='b'> &gt; </a>]</td><td>[<a href='c'>Up</a>]</td></tr></table>",
    "<p><span>Available Languages: </span><a href='de' hreflang='de'>de</a> | <a href='fr' hreflang='fr'>fr</a></p>",
    "<ul><li><a href='de'>Deutsch</a></li><li><a href='fr'>Français</a></li></ul>",
    "<p>Last updated on May 1</p>",
    "<h3>On this page</h3><ul class='toc'><li><a href='#a'>A</a></li></ul>",
    "<div><button>Copy</button></div><copy-button>Copy</copy-button>",
    "<span style='position:absolute;left:-9999px'>Direct link</span>",
    "<span style='position:absolute;width:1px;height:1px;overflow:hidden'>opens a window</span>",
]


@pytest.mark.parametrize(("html", "expected"), STAYS)
def test_what_is_said_stays_whatever_its_words_and_names(html: str, expected: str | None) -> None:
    text = markdown(f"{html}{_TEXT}")

    assert _SAID in text
    if expected is None:
        assert text.startswith(("© 2020 has to stand", "## Request\n\nSend what"))
    else:
        assert text.startswith(f"{expected}\n\n")


@pytest.mark.parametrize("html", GOES)
def test_chrome_goes_however_long_it_is(html: str) -> None:
    assert markdown(f"{_TEXT}{html}") == _SAID


def test_a_menu_that_opens_from_a_word_goes_and_the_word_stays() -> None:
    menu = (
        "<span class='dropdown'><a class='dropdown-toggle' data-toggle='dropdown' href='#'>ca-file</a>"
        "<ul class='dropdown-menu'><li>In these sections:</li><li><a href='#b'>Bind</a></li></ul></span>"
    )

    assert markdown(f"<pre>use {menu} here</pre>{_TEXT}") == f"```\nuse ca-file here\n```\n\n{_SAID}"
    assert markdown(f"<p>Use {menu} here.</p>{_TEXT}") == f"Use ca-file here.\n\n{_SAID}"


def test_a_chapter_that_only_lists_its_sections_keeps_the_list() -> None:
    around = (
        "<div class='header'><p>Next: <a href='n' rel='next'>Later on</a>, Up: <a href='u' rel='up'>All</a></p></div>"
    )
    sections = "<ul class='section-toc'><li><a href='a'>One</a></li><li><a href='b'>Two</a></li></ul>"
    said = markdown(f"{around}<h2>8 Chapter</h2>{sections}")
    assert said == f"## 8 Chapter\n\n- [One]({_URL}/a)\n- [Two]({_URL}/b)"
    with_text = markdown(f"{around}<h2>8 Chapter</h2>{_TEXT * 3}{sections}")
    assert "One" not in with_text
    assert _SAID in with_text
