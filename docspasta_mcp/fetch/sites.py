"""The settings of single sites: headers, cookies, credentials and proxy of a request, by owner.

The operator's settings hold for one origin each, and are looked up for every hop of a redirect, so that nothing goes
along to another. Credentials are sent for the owners that they name alone.
"""

from collections.abc import Sequence

from docspasta_mcp.runtime.fair_slots import owner_at_work
from docspasta_mcp.settings.proxies import DIRECT, Proxies
from docspasta_mcp.settings.sites import Sites, SiteSettings

Pairs = list[tuple[bytes, bytes]]
_NONE = SiteSettings.model_validate({})


class SiteBook:
    """Looks up what holds for a site."""

    def __init__(self, sites: Sites | None = None, proxies: Proxies | None = None) -> None:
        """Prepare; without settings all sites are alike."""
        self._sites = sites or Sites()
        self._proxies = proxies or Proxies()

    def of(self, origin: str) -> SiteSettings:
        """Return what holds for everybody at a site."""
        return self._sites.by_origin.get(origin, _NONE)

    def is_signed_in(self, origin: str, owner: str | None = None) -> bool:
        """Tell whether requests to a site are sent with credentials, for an owner or for the one at work."""
        site = self._sites.by_origin.get(origin)
        if site is None or not site.credentials:
            return False
        return (owner_at_work() if owner is None else owner) in site.owners

    @property
    def with_credentials(self) -> tuple[str, ...]:
        """The origins that some owner signs in to."""
        return tuple(origin for origin, site in self._sites.by_origin.items() if site.credentials)

    def headers(self, origin: str, usual: Sequence[tuple[bytes, bytes]], *, signs_in: bool = True) -> Pairs:
        """Return the usual headers with those that are set for a site, credentials only if it `signs_in`."""
        site = self._sites.by_origin.get(origin)
        if site is None:
            return list(usual)
        own = [(b"user-agent", site.user_agent.encode("latin-1"))] if site.user_agent else []
        if signs_in and self.is_signed_in(origin):
            own += [(name.lower().encode(), value.encode("latin-1")) for name, value in site.credentials]
        set_here = {name for name, _ in own}
        return [*(pair for pair in usual if pair[0] not in set_here), *own]

    def proxy(self, origin: str) -> str:
        """Return the URL of the proxy that a site is asked through; empty for none."""
        own = self.of(origin).proxy
        if own is None:
            return self._proxies.of(origin)
        said = own.get_secret_value()
        return "" if said == DIRECT else Proxies.read(said, {}).of(origin)
