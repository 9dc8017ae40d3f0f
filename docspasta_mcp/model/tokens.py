"""Estimate how many tokens a model sees in a text, without any model's tokeniser."""

import math

CHARS_PER_TOKEN = 3.5  # ASCII documentation with code measures 3.6 to 4.3 with public tokenisers; less is the safe side


def count_tokens(text: str) -> int:
    """Return an estimate that errs high: 3.5 ASCII characters a token, and one for any other character."""
    ascii_chars = len(text.encode("ascii", "ignore"))
    return math.ceil(ascii_chars / CHARS_PER_TOKEN) + len(text) - ascii_chars
