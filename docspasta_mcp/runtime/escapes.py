"""Pictures of characters that act on a terminal or that nobody sees, for what is printed and logged."""

import json

from docspasta_mcp.runtime.unseen import FILLERS, SELECTORS, codes_of

_PICTURE_SELECTORS = (0xFE0E, 0xFE0F)  # as text or as a picture: of most emoji there is one
_ACTING = (
    *range(32),
    *range(0x7F, 0xA0),
    *codes_of(FILLERS),
    *(code for code in codes_of(SELECTORS) if code not in _PICTURE_SELECTORS),
)
_NAMED = {code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" for code in _ACTING}
_NAMED_IN_LINES = {code: name for code, name in _NAMED.items() if code not in (9, 10)}


def escaped(text: str, *, keeps_lines: bool = False) -> str:
    """Return a text with a picture of everything that a terminal would act on, or that nobody sees.

    Args:
        text: whatever somebody else wrote.
        keeps_lines: leave tabs and line ends as they are.
    """
    return text.translate(_NAMED_IN_LINES if keeps_lines else _NAMED)


def escaped_json(text: str) -> str:
    """Return JSON in which such characters of its texts are escaped as JSON has it, so that it says the same."""
    return text.translate({code: json.dumps(chr(code))[1:-1] for code in _ACTING if code >= 0x7F})
