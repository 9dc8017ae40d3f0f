"""Language tags, and the directories that are called after them."""

import re

_TAG = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,3}", re.IGNORECASE)
_SPELT = {  # what directories call languages by their country, as many sites do
    "cn": "zh", "tw": "zh", "jp": "ja", "kr": "ko", "cz": "cs", "ua": "uk", "gr": "el", "dk": "da", "se": "sv",
    "br": "pt", "nb": "no", "nn": "no", "us": "en", "gb": "en",
}  # fmt: skip


def tag_of(text: str) -> str:
    """Return a language tag in its plain form, or an empty string if the text is not one."""
    text = text.strip().lower().replace("_", "-")
    return text if _TAG.fullmatch(text) and text != "x-default" else ""


def same_language(one: str, other: str) -> bool:
    """Tell whether two tags are of one language: the same, or one without the region that the other names."""
    return bool(one and other) and f"{one}-".startswith(f"{other}-") | f"{other}-".startswith(f"{one}-")


def speaks(segment: str, tag: str) -> bool:
    """Tell whether a directory is called after a language: `de`, `pt-br` or `jp` for ja."""
    name = segment.lower().replace("_", "-")
    own = _SPELT.get(name, name).partition("-")[0]
    return bool(tag) and (own == tag.partition("-")[0] or name == tag or name in tag.split("-")[1:])
