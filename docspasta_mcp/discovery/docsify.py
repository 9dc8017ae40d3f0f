"""Read a docsify site by its own files: the Markdown that its scripts would show, in the order of its sidebar.

docsify sends an empty page whose script fetches README.md, _sidebar.md and the file of each route. Pure: the files
are fetched by `discover`.
"""

import re
from dataclasses import dataclass

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.urls import join_url, origin_of

_HEAD = 400_000  # characters in which its settings are looked for
_SETTING = r"""\b{name}["']?\s*:\s*["']([^"'\n]+)["']"""
_HAS_SIDEBAR = re.compile(r"""\bloadSidebar["']?\s*:(?!\s*(?:false|0)\b)""")
_SUFFIX = re.compile(r"\.\w+$")


@dataclass(frozen=True, slots=True)
class Docsify:
    """Where a docsify site has its files."""

    base: str
    home: str
    sidebar: str
    suffix: str = ".md"
    home_name: str = "README.md"

    def file_of(self, target: str) -> str:
        """Return the URL of the file that a link of the sidebar leads to, or an empty string."""
        path = target.lstrip("#!").partition("?")[0].partition("#")[0]
        if ":" in path.partition("/")[0] or path.startswith("//"):
            return ""
        if not path or path.endswith("/"):
            path += self.home_name
        elif not _SUFFIX.search(path):
            path += self.suffix
        try:
            url = join_url(self.base, path.lstrip("/"))
        except InvalidUrl:
            return ""
        return url if origin_of(url) == origin_of(self.base) and url.endswith(self.suffix) else ""


def docsify_of(text: str, url: str) -> Docsify | None:
    """Return where a site has its files, if its page, which was found at this URL, is docsify's."""
    text = text[:_HEAD]
    if "$docsify" not in text:
        return None
    config = text[text.find("$docsify") :]
    base, suffix = _setting(config, "basePath") or "./", _setting(config, "ext") or ".md"
    home_name = _setting(config, "homepage") or f"README{suffix}"
    sidebar = _setting(config, "loadSidebar") or ("_sidebar.md" if _HAS_SIDEBAR.search(config) else "")
    try:
        place = join_url(url, base if base.endswith("/") else f"{base}/")
        home = join_url(place, home_name)
        return Docsify(place, home, join_url(place, sidebar) if sidebar else "", suffix, home_name)
    except InvalidUrl:
        return None


def sidebar_entries(body: bytes, site: Docsify) -> tuple[NavEntry, ...]:
    """Return the lines of a sidebar, which is a list in Markdown."""
    from docspasta_mcp.discovery.folders.lists import markdown_list  # noqa: PLC0415  # for worker processes alone

    return tuple(markdown_list(body.decode("utf-8", "replace"), site.file_of))


def _setting(config: str, name: str) -> str:
    match = re.search(_SETTING.format(name=name), config)
    return match[1] if match else ""
