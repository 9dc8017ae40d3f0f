"""Where a manual lies, in words that may stand in our own sentences."""

from docspasta_mcp.model.folder import called
from docspasta_mcp.urls import path_of


def said_place(seed_url: str, origin: str, prefix: str) -> str:
    """Return what the URLs of a manual begin with, as far as whoever asked for it said so.

    A site chooses where it redirects to and what its navigation names, and a path may be a sentence.
    """
    asked = f"{path_of(seed_url).rstrip('/')}/"
    return called(origin + (prefix if asked.startswith(prefix) or path_of(seed_url).startswith(prefix) else "/…"))
