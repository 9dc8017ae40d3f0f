"""Films, sounds, embedded pages and pictures that scripts would load: a link or a picture with a real address.

A browser without scripts shows an empty frame or a grey square; a reader wants to know what is there.
"""

import re
from itertools import islice

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import ancestors, make, remove, replace, text_of, xpath
from docspasta_mcp.extract.glances import has_text
from docspasta_mcp.extract.normalise.code_language import LABELS
from docspasta_mcp.extract.normalise.places import is_among_words

_SOURCES = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-lazy",
    "data-original-src",
    "data-hi-res-src",
    "data-image",
    "data-echo",
    "data-url",
    "data-full-url",
    "data-img",
    "lazy-src",
)
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_PLACEHOLDER = re.compile(
    r"^data:|(?:^|/)(?:blank|spacer|placeholder|pixel|transparent|loading|lazy|1x1)[\w-]*\.\w+$", re.IGNORECASE
)
_TOGGLES = frozenset(("collapse", "expand", "collapse image", "expand image", "toggle"))
_CONTROLS = frozenset(("a", "button", "summary"))
_ITEMS = frozenset(("td", "th", "li", "dd"))
_AROUND = 3  # elements
_EMBEDDED = ("iframe", "object", "embed", "video", "audio")
_KINDS = {
    "video": "Video",
    "audio": "Audio",
    "iframe": "Embedded page",
    "object": "Embedded document",
    "embed": "Embedded document",
}
_TRACKERS = re.compile(
    r"googletagmanager|doubleclick|google\.com/recaptcha|facebook\.com/(?:plugins|tr)|consent|about:|javascript:|data:|"
    r"adservice|analytics|statcounter|matomo|piwik|/pixel|beacon|scorecard|quantserve|hotjar|yandex|bat\.bing|counter|ghbtns\.com|buttons\.github\.io|gitter\.im|disqus",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DARK = re.compile(r"#(?:only-dark|gh-dark-mode-only)$")
_LIGHT = re.compile(r"#(?:only-light|gh-light-mode-only)$")
_PICTURES = re.compile(r"\.(?:svg|png|jpe?g|gif|webp|avif)(?:[?#]|$)", re.IGNORECASE)
_EMOJI_NAMES = frozenset("emoji wp-smiley twemoji emojione gemoji joypixels emoticon smiley emojify".split())
_EMOTICONS = {"(tick)": "✓", "(cross)": "✗", "(error)": "✗", "(warning)": "⚠", "(info)": "ℹ"}  # of Confluence
_PICTOGRAPH = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]{1,12}")
_CODE_POINTS = re.compile(r"/((?:[0-9a-f]{4,5})(?:-[0-9a-f]{4,5}){0,8})\.(?:png|svg|gif)", re.IGNORECASE)
_SHORT_NAME = re.compile(r":[\w+-]{1,40}:")
_EMOJI_SOURCE = re.compile(r"/(?:twemoji|emoji|emojis|emoticons|emojione)/", re.IGNORECASE)


def show_media(root: HtmlElement) -> None:
    """Replace what is embedded below `root` by links, emoji by their characters, and give pictures their addresses."""
    for player in list(root.iter("lite-youtube", "lite-vimeo", "amp-youtube", "amp-vimeo")):
        _link_film(player)
    for element in list(root.iter(*_EMBEDDED)):
        if element.getparent() is not None:
            _link(element)
    for picture in list(root.iter("img", "amp-img")):
        picture.tag = "img"
        _find_source(picture)
        beside = (picture.getprevious(), picture.getnext())
        if _DARK.search(picture.get("src", "")) and any(
            one is not None and _LIGHT.search(one.get("src", "")) for one in beside
        ):
            remove(picture)  # a browser shows one of them
            continue
        said = (picture.get("alt") or picture.get("title") or "").strip().lower()
        if said in LABELS or (said in _TOGGLES and _folds(picture)):  # a control
            remove(picture)
            continue
        if not picture.get("alt") and (title := picture.get("title") or picture.get("aria-label")):
            picture.set("alt", title)
        if _is_emoji(picture):
            text = (
                picture.get("alt")
                or picture.get("data-emoji")
                or picture.get("title")
                or picture.get("aria-label")
                or ""
            )
            replace(picture, make("span", _EMOTICONS.get(text.strip()) or _drawn_in(picture) or text.strip()))


def _folds(picture: HtmlElement) -> bool:
    """Tell whether a picture stands first in a control, which folds what follows; not alone in a cell or item."""
    around = [picture, *ancestors(picture, _AROUND)]
    control = next((one for one in around if one.tag in _CONTROLS), None)
    if control is None or not control.get("href", "#").startswith(("#", "javascript:")):
        return False
    for node in around[: around.index(control) + 1]:
        parent = node.getparent()
        if node.getprevious() is not None or (parent is not None and (parent.text or "").strip()):
            return False
    return is_among_words(picture) or not any(one.tag in _ITEMS for one in around)


def _drawn_in(picture: HtmlElement) -> str:
    """Return the emoji that the name of a picture's file says in hexadecimal, where its words are only a name."""
    found = _CODE_POINTS.search(picture.get("src", ""))
    if found is None or not _SHORT_NAME.fullmatch(picture.get("alt", "").strip()):
        return ""
    signs = "".join(chr(int(code, 16)) for code in found[1].split("-"))
    return signs if _PICTOGRAPH.fullmatch(signs) else ""


def _link_film(player: HtmlElement) -> None:
    """Replace a stand-in of a film's player by a link to the film."""
    name = (player.get("videoid") or player.get("data-videoid") or "").strip()
    site = "https://www.youtube.com/watch?v=" if "youtube" in str(player.tag) else "https://vimeo.com/"
    if name:
        title = player.get("title") or player.get("videotitle") or player.get("playlabel") or "Video"
        link = make("a", " ".join(title.removeprefix("Play:").split()))
        link.set("href", site + name)
        replace(player, make("p", "", link))


def _link(element: HtmlElement) -> None:
    tag = str(element.tag)
    address = _address(element)
    if not address or _is_unseen(element):
        inner = element if tag == "object" and text_of(element) else None
        if inner is not None:
            element.tag = "div"
        else:
            remove(element)  # a browser that plays films does not show what stands in them
        return
    title = element.get("title") or element.get("aria-label") or element.get("alt") or _said(element)
    if not title and (picture := element.find(".//img")) is not None:
        title = picture.get("alt", "")
    if tag in ("object", "embed") and _PICTURES.search(address):
        shown = make("img")
        shown.set("src", address)
        shown.set("alt", title)
    else:
        shown = make("a", title or _KINDS[tag])
        shown.set("href", address)
    parent = element.getparent()
    is_inline = parent is not None and parent.tag in ("p", "span", "a", "li", "td", "th", "figure", "h2", "h3", "h4")
    replace(element, shown if is_inline else make("p", "", shown))


def _address(element: HtmlElement) -> str:
    for name in ("src", "data", "data-src", "data-lazy-src"):
        if (address := element.get(name, "").strip()) and not address.startswith(("data:", "about:")):
            return address
    sources = [
        said.strip() for one in element.iter("source") if (said := one.get("src") or one.get("data-src") or "").strip()
    ]
    movie = [one.get("value", "") for one in element.iterchildren("param") if one.get("name") in ("movie", "src")]
    return next(iter([*sources, *movie]), "")


def _said(element: HtmlElement) -> str:
    """Return what is shown to those who cannot see it: no more than the message that they cannot is worth nothing."""
    if element.tag == "iframe":
        return ""
    said = "".join(piece for piece in (element.text or "", *((child.tail or "") for child in element)))
    said = " ".join(said.split())
    return (
        ""
        if re.search(
            r"brows|support|^no (?:video|audio)|cannot|can't|javascript|plugin|enable|html ?5", said, re.IGNORECASE
        )
        else said[:200]
    )


def _is_unseen(element: HtmlElement) -> bool:
    if element.tag in ("video", "audio"):
        return False
    is_tiny = any(element.get(side, "").strip() in ("0", "1", "0px", "1px") for side in ("width", "height"))
    return is_tiny or bool(
        _TRACKERS.search(_address(element)) or _HIDDEN.search(element.get("style", "")) or "hidden" in element.attrib
    )


def _find_source(picture: HtmlElement) -> None:
    """Set a picture's `src` to what scripts or a wide screen would show."""
    source = picture.get("src", "").strip()
    lazy = next((value for name in _SOURCES if (value := picture.get(name, "").strip())), "")
    if lazy and not lazy.startswith(("data:", "{", "[")):
        picture.set("src", lazy)
        return
    if source and not _PLACEHOLDER.search(source):
        return
    found = next((one for name in _SETS if (one := _widest(picture.get(name, "")))), "")
    if not found:  # whatever a site's own script calls it
        named = (value for name, value in picture.items() if "src" in name or name.startswith("data-"))
        found = next((value for value in named if _PICTURES.search(value) and not _PLACEHOLDER.search(value)), "")
    parent = picture.getparent()
    if not found and parent is not None and parent.tag == "picture":
        for option in parent.iterchildren("source"):
            if "dark" not in option.get("media", ""):
                found = found or _widest(option.get("srcset", "")) or _widest(option.get("data-srcset", ""))
    if found:
        picture.set("src", found)


def _widest(candidates: str) -> str:
    """Return the address of a `srcset` with the highest width or density."""
    best, most = "", -1.0
    for candidate in re.split(r",\s+|,(?=https?:|/)", candidates.strip()):
        address, _, size = candidate.strip().rstrip(",").partition(" ")
        number = re.match(r"[\d.]+", size.strip())
        width = float(number[0]) if number and number[0].count(".") < 2 and number[0] != "." else 1.0
        if address and not address.startswith("data:") and width > most:
            best, most = address, width
    return best


def _is_emoji(picture: HtmlElement) -> bool:
    text = picture.get("alt") or picture.get("data-emoji") or picture.get("title") or picture.get("aria-label") or ""
    names = picture.get("class", "").lower().split()
    if not text.strip() or len(text) > 40:
        return False
    if _PICTOGRAPH.fullmatch(text.strip()):
        return True
    return bool(_EMOJI_NAMES.intersection(names)) or bool(_EMOJI_SOURCE.search(picture.get("src", "")))


def _only_picture(element: HtmlElement) -> HtmlElement | None:
    """Return the picture that an element is, or that is all it shows."""
    pictures = list(islice(element.iter("img"), 2))
    return pictures[0] if len(pictures) == 1 and not has_text(element) else None


def reveal_pictures(document: HtmlElement) -> None:
    """Take pictures out of `noscript`, where they stand for one that only scripts would load."""
    for fallback in xpath(document, ".//body/descendant::noscript"):
        picture = next(fallback.iter("img"), None)
        if picture is None or text_of(fallback):
            continue
        _find_source(picture)
        source = picture.get("src", "")
        holder = fallback.getparent()
        beside = [fallback.getprevious(), fallback.getnext()]
        lazy = next((shown for one in beside if one is not None and (shown := _only_picture(one)) is not None), None)
        if lazy is not None and lazy.get("alt") and picture.get("alt") and lazy.get("alt") != picture.get("alt"):
            lazy = None  # another picture
        if holder is None or not source or _TRACKERS.search(source) or picture.get("width") in ("0", "1"):
            remove(fallback)
        elif lazy is None:
            picture.tail = None
            replace(fallback, picture)
        else:
            lazy.set("src", source)
            for name in (*_SOURCES, *_SETS):
                lazy.attrib.pop(name, None)
            if not lazy.get("alt"):
                lazy.set("alt", picture.get("alt", ""))
            remove(fallback)
