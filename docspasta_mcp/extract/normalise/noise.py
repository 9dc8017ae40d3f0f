"""What no reader of the text wants: navigation, controls, decoration, and whatever is hidden.

Recognised by element, role and the class names that documentation generators share; a text that only labels a control
("Edit this page", "Was this helpful?") goes when nothing else is in its element.
"""

import re
from functools import lru_cache

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, remove, remove_all, text_length, text_of, tokens, unlinked_length

_MAX_NOISE_SHARE = 0.4  # a class name such as "has-sidebar" on what holds most of the text is no sidebar
_TAGS = frozenset(
    "script style noscript template nav footer form button input select textarea iframe object embed svg "
    "canvas audio dialog "
    "link meta head map area datalist progress meter rapi-doc slot".split()
)
_OFTEN_WRAPPERS = frozenset(("nav", "form"))  # some sites put the text itself in one
_ROLES = frozenset(
    "navigation search banner contentinfo dialog alertdialog tooltip menu menubar toolbar tablist directory".split()
)
_KEPT = frozenset(("html", "body", "main", "pre", "code", "td", "th", "tr", "tbody", "thead"))
_PART = re.compile(  # of a class name or id, between hyphens or underscores
    r"(?:^|[\s_-])(?:headerlink|anchorjs-link|hash-link|permalink|breadcrumbs?|sphinxsidebar\w*|sidebar|"
    r"toc|table-of-contents|"
    r"tableofcontents|on-?this-?page\w*|pagination\w*|pager|prev-?next|page-?nav\w*|nav|navbar|navheader|"
    r"navfooter|navigation|"
    r"nav-?links|footer|edit-?(?:this-?)?page\w*|editlink|edit-?on-?github|editsection|catlinks|"
    r"skip-?link|skip-?to-?content|"
    r"cookie\w*|copybtn|copy-?button|newsletter|advert\w*|sr-only|screen-?reader-?text|visually-?hidden|"
    r"version-?switch\w*|"
    r"language-?(?:menu|select\w*|switch\w*)|search-?(?:box|form|bar|results)|page-?metadata|"
    r"last-?updated|last-?modified|"
    r"theme-?toggle|(?:page|user|wiki|side|main)-?menu|page-?info|pop-?up|code-?copy|back-?to-?top|"
    r"site-?header|site-?footer|page-?footer|was-this-helpful|page-?helpful)(?:$|[\s_-])",
    re.IGNORECASE,
)
_WHOLE = frozenset(
    "related menu menubar dropdown dropdown-menu share sharing share-buttons social social-links "
    "feedback rating comments "
    "contributors ads ad cta modal popover subscribe noprint printfooter no-print print-only noscript "
    "no-js announcement "
    "announcement-bar versions doc-versions lang-select languages anchor-link anchorlink header-anchor "
    "heading-anchor "
    "clipboard jump-to-nav sitesub contentsub backtotop page-actions disqus_thread github-link sponsor "
    "sponsors promo banner "
    "tags page-tags author-info mw-jump-link toctitle language-selection topics-dropdown dropdown-panel "
    "dropdown-trigger".split()
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_UNSEEN = frozenset(("sr-only", "visually-hidden", "screen-reader-text", "visuallyhidden"))
_RESPONSIVE = re.compile(r"(?:^|\s)[\w@-]+:(?:block|flex|inline|inline-block|inline-flex|grid|table|contents)(?:$|\s)")
_LABEL = re.compile(
    r"(?:edit (?:this )?(?:page|section|topic)|edit (?:this page )?on git(?:hub|lab)|edit source|"
    r"suggest (?:an )?edits?|"
    r"view (?:page )?source|improve this (?:doc|page)|(?:was|is) this (?:page|article|topic|"
    r"section)? ?(?:helpful|useful)\??|"
    r"did this page help you\??|on this page|in this article|copy(?: page| link| code)?|copied!?|"
    r"skip to (?:main )?content|"
    r"page tools|expand description|collapse (?:all|section)|expand all|show more|report (?:a |"
    r"an )?(?:bug|issue|problem)\w*|"
    r"submit correction|jump to (?:navigation|search)|back to top|scroll to top|print this page|share(?: this page)?|"
    r"give feedback|send feedback|feedback|rate this page|table of contents|loading\.*|thank you!?|"
    r"open in (?:playground|chatgpt|claude)|ask (?:chatgpt|claude|ai)|ai tools|listen to this article)",
    re.IGNORECASE,
)
_THANKS = re.compile("thank|feedback|load", re.IGNORECASE)  # headings of sections, too
_STAMP = re.compile(
    r"(?:last|page last) (?:modified|updated|reviewed)\b|last update(?: on)?:|©|copyright ©", re.IGNORECASE
)
_BUTTONS = frozenset(("button", "btn", "button-primary", "btn-primary", "md-button"))
_NEIGHBOURS = frozenset(("Previous", "Next", "Prev", "Previous page", "Next page", "Previous Page", "Next Page"))
_ARROWS = " \n\t\xa0«‹←<->→›»"
_LABELLED = ("p", "div", "span", "a", "li", "h2", "h3", "h4", "h5", "strong", "label", "summary", "small")
_MARKS = frozenset(
    ("¶", "#", "§", "🔗", "", "", "", "#️⃣", "[src]", "[source]", "link", "Link to this heading", "anchor")
)


def drop_noise(root: HtmlElement) -> None:
    """Remove noise below `root`; the tree is walked once."""
    most = _MAX_NOISE_SHARE * text_length(root)
    removed: set[HtmlElement] = set()
    for element in list(root.iterdescendants()):
        tag = element.tag
        if not isinstance(tag, str):  # a comment
            remove(element)
        elif tag not in _KEPT and _is_noise(element, tag, most):
            removed.add(element)
    remove_all(root, removed)


def drop_permalinks(root: HtmlElement) -> None:
    """Remove from headings the links to themselves, and make other links in them plain text."""
    for heading in list(root.iter(*HEADINGS, "dt")):
        for part in heading.iterdescendants("span", "div", "code", "small"):
            following = part.getnext()
            if following is not None and not part.tail:  # set apart by style alone
                part.tail = " "
            elif not part.text and not len(part):
                part.tail = f" {part.tail or ''}"
        for line_break in heading.iter("br"):
            line_break.tail = f" {line_break.tail or ''}"
        for classifier in heading.iterdescendants("span"):
            if "classifier" in tokens(classifier):  # Docutils sets the colon by style
                classifier.text = f" : {classifier.text or ''}"
        for anchor in list(heading.iter("a")):
            text = (anchor.text_content() or "").strip()
            if text in _MARKS or (anchor.get("aria-hidden") == "true" and len(text) < 3):
                remove(anchor)
            elif anchor.get("href", "").startswith("#") and (heading.tag != "dt" or "permalink" in tokens(anchor)):
                anchor.drop_tag()


def is_hidden(element: HtmlElement) -> bool:
    """Tell whether an element is hidden by attribute, style, or a utility class."""
    attributes = element.attrib
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    if attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    if style and _HIDDEN_STYLE.search(style):
        return True
    return "hidden" in tokens(element) and not _RESPONSIVE.search(element.get("class", ""))


def _is_noise(element: HtmlElement, tag: str, most: float) -> bool:
    return _is_noise_by_tag(element, tag, most) or (
        len(element.attrib) > 0 and _is_noise_by_attributes(element, tag, most)
    )


def _is_noise_by_tag(element: HtmlElement, tag: str, most: float) -> bool:
    if tag in _TAGS:
        return tag not in _OFTEN_WRAPPERS or text_length(element) <= most
    if tag == "aside":
        return _is_complementary(element)
    if tag == "header":
        return next(element.iter(*HEADINGS), None) is None
    text = element.text
    is_label = tag in _LABELLED and bool(text) and _is_label(element, (text or "").strip(" \n\t\xa0:?"))
    return is_label or (tag == "a" and _is_control(element))


def _is_noise_by_attributes(element: HtmlElement, tag: str, most: float) -> bool:
    attributes = element.attrib
    if is_hidden(element):
        return True
    if tag in HEADINGS:
        return bool(_UNSEEN & tokens(element))
    speaks = is_noise_name(attributes.get("class", "")) or attributes.get("role") in _ROLES
    if not speaks and not _is_noise_id(element, tag):
        return False
    if tag == "a" and attributes.get("href", "").startswith("#") and text_of(element) not in _MARKS:
        return False  # a heading that is its own permalink
    if tag == "table" and unlinked_length(element) > text_length(element) / 2:
        return False  # an annotated list of contents
    return element.find(".//h1") is None and text_length(element) <= most


def _is_noise_id(element: HtmlElement, tag: str) -> bool:
    """Tell whether an id speaks of navigation: not one that is made of a heading, or names a function."""
    if tag == "section" or not is_noise_name(element.get("id", "")):
        return False
    return "section" not in tokens(element) and element.find(".//pre") is None


def _is_control(anchor: HtmlElement) -> bool:
    """Tell whether a link leads to the page before or after, or is a button that stands alone."""
    if _BUTTONS & tokens(anchor) or anchor.get("role") == "button":
        parent = anchor.getparent()
        return parent is not None and text_length(parent) == sum(map(text_length, parent.iter("a"))) + len(parent) - 1
    if anchor.get("rel") in ("prev", "next"):
        return True
    text = next((piece for piece in anchor.itertext() if not piece.isspace()), "")
    bare = text.strip(_ARROWS)
    return bare in _NEIGHBOURS or (bare != text.strip() and bare.capitalize() in _NEIGHBOURS)


def _is_label(element: HtmlElement, text: str) -> bool:
    """Tell whether an element says no more than what a control does, or when a page was changed."""
    if len(text) < 40 and len(element) == 0 and _LABEL.fullmatch(text):
        return element.tag not in HEADINGS or not _THANKS.match(text)
    return element.tag in ("p", "div", "small") and bool(_STAMP.match(text)) and text_length(element) < 150


def _is_complementary(element: HtmlElement) -> bool:
    """Tell whether an aside stands beside the text, as a list of links does, not in it."""
    if any("footnote" in name for name in tokens(element)):
        return False
    whole = text_length(element)
    linked = sum(map(text_length, element.iter("a")))
    return linked > whole / 2 or element.get("role") == "complementary" or element.find(".//nav") is not None


@lru_cache(maxsize=8192)
def is_noise_name(names: str) -> bool:
    """Tell whether class names or an id speak of navigation or decoration."""
    return bool(_PART.search(names)) or any(name in _WHOLE for name in names.lower().split())
