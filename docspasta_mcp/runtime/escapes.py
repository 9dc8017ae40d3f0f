"""Pictures of characters that act on a terminal or that nobody sees, for what is printed and logged."""

import json

_ACTING = (
    *range(32), *range(0x7F, 0xA0), 0xAD, 0x61C, 0x115F, *range(0x200B, 0x2010), *range(0x2028, 0x202F),
    *range(0x2060, 0x2070), 0x2800, 0x3164, 0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080),
)  # fmt: skip
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
