"""Infer from the seed URL which part of a site a crawl may enter."""

from docspasta_mcp.models import JobOptions, Scope
from docspasta_mcp.urls import origin_of, path_of


def infer_scope(seed_url: str, options: JobOptions) -> Scope:
    """Return the scope of a parsed seed URL: its directory; a leaf page uses its parent directory."""
    path = path_of(seed_url)
    prefix = path[: path.rindex("/") + 1]
    if prefix == "/":
        reason = "the whole site, since the URL is at its top"
    elif path == prefix:
        reason = f"all below {prefix}, the directory of the URL"
    else:
        reason = f"all below {prefix}, the parent directory of the page"
    return Scope(origin_of(seed_url), prefix, reason, options.include, options.exclude)
