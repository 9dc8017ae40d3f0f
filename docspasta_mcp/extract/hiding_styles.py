"""Which inline styles hide what they are about, however they are spelled: comments and escapes are undone first."""

import re

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\n]?|(.))", re.DOTALL)
_ZERO = re.compile(r"[+-]?0*\.?0*(?:px|r?em|ex|ch|pt|pc|cm|mm|in|v[wh]|%)?")
_FAR = re.compile(r"-\d{4,}(?:\.\d+)?(?:px|r?em|v[wh]|%)?|-\d{3,}(?:r?em|v[wh]|%)")
_CLIPPED = re.compile(r"rect\(\s*[01](?:px)?\b.*|inset\(\s*(?:50|100)%.*|circle\(\s*0.*", re.DOTALL)
_NOWHERE = re.compile(r"scale[xy3d]*\(\s*0\s*[,)]|translate[xy3d]*\([^)]*-\d{4,}")
_MAX_STYLE = 5_000  # characters; a longer one is a picture
_PIXEL = ("1px", "0.1px")


def hides(style: str) -> bool:
    """Tell whether a style hides its element.

    What begins to appear by an animation, `opacity: 0` together with a `transform`, counts as shown.
    """
    given = _declarations(style[:_MAX_STYLE])
    value = given.get
    if value("display") == "none" or value("visibility") in ("hidden", "collapse"):
        return True
    if _is_zero(value("opacity")) and not {"transform", "transition", "animation", "will-change"} & set(given):
        return True
    if _is_zero(value("font-size")) or _FAR.fullmatch(value("text-indent", "")):
        return True
    if value("position") in ("absolute", "fixed") and _is_out_of_sight(given):
        return True
    is_cut = any(word in value("overflow", "") + value("overflow-y", "") for word in ("hidden", "clip"))
    if is_cut and any(_is_zero(value(name)) for name in ("height", "max-height", "width", "max-width")):
        return True
    return bool(_NOWHERE.search(value("transform", ""))) or _is_in_its_own_colour(given)


def _is_out_of_sight(given: dict[str, str]) -> bool:
    is_far = any(_FAR.fullmatch(given.get(side, "")) for side in ("left", "top", "right", "bottom"))
    is_clipped = any(_CLIPPED.fullmatch(given.get(name, "")) for name in ("clip", "clip-path"))
    return is_far or is_clipped or (given.get("width") in _PIXEL and given.get("height") in _PIXEL)


def _is_in_its_own_colour(given: dict[str, str]) -> bool:
    colour = given.get("color", "")
    behind = given.get("background-color") or given.get("background", "")
    return colour == "transparent" or bool(colour and colour == behind)


def _is_zero(value: str | None) -> bool:
    return bool(value) and any(sign == "0" for sign in value or "") and bool(_ZERO.fullmatch(value or ""))


def _declarations(style: str) -> dict[str, str]:
    """Return property → value in lower case, the last one of each, without comments, escapes and `!important`."""
    plain = _ESCAPE.sub(_unescaped, _COMMENT.sub("", style)).lower()
    given: dict[str, str] = {}
    for declaration in plain.split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            given[name.strip()] = value.partition("!")[0].strip()
    return given


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else 0
    return match[2] or (chr(code) if 0 < code < 0x110000 else "")
