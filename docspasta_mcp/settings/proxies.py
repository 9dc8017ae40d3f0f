"""Through which proxy a site is asked: one for all, those of the environment, or none."""

from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from docspasta_mcp.urls import authority_of, host_of, is_loopback

ENVIRONMENT, DIRECT = "env", "none"


class Proxies(BaseModel):
    """The proxies for each scheme, and the hosts that are asked directly, as NO_PROXY names them."""

    model_config = ConfigDict(frozen=True)

    https: SecretStr | None = None
    http: SecretStr | None = None
    no_proxy: str = ""

    @classmethod
    def read(cls, value: str, environ: Mapping[str, str]) -> Self:
        """Return what `DOCSPASTA_PROXY` says: the URL of a proxy for all sites, `env` or `none`.

        Raises:
            ValueError: a URL is not a proxy's.
        """
        if value == DIRECT:
            return cls()
        if value != ENVIRONMENT:
            return cls(https=SecretStr(proxy_url(value)), http=SecretStr(proxy_url(value)))
        named = {name.lower(): one for name, one in environ.items() if one}
        any_ = named.get("all_proxy", "")
        https, http = named.get("https_proxy", any_), named.get("http_proxy", any_)
        return cls(
            https=SecretStr(proxy_url(https)) if https else None,
            http=SecretStr(proxy_url(http)) if http else None,
            no_proxy=named.get("no_proxy", ""),
        )

    def of(self, origin: str) -> str:
        """Return the URL of the proxy for an origin; empty for none. This machine is never asked through one."""
        if is_loopback(origin) or self._goes_past(origin):
            return ""
        chosen = self.https if origin.startswith("https:") else self.http
        return chosen.get_secret_value() if chosen else ""

    def _goes_past(self, origin: str) -> bool:
        """Tell whether NO_PROXY names a host: itself, a domain that it is in, or all."""
        host, named = host_of(origin), [entry.strip().lower() for entry in self.no_proxy.split(",")]
        domains = filter(None, (entry.removeprefix("*").removeprefix(".") for entry in named))
        return "*" in named or any(one in (host, authority_of(origin)) or host.endswith(f".{one}") for one in domains)


def proxy_url(text: str) -> str:
    """Return the URL of a proxy, which may hold a name and a password.

    Raises:
        ValueError: it is not the URL of a proxy. The message does not repeat it.
    """
    parts = urlsplit(text if "://" in text else f"http://{text}")
    try:
        is_port = parts.port != 0
    except ValueError:
        is_port = False
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_port or parts.path.strip("/"):
        raise ValueError("must be like http://proxy.example:3128, env or none")
    return parts.geturl()
