"""Characters that nobody sees, as classes of patterns: Unicode's Default_Ignorable_Code_Point and its like."""

FILLERS = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
"""Zero-width, bidirectional, tag and filler characters."""

SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Variation selectors: one may stand behind a sign, and says how it looks."""


def codes_of(pattern_class: str) -> list[int]:
    """Return the code points of a class, as it stands between the brackets of a pattern."""
    found: list[int] = []
    place = 0
    while place < len(pattern_class):
        first = last = ord(pattern_class[place])
        if pattern_class[place + 1 : place + 2] == "-":
            last, place = ord(pattern_class[place + 2]), place + 2
        found += range(first, last + 1)
        place += 1
    return found
