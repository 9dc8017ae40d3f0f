"""Characters that nobody sees, and that can hide words from a reader."""

import re

_ASCII = re.compile("[\x00-\x7f]+")
_INVISIBLE = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")


def drop_invisible(text: str) -> str:
    """Remove soft hyphens, zero-width, bidirectional and tag characters (Unicode TR36 §2.10.4)."""
    return _INVISIBLE.sub("", text) if _INVISIBLE.search(_ASCII.sub("", text)) else text
