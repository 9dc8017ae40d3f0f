"""Whether pages of a crawl are rendered: the caller's choice, where the operator lets a browser run at all."""

from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.model.rendering import RenderMode
from docspasta_mcp.settings import Settings
from docspasta_mcp.settings.sites import Sites


def render_mode(settings: Settings, origin: str, asked: str | None) -> RenderMode:
    """Return the mode for a crawl of a site.

    Args:
        settings: the operator's; a site's own go before.
        origin: of the page that the crawl starts from.
        asked: by the caller; None for the operator's.

    Raises:
        InvalidRequest: it is not one, or the operator renders nothing of this site.
    """
    site = Sites.of_tables(settings.sites).by_origin.get(origin)
    allowed = RenderMode((site.render if site else None) or settings.render)
    if asked is None:
        return allowed
    if asked not in set(RenderMode):
        raise InvalidRequest(f"render is {asked!r:.50}; give {', '.join(RenderMode)}.")
    if allowed is RenderMode.NEVER and asked != RenderMode.NEVER:
        raise InvalidRequest(f"render is {asked!r}, but the operator renders no page of this site: leave it out.")
    return RenderMode(asked)
