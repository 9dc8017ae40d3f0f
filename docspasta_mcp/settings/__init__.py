"""Every setting: read once, from the environment and a file, by `Settings.load(os.environ)`.

No other setting is read from the environment: failpoints of tests, and what other programs set (`VIRTUAL_ENV`), are
not settings. `fields` says what can be set, `rules` what must hold of it, `sources` where it is read from.
"""

from docspasta_mcp.settings.fields import MAX_DEPTH_CAP, MAX_PAGES_CAP
from docspasta_mcp.settings.rules import Settings
from docspasta_mcp.settings.sources import FILE_NAME, Loaded, Origin

__all__ = ["FILE_NAME", "MAX_DEPTH_CAP", "MAX_PAGES_CAP", "Loaded", "Origin", "Settings"]
