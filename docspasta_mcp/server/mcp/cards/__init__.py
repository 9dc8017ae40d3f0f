"""What a person sees in the conversation: a card of a crawl and one of search results, as MCP Apps.

Each is one HTML document without a request to anywhere; it asks for more by the host's own calls of our tools. Hosts
that do not show cards lose nothing: the tools' answers are the same for all.
"""

from functools import cache
from pathlib import Path

from mcp.server.apps import Apps

CRAWL = "ui://docspasta/crawl"
SEARCH = "ui://docspasta/search"
_HERE = Path(__file__).parent


def create_apps() -> Apps:
    """Return the extension with both cards; tools are bound to them by `Apps.tool`."""
    apps = Apps()
    apps.add_html_resource(
        CRAWL, card("crawl"), name="crawl", title="A crawl", prefers_border=True,
        description="Shows a crawl run, lists its pages, and sends chosen ones into the conversation.",
    )  # fmt: skip
    apps.add_html_resource(
        SEARCH, card("search"), name="search", title="Search results", prefers_border=True,
        description="Shows the passages that answer a question, and sends chosen ones into the conversation.",
    )  # fmt: skip
    return apps


@cache
def card(name: str) -> str:
    """Return a card as one HTML document, its style and script in it."""
    script = "\n".join((_HERE / f"{one}.js").read_text(encoding="utf-8") for one in ("host", "parts", name))
    page = (_HERE / f"{name}.html").read_text(encoding="utf-8")
    style = (_HERE / "card.css").read_text(encoding="utf-8")
    return page.replace("<!-- style -->", f"<style>\n{style}</style>").replace(
        "<!-- script -->", f"<script>\n{script}</script>"
    )
