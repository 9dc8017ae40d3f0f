"""What the settings must be beyond their types: the form of single values, and what must fit together."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self, cast

from pydantic import field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from docspasta_mcp.settings.fields import Fields
from docspasta_mcp.settings.proxies import Proxies
from docspasta_mcp.settings.sites import Sites, SiteSettings, with_secrets
from docspasta_mcp.settings.sources import Loaded, absolute, load, variables_of
from docspasta_mcp.settings.values import database_url, folder_entry, forge_entry, private_entry, split_pairs
from docspasta_mcp.urls import is_loopback

_FOLDERS_FORM = "NAME=PATH, as in handbook=/srv/handbook"
_FORGES_FORM = "URL=github or URL=gitlab, as in https://git.corp.example=gitlab"


class Settings(Fields):
    """What an operator decides."""

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Loaded[Self]:
        """Read the settings, and say where each comes from: the environment, else the file, else its default.

        Raises:
            ConfigError: a value makes no sense, a key of the file is unknown, or QStash is half configured.
        """
        return load(cls, environ)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings, as `load`."""
        return cls.load(environ).settings

    @classmethod
    def variables(cls) -> dict[str, str]:
        """Return every environment variable with its description."""
        return variables_of(cls)

    @classmethod
    def settings_customise_sources(  # its signature is the library's
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Disable all implicit sources: `load` passes in the values."""
        return (init_settings,)

    @classmethod
    def prepared(cls, values: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
        """Return what was read with what it names in the environment: secrets of sites, and proxies.

        Raises:
            ValueError: a variable is not set, or a proxy is malformed; the message names the setting.
        """
        found = dict(values)
        if isinstance(proxy := found.get("DOCSPASTA_PROXY"), str):
            try:
                found["DOCSPASTA_PROXY"] = Proxies.read(proxy, environ)
            except ValueError as error:
                raise ValueError(f"DOCSPASTA_PROXY: {error}") from None
        if isinstance(sites := found.get("sites"), dict):
            for name, table in cast("dict[str, Any]", sites).items():
                try:
                    found["sites"] = {**found["sites"], name: with_secrets(table, environ)}
                except ValueError as error:
                    raise ValueError(f'sites."{name}": {error}') from None
        return found

    @field_validator("allow_private", "broker_allow", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, (entry.strip() for entry in value.split(",")))) if isinstance(value, str) else value

    @field_validator("allow_private")
    @classmethod
    def _known_private(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(private_entry, value))

    @field_validator("sites")
    @classmethod
    def _are_called_after_sites(cls, value: dict[str, SiteSettings]) -> dict[str, SiteSettings]:
        Sites.of_tables(value)
        return value

    @field_validator("folders", mode="before")
    @classmethod
    def _named_folders(cls, value: object) -> object:
        return split_pairs(value, _FOLDERS_FORM) if isinstance(value, str) else value

    @field_validator("folders")
    @classmethod
    def _known_folders(cls, value: dict[str, Path]) -> dict[str, Path]:
        return {folder_entry(name): absolute(path) for name, path in value.items()}

    @field_validator("forges", mode="before")
    @classmethod
    def _named_forges(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return {base: kind.lower() for base, kind in split_pairs(value, _FORGES_FORM, at_last=True).items()}

    @field_validator("forges")
    @classmethod
    def _known_forges(cls, value: dict[str, str]) -> dict[str, str]:
        return {forge_entry(base): kind for base, kind in value.items()}

    @field_validator("broker_allow")
    @classmethod
    def _prefixes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for prefix in value:
            if not prefix.startswith(("http://", "https://")):
                raise ValueError(f"{prefix!r} must start with http:// or https://")
        return value

    @field_validator("data_dir", "config_file", "browser")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return absolute(value) if value else None

    @field_validator("oauth_issuer", "oauth_jwks_url")
    @classmethod
    def _trusted_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith("https://") and not is_loopback(value):
            raise ValueError("must start with https://")
        return value

    @field_validator("base_url", "qstash_url", "otel_endpoint")
    @classmethod
    def _http_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/") if value else value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        return database_url(value) if value is not None else None

    @model_validator(mode="after")
    def _default_is_within_the_cap(self) -> Self:
        if self.max_pages > self.max_pages_cap:
            raise ValueError(f"DOCSPASTA_MAX_PAGES: {self.max_pages} is more than DOCSPASTA_MAX_PAGES_CAP allows")
        return self

    @model_validator(mode="after")
    def _qstash_is_whole(self) -> Self:
        if self.qstash_token is None:
            return self
        for name, value in (
            ("QSTASH_CURRENT_SIGNING_KEY", self.qstash_current_signing_key),
            ("QSTASH_NEXT_SIGNING_KEY", self.qstash_next_signing_key),
            ("BASE_URL", self.base_url),
        ):
            if value is None:
                raise ValueError(
                    f"{name} is not set, but QSTASH_TOKEN is. Set both, or neither for the embedded broker."
                )
        if self.base_url and is_loopback(self.base_url) and not is_loopback(self.qstash_url):
            raise ValueError(
                f"BASE_URL is {self.base_url}, which QStash at {self.qstash_url} cannot reach. Set a public URL."
            )
        return self

    @property
    def lease_s(self) -> float:
        """Seconds for which a delivery holds a page: robots.txt, the page and its reading; it renews them at work."""
        return 2 * self.page_timeout_s + 50

    @model_validator(mode="after")
    def _oauth_is_whole(self) -> Self:
        if self.oauth_issuer is not None and self.base_url is None:
            raise ValueError("BASE_URL is not set, but DOCSPASTA_OAUTH_ISSUER is: tokens are made out to a URL.")
        return self

    @cached_property
    def is_embedded(self) -> bool:
        """Whether messages go through the embedded broker."""
        return self.qstash_token is None
