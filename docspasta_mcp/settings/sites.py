"""What an operator sets for single sites: a table of the file for each, `[sites."docs.corp.example"]`.

Secrets stand in the environment: `${NAME}` in a value is replaced by that variable when the file is read.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.settings.proxies import DIRECT, proxy_url
from docspasta_mcp.urls import origin_of, parse_url

MAX_DELAY_S = 60.0
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PORT = re.compile(r":\d+$")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = frozenset(("host", "connection", "content-length", "transfer-encoding", "accept-encoding", "te", "upgrade"))
_TEXT = re.compile(r"[\x20-\x7e\x80-\xff]*")


class SiteSettings(BaseModel):
    """What holds for one site. `owners` may use `headers`, `cookies` and `basic_auth`; the rest holds for everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_agent: str = ""
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    cookies: dict[str, SecretStr] = Field(default_factory=dict)
    basic_auth: SecretStr | None = None
    owners: tuple[str, ...] = ("local",)
    delay_seconds: float = Field(0, ge=0, le=MAX_DELAY_S)
    concurrency: int | None = Field(None, ge=1, le=100)
    robots: bool = True
    render: Literal["auto", "never", "always"] | None = None
    proxy: SecretStr | None = None

    @field_validator("user_agent")
    @classmethod
    def _is_text(cls, value: str) -> str:
        return _text(value)

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, said in value.items():
            if not _NAME.fullmatch(name) or name.lower() in _OURS:
                raise ValueError(f"{name!r} is not a header that can be set")
            _text(said.get_secret_value())
        return value

    @field_validator("cookies")
    @classmethod
    def _are_cookies(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, said in value.items():
            if not _NAME.fullmatch(name) or ";" in _text(said.get_secret_value()):
                raise ValueError(f"{name!r} is not a cookie: its value may hold no semicolon")
        return value

    @field_validator("basic_auth")
    @classmethod
    def _is_a_pair(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and ":" not in value.get_secret_value():
            raise ValueError('must be like "user:${PASSWORD}"')
        return value

    @field_validator("proxy")
    @classmethod
    def _is_a_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and value.get_secret_value() != DIRECT:
            proxy_url(value.get_secret_value())
        return value

    @property
    def credentials(self) -> tuple[tuple[str, str], ...]:
        """The headers that only the site's owners may send, cookies and authorization among them."""
        sent = [(name, value.get_secret_value()) for name, value in self.headers.items()]
        if self.cookies:
            sent.append(("Cookie", "; ".join(f"{name}={one.get_secret_value()}" for name, one in self.cookies.items())))
        if self.basic_auth is not None:
            pair = self.basic_auth.get_secret_value().encode()
            sent.append(("Authorization", f"Basic {base64.b64encode(pair).decode()}"))
        return tuple(sent)


class Sites(BaseModel):
    """The settings of all sites, by origin."""

    model_config = ConfigDict(frozen=True)

    by_origin: dict[str, SiteSettings] = Field(default_factory=dict)

    @classmethod
    def of_tables(cls, tables: Mapping[str, SiteSettings]) -> Self:
        """Return the settings by origin.

        Raises:
            ValueError: a table is not called after a site.
        """
        return cls(by_origin={origin: one for name, one in tables.items() for origin in origins_of(name)})


def origins_of(name: str) -> tuple[str, ...]:
    """Return the origins that the name of a table stands for: `host` is https, `host:port` both, an origin itself.

    Raises:
        ValueError: it is not one of these.
    """
    says = f"{name!r} is not a host, host:port or origin, as in https://docs.corp.example"
    try:
        origin = origin_of(parse_url(name if "://" in name else f"https://{name}"))
        other = origin_of(parse_url(f"http://{name}")) if "://" not in name and _PORT.search(name) else ""
    except InvalidUrl as error:
        raise ValueError(says) from error
    if name.rstrip("/").count("/") > (2 if "://" in name else 0):
        raise ValueError(says)
    return (origin, other) if other else (origin,)


def with_secrets(value: Any, environ: Mapping[str, str]) -> Any:
    """Return a value of the file with `${NAME}` replaced by variables of the environment.

    Raises:
        ValueError: a variable is not set; the message names it.
    """
    if isinstance(value, str):
        for name in _VARIABLE.findall(value):
            if not environ.get(name):
                raise ValueError(f"the variable {name}, which it names, is not set")
        return _VARIABLE.sub(lambda match: environ[match[1]], value)
    if isinstance(value, dict):
        return {key: with_secrets(one, environ) for key, one in cast("dict[str, Any]", value).items()}
    return value


def _text(value: str) -> str:
    if not _TEXT.fullmatch(value):
        raise ValueError("holds a control character, or one that no header may hold")
    return value
