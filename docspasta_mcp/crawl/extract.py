"""Find a page's main content and reduce it to plain semantic HTML.

Nothing here knows a site: navigation is recognised by its element, role or the class names that documentation
generators share. Code is lifted out first, byte for byte, and put back by `markdown`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.urls import join_url

_MIN_SHARE = 0.3  # a landmark with less of the page's text is not its main content
_MAX_NOISE_SHARE = 0.4  # a class name such as "has-sidebar" on what holds most of the text is no sidebar
_MAIN = (
    "//*[@role='main']", "//main", "//article", "//div[contains(concat(' ', @class, ' '), ' body ')]",
    "//*[@id='content' or @id='main-content' or @id='main']",
    "//div[contains(concat(' ', @class, ' '), ' content ') or contains(concat(' ', @class, ' '), ' markdown-body ')]",
)  # fmt: skip
_DROP_TAGS = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "nav",
        "aside",
        "footer",
        "form",
        "button",
        "input",
        "select",
        "textarea",
        "iframe",
        "object",
        "embed",
        "svg",
        "canvas",
        "audio",
        "video",
        "dialog",
        "link",
        "meta",
        "head",
    ]
)
_DROP_ROLES = frozenset(
    [
        "navigation",
        "search",
        "banner",
        "contentinfo",
        "complementary",
        "dialog",
        "alert",
        "tooltip",
        "menu",
        "menubar",
        "toolbar",
    ]
)
_NOISE = re.compile(
    r"(?:^|[\s_-])(?:headerlink|anchor-link|anchorjs-link|hash-link|permalink|header-anchor|heading-anchor|breadcrumbs?|"
    r"sphinxsidebar\w*|sidebar|toc|table-of-contents|toctree-wrapper-nav|on-this-page|pagination\w*|prev-next|prevnext|"
    r"nav|navbar|navigation|menu|footer|related|edit-(?:this-)?page|editlink|skip-link|skip-to-content|cookie\w*|"
    r"copybtn|copy-button|clipboard|feedback|share|social|newsletter|advert\w*|ads|screen-reader-text|sr-only|"
    r"visually-hidden|visuallyhidden)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LINE_NUMBERS = re.compile(
    r"(?:^|[\s_-])(?:linenos?|lineno|line-?numbers?|gutter|ln|linenodiv)(?:$|[\s_-])", re.IGNORECASE
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight-source|highlight|brush:)[-\s]?([\w+#.-]+)", re.IGNORECASE)
_LANGUAGES = {  # one name for each language; "" where the class says nothing of one
    **dict.fromkeys(("python3", "ipython3", "ipython", "py"), "python"),
    **dict.fromkeys(("default", "none", "notranslate"), ""),
    **{"plaintext": "text", "js": "javascript", "sh": "bash", "shell-session": "console"},
}
_INVISIBLE = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, *range(0xE0000, 0xE0080)]
)
_PERMALINK_MARKS = {"¶", "#", "§", "🔗", ""}
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True, slots=True)
class Code:
    """A code block, byte for byte, with its language or an empty string."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Content:
    """A page's main content: `root` holds plain HTML in which `<pre>N</pre>` stands for `codes[N]`."""

    title: str
    root: HtmlElement
    codes: tuple[Code, ...]


def extract(document: HtmlElement, url: str) -> Content:
    """Take the main content out of a parsed page. The tree is changed.

    Args:
        document: the page.
        url: where it was found, for relative links.
    """
    base = base_url(document, url)
    page_title = _page_title(document)
    _drop_noise(document)
    root = _main_content(document)
    codes = tuple(_lift_code(root))
    _absolutise(root, base)
    title = _take_title(root) or _take_title(document, remove=False) or page_title
    for element in root.iter("h1"):
        element.tag = "h2"
    return Content(_clean(title) or url.rstrip("/").rsplit("/", 1)[-1], root, codes)


def base_url(document: HtmlElement, url: str) -> str:
    """Return the URL that relative references of a page start from."""
    for element in document.iter("base"):
        try:
            return join_url(url, element.get("href", ""))
        except InvalidUrl:
            break
    return url


def text_of(element: HtmlElement) -> str:
    """Return an element's text with single spaces."""
    return " ".join(" ".join(element.itertext()).split())


def _page_title(document: HtmlElement) -> str:
    title = document.find(".//title")
    text = text_of(title) if title is not None else ""
    return re.split(r"\s+[|–—·»]\s+|\s+::\s+", text)[0]


def _take_title(root: HtmlElement, *, remove: bool = True) -> str:
    heading = next(root.iter("h1"), None)
    if heading is None:
        return ""
    text = text_of(heading)
    if remove and text:
        heading.drop_tree()
    return text


def _drop_noise(document: HtmlElement) -> None:
    most = _MAX_NOISE_SHARE * _weight(document)
    for element in list(document.iter()):
        if not isinstance(element.tag, str) or _is_noise(element, most):
            _remove(element)
        elif element.tag in _HEADINGS:
            _drop_permalinks(element)


def _is_noise(element: HtmlElement, most: float) -> bool:
    tag = element.tag
    if tag in ("html", "body", "main", "article", "pre", "code", "span", "td", "tr", "table", *_HEADINGS):
        return tag == "span" and _is_hidden(element)
    if tag in _DROP_TAGS or element.get("role", "") in _DROP_ROLES or _is_hidden(element):
        return True
    if tag == "header":
        return element.find(".//h1") is None
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return bool(_NOISE.search(names)) and element.find(".//h1") is None and _weight(element) <= most


def _is_hidden(element: HtmlElement) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN_STYLE.search(element.get("style", "")))
    )


def _drop_permalinks(heading: HtmlElement) -> None:
    for anchor in list(heading.iter("a")):
        if (anchor.text_content() or "").strip() in _PERMALINK_MARKS:
            _remove(anchor)


def _remove(element: HtmlElement) -> None:
    """Take an element out of its tree, and leave the text that follows it."""
    if element.getparent() is not None:
        element.drop_tree()


def _main_content(document: HtmlElement) -> HtmlElement:
    body = document.find(".//body")
    whole = body if body is not None else document
    floor = _MIN_SHARE * _weight(whole)
    for path in _MAIN:
        found = [element for element in document.xpath(path) if isinstance(element, HtmlElement)]
        if found:
            largest = max(found, key=_weight)
            if _weight(largest) >= floor:
                return largest
    return whole


def _weight(element: HtmlElement) -> int:
    return sum(len(text.strip()) for text in element.itertext())


def _lift_code(root: HtmlElement) -> Iterator[Code]:
    for table in list(root.iter("table")):
        if _is_numbered_listing(table):
            code = next(iter(table.xpath(".//td[last()]//pre")))
            code.tail = table.tail
            if (parent := table.getparent()) is not None:
                parent.replace(table, code)
    for number, pre in enumerate(list(root.iter("pre"))):
        language = _language(pre)
        for part in list(pre.iter("span", "div", "td", "a", "button")):
            if part is not pre and (_LINE_NUMBERS.search(part.get("class", "")) or part.tag == "button"):
                _remove(part)
        for line_break in pre.iter("br"):
            line_break.tail = "\n" + (line_break.tail or "")
        text = pre.text_content()
        tail = pre.tail
        pre.clear()
        pre.tail, pre.text = tail, str(number)
        yield Code(text.removeprefix("\n").rstrip("\n"), language)


def _is_numbered_listing(table: HtmlElement) -> bool:
    names = table.get("class", "")
    cells = table.xpath(".//td")
    return len(cells) == 2 and ("highlighttable" in names or bool(_LINE_NUMBERS.search(cells[0].get("class", ""))))


def _language(pre: HtmlElement) -> str:
    """Find the language in class names or data attributes of the block, its code element, or its wrappers."""
    candidates = [pre, *pre.iter("code")][:2]
    ancestor = pre.getparent()
    for _ in range(3):
        if ancestor is None or ancestor.tag not in ("div", "figure", "td"):
            break
        candidates.append(ancestor)
        ancestor = ancestor.getparent()
    for element in candidates:
        named = element.get("data-lang") or element.get("data-language") or ""
        match = _LANGUAGE.search(element.get("class", ""))
        name = (named or (match[1] if match else "")).lower()
        if name and name not in ("source", "highlight"):
            return _LANGUAGES.get(name, name)
    return ""


def _absolutise(root: HtmlElement, base: str) -> None:
    for element in root.iter("a", "img"):
        attribute = "href" if element.tag == "a" else "src"
        reference = element.get(attribute)
        if reference is None:
            continue
        fragment = reference.partition("#")[2]
        try:
            absolute = join_url(base, reference)
        except InvalidUrl:
            del element.attrib[attribute]
            continue
        element.set(attribute, f"{absolute}#{fragment}" if fragment and element.tag == "a" else absolute)


def _clean(text: str) -> str:
    return " ".join(text.translate(_INVISIBLE).split()).strip("¶# ")


def drop_invisible(text: str) -> str:
    """Remove soft hyphens, zero-width, bidirectional and tag characters (Unicode TR36 §2.10.4)."""
    return text.translate(_INVISIBLE)


def flatten(root: HtmlElement, *, most: int) -> None:
    """Unwrap every element that lies deeper than `most`, so that its text moves up."""
    if not root.xpath(f"boolean({'/'.join(['*'] * (most + 1))})"):
        return
    depths: dict[HtmlElement | None, int] = {root: 0}
    for element in root.iterdescendants():
        depths[element] = depths[element.getparent()] + 1
    for element, depth in reversed(depths.items()):
        if depth > most and element is not None:
            element.drop_tag()


def serialise(root: HtmlElement) -> str:
    """Return an element as HTML text."""
    return etree.tostring(root, encoding="unicode", method="html", with_tail=False)
