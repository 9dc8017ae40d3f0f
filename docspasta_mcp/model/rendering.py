"""Whether a crawl renders pages in a browser."""

from enum import StrEnum

RENDERED = "r:"  # how the hash of a body begins that a browser has rendered


class RenderMode(StrEnum):
    """Which pages are rendered: those whose source holds no text, none, or all."""

    AUTO = "auto"
    NEVER = "never"
    ALWAYS = "always"


def rendered_hash(digest: str) -> str:
    """Return the hash of a rendered body: no longer than others, and marked, so that such pages can be counted."""
    return f"{RENDERED}{digest}"[:32]
