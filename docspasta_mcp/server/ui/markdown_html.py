"""A page's Markdown as HTML that cannot harm: parsed by markdown-it, coloured by Pygments, cleaned by nh3.

What a site wrote is hostile until cleaned. Nothing of it runs, loads anything, or looks like our own buttons: no
scripts, styles, forms, pictures or classes but those named here; remote pictures stand as links.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import Any, cast

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]  # its options have no types
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

MAX_RENDERED = 400_000  # of a page that is rendered; the Markdown beside it is whole
MAX_LINKS = 2_000  # that are looked up among the manual's own pages
_MAX_CODE_CHARS = 50_000  # of a block that is coloured; the lexers of some languages are slow
_TAGS = set(
    re.split(
        r"\s",
        "a abbr b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p "
        "pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var",
    )
)
_DROPPED = {"script", "style", "template", "iframe", "object", "embed", "noscript", "svg", "math", "title"}
_ATTRIBUTES = {
    "a": {"href"},
    "abbr": {"title"},
    "div": {"tabindex"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_CLASSES = {
    "span": {name for name in STANDARD_TYPES.values() if name},
    "div": {"wide"},
    "td": {"center", "right"},
    "th": {"center", "right"},
}
_OUTSIDE = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_ALIGNED = re.compile(r"text-align:(center|right)")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed page: its tokens, and the URLs that it links to. `is_cut` tells that it was too long."""

    tokens: Sequence[Token]
    urls: tuple[str, ...]
    is_cut: bool


def parse(markdown: str) -> Parsed:
    """Parse a page, without its title."""
    body = markdown.partition("\n")[2] if markdown.startswith("# ") else markdown
    tokens = _parser().parse(body[:MAX_RENDERED])
    urls = dict.fromkeys(str(token.attrs["href"]) for token in _links(tokens))
    return Parsed(tokens, tuple(urls)[:MAX_LINKS], len(body) > MAX_RENDERED)


def to_html(parsed: Parsed, own: Mapping[str, str]) -> str:
    """Return a page as clean HTML.

    Args:
        parsed: the page.
        own: URL → our path, of links that lead to pages of the same manual.
    """
    _put_headings_in_order(parsed.tokens)
    paths = set(own.values())
    for token in _links(parsed.tokens):
        href = str(token.attrs["href"])
        token.attrs["href"] = own.get(href, href)

    def allowed(tag: str, attribute: str, value: str) -> str | None:
        if (tag, attribute) == ("a", "href") and value not in paths and not _OUTSIDE.match(value):
            return None
        return "0" if attribute == "tabindex" else value

    parser = _parser()
    html = cast("str", parser.renderer.render(parsed.tokens, parser.options, {}))
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=allowed,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        allowed_classes=_CLASSES,
    )


def _put_headings_in_order(tokens: Sequence[Token]) -> None:
    """Number headings as those of a section below our own h1, without gaps, which screen readers walk by."""
    open_levels: list[int] = []
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            if token.type == "heading_open":
                level = int(token.tag[1:])
                open_levels = [one for one in open_levels if one < level] + [level]
            token.tag = f"h{min(len(open_levels) + 1, 6)}"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "highlight": _coloured}).enable(["table", "strikethrough"])
    for name, rule in (
        ("image", _image),
        ("table_open", _table_open),
        ("table_close", _table_close),
        ("th_open", _cell),
        ("td_open", _cell),
    ):
        parser.add_render_rule(name, rule)
    return parser


def _links(tokens: Sequence[Token]) -> list[Token]:
    return [
        child
        for token in tokens
        if token.type == "inline"
        for child in token.children or ()
        if child.type == "link_open" and "href" in child.attrs
    ]


def _coloured(code: str, language: str, _attributes: str) -> str:
    """Return a code block with Pygments's classes; as it is if it is long or of no known language."""
    inner = escape(code)
    if language and len(code) <= _MAX_CODE_CHARS:
        try:
            lexer = get_lexer_by_name(language, stripnl=False)
        except ClassNotFound:
            pass
        else:
            inner = highlight(code, lexer, HtmlFormatter[str](nowrap=True))
    return f'<pre tabindex="0"><code>{inner}</code></pre>\n'


def _image(_self: Any, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    token = tokens[index]
    name = escape(token.content.strip() or "without a description")
    source = str(token.attrs.get("src", ""))
    if _is_linked(tokens, index, env) or not _OUTSIDE.match(source):
        return f"[picture: {name}]"
    return f'<a href="{escape(source)}">[picture: {name}]</a>'


def _is_linked(tokens: Sequence[Token], index: int, env: Any) -> bool:
    """Tell whether a token of a line stands in a link; the links of each line are counted once."""
    line, depths = env.get("links", (None, []))
    if line is not tokens:
        nesting = ((one.type == "link_open") - (one.type == "link_close") for one in tokens)
        depths = list(accumulate(nesting))
        env["links"] = tokens, depths
    return depths[index] > 0


def _table_open(_self: Any, _tokens: Sequence[Token], _index: int, _options: Any, _env: Any) -> str:
    return '<div class="wide" tabindex="0"><table>\n'


def _table_close(_self: Any, _tokens: Sequence[Token], _index: int, _options: Any, _env: Any) -> str:
    return "</table></div>\n"


def _cell(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    token = tokens[index]
    aligned = _ALIGNED.search(str(token.attrs.get("style", "")))
    return f'<{token.tag} class="{aligned[1]}">' if aligned else f"<{token.tag}>"
