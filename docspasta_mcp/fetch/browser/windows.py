"""Whether pages of a site are loaded once more in a window, where they show little without one.

A page that shows nothing is. Of those that show something, as a page of two sentences does, a site's first ones are:
where a window has shown no more of them, it is not asked for the rest.
"""

from docspasta_mcp.fetch.browser.look import ENOUGH
from docspasta_mcp.runtime.bounded_cache import BoundedCache

FIRST_PAGES = 2
_MAX_SITES = 1_000


class Windows:
    """What windows have shown of the pages of each site, as long as a browser runs."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._in_vain: BoundedCache[str, int] = BoundedCache(_MAX_SITES)
        self._helped: BoundedCache[str, bool] = BoundedCache(_MAX_SITES)

    def may_show_more(self, origin: str, text: int) -> bool:
        """Tell whether a page that showed so many characters is worth a window."""
        if text >= ENOUGH:
            return False
        return not text or bool(self._helped.get(origin)) or (self._in_vain.get(origin) or 0) < FIRST_PAGES

    def note(self, origin: str, text: int, in_window: int) -> None:
        """Note how many characters a page showed without a window and in one."""
        if in_window > text:
            self._helped.put(origin, True)
        elif text:
            self._in_vain.put(origin, (self._in_vain.get(origin) or 0) + 1)
