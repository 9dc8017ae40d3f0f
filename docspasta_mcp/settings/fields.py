"""What an operator can set: every field with its range, its default and its words, and what must fit together.

`docs/configuration.md` lists the same table; a test compares the two.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self, cast

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from docspasta_mcp.settings.proxies import Proxies
from docspasta_mcp.settings.render_fields import RenderFields
from docspasta_mcp.settings.sites import Sites, SiteSettings, with_secrets
from docspasta_mcp.settings.sources import Loaded, absolute, default_data_dir, load, variables_of
from docspasta_mcp.settings.values import (
    database_url,
    folder_entry,
    forge_entry,
    named_folders,
    named_forges,
    private_entry,
)
from docspasta_mcp.urls import is_loopback

MAX_PAGES_CAP = 1_000_000  # a crawl of more pages has no use for one document
MAX_DEPTH_CAP = 100


class Settings(RenderFields):
    """What an operator decides. Each field's alias is its environment variable, its name the key in the file."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, env_ignore_empty=True, enable_decoding=False
    )

    config_file: Path | None = Field(
        None,
        alias="DOCSPASTA_CONFIG",
        description="File of further settings. Default: `docspasta.toml` in the data directory, if it is there.",
    )
    qstash_url: str = Field("https://qstash.upstash.io", alias="QSTASH_URL", description="Base URL of QStash's API.")
    qstash_token: SecretStr | None = Field(
        None,
        alias="QSTASH_TOKEN",
        description="QStash API token. Without it the embedded broker serves and the other `QSTASH_*` keys are unused.",
    )
    qstash_current_signing_key: SecretStr | None = Field(
        None, alias="QSTASH_CURRENT_SIGNING_KEY", description="Key that QStash signs deliveries with."
    )
    qstash_next_signing_key: SecretStr | None = Field(
        None, alias="QSTASH_NEXT_SIGNING_KEY", description="Key that QStash signs with after the next rotation."
    )
    qstash_queue_name: str = Field(
        "docspasta-crawl",
        alias="QSTASH_QUEUE_NAME",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="Prefix of flow-control keys and label of every message.",
    )
    qstash_concurrency: int = Field(
        5,
        alias="QSTASH_CONCURRENCY",
        ge=1,
        le=100,
        description="Pages of one site fetched at the same time, by each server.",
    )
    qstash_max_retries: int = Field(
        3,
        alias="QSTASH_MAX_RETRIES",
        ge=0,
        le=10,
        description="Retries of a delivery, and of a page, after the first try.",
    )
    base_url: str | None = Field(
        None,
        alias="BASE_URL",
        description="Public URL of this server, where QStash delivers. Required with `QSTASH_TOKEN`.",
    )
    database_url: str | None = Field(
        None,
        alias="DATABASE_URL",
        description="URL of the store, `postgresql://…` or `sqlite:///…`. Default: in the data directory.",
    )
    data_dir: Path = Field(
        default_factory=default_data_dir,
        alias="DOCSPASTA_DATA_DIR",
        description="Where the store, the embedded broker and its keys live. Default: the user's data directory.",
    )
    hub_port: int | None = Field(
        None,
        alias="DOCSPASTA_HUB_PORT",
        ge=1024,
        le=65535,
        description="Loopback port of the hub. Default: a free port, chosen once per data directory.",
    )
    broker_allow: tuple[str, ...] = Field(
        (),
        alias="DOCSPASTA_BROKER_ALLOW",
        description="Comma-separated URL prefixes that the embedded broker may deliver to besides our own webhook, "
        "`http://127.0.0.1:3000/hooks/`.",
    )
    allow_private: tuple[str, ...] = Field(
        (),
        alias="DOCSPASTA_ALLOW_PRIVATE",
        description="Comma-separated hosts, `host:port` or CIDR ranges that may be crawled though not public.",
    )
    proxy: Proxies | None = Field(
        None,
        alias="DOCSPASTA_PROXY",
        description="Proxy that sites are asked through, `http://proxy.example:3128`; "
        "`env` for those of the environment, as `HTTPS_PROXY` and `NO_PROXY` name them.",
    )
    sites: dict[str, SiteSettings] = Field(
        default_factory=dict, description="What holds for single sites: a table for each, in the file alone."
    )
    folders: dict[str, Path] = Field(
        default_factory=dict,
        alias="DOCSPASTA_FOLDERS",
        description="Comma-separated `NAME=PATH` of folders or archives on this machine that callers may crawl as "
        "`folder:NAME`.",
    )
    files: Literal["linked", "seed", "never"] = Field(
        "linked",
        alias="DOCSPASTA_FILES",
        description="Which PDF, Word, PowerPoint and EPUB files are read: `linked` by pages of the manual too, only as "
        "the `seed` of a crawl, or `never`.",
    )
    forges: dict[str, Literal["github", "gitlab"]] = Field(
        default_factory=dict,
        alias="DOCSPASTA_FORGES",
        description="Comma-separated `URL=github` or `URL=gitlab` of forges whose repositories are read by their "
        "archives, besides github.com and gitlab.com.",
    )
    max_pages: int = Field(
        500,
        alias="DOCSPASTA_MAX_PAGES",
        ge=1,
        le=MAX_PAGES_CAP,
        description="Pages of a crawl that names no limit itself.",
    )
    max_pages_cap: int = Field(
        10_000,
        alias="DOCSPASTA_MAX_PAGES_CAP",
        ge=1,
        le=MAX_PAGES_CAP,
        description="Pages that a caller may ask for at most.",
    )
    max_depth: int = Field(
        10, alias="DOCSPASTA_MAX_DEPTH", ge=0, le=MAX_DEPTH_CAP, description="Links from the seed to the farthest page."
    )
    quality_threshold: int = Field(
        20, alias="DOCSPASTA_QUALITY_THRESHOLD", ge=0, le=100, description="Pages that score lower are skipped."
    )
    page_timeout_s: float = Field(
        20, alias="DOCSPASTA_PAGE_TIMEOUT_S", gt=0, le=300, description="Seconds for one page, its body included."
    )
    max_page_bytes: int = Field(
        10_000_000, alias="DOCSPASTA_MAX_PAGE_BYTES", ge=1_000, description="Decoded bytes of one page."
    )
    job_deadline_s: float = Field(
        21_600, alias="DOCSPASTA_JOB_DEADLINE_S", gt=0, description="Seconds after which a job ends with what it has."
    )
    result_cache_hours: float = Field(
        24,
        alias="DOCSPASTA_RESULT_CACHE_HOURS",
        ge=0,
        description="How long a finished crawl answers for the same start_crawl.",
    )
    retention_days: float = Field(
        30,
        alias="DOCSPASTA_RETENTION_DAYS",
        gt=0,
        description="Finished jobs that nobody has read for as long are deleted, unless they are pinned.",
    )
    owner_running_jobs: int = Field(
        100, alias="DOCSPASTA_OWNER_RUNNING_JOBS", ge=1, description="Jobs of one owner that run at the same time."
    )
    owner_pages: int = Field(
        1_000_000, alias="DOCSPASTA_OWNER_PAGES", ge=1, description="Pages that one owner may have stored."
    )
    owner_bytes: int = Field(
        20_000_000_000,
        alias="DOCSPASTA_OWNER_BYTES",
        ge=1,
        description="Bytes of Markdown and its index after which an owner stores no further page or job.",
    )
    owner_calls_per_minute: int = Field(
        600, alias="DOCSPASTA_OWNER_CALLS_PER_MINUTE", ge=1, description="HTTP requests of one token's owner a minute."
    )
    tools_schedule: bool = Field(
        False,
        alias="DOCSPASTA_TOOLS_SCHEDULE",
        description="Whether tools may have a manual crawled again and again: start_crawl then takes `cron`.",
    )
    oauth_issuer: str | None = Field(
        None,
        alias="DOCSPASTA_OAUTH_ISSUER",
        description="Issuer of the OAuth access tokens to accept; needs `BASE_URL`.",
    )
    oauth_audience: str | None = Field(
        None, alias="DOCSPASTA_OAUTH_AUDIENCE", description="Their audience. Default: `BASE_URL/mcp`."
    )
    oauth_jwks_url: str | None = Field(
        None,
        alias="DOCSPASTA_OAUTH_JWKS_URL",
        description="Where the issuer's keys are. Default: `/.well-known/jwks.json` below the issuer.",
    )
    semantic_model: str | None = Field(
        None,
        alias="DOCSPASTA_SEMANTIC_MODEL",
        description="Folder of a model of static embeddings, or its name on the Hugging Face Hub, by which passages "
        "are ranked besides their words. Needs docspasta-mcp[semantic].",
    )
    workers: int = Field(
        2, alias="DOCSPASTA_WORKERS", ge=1, le=64, description="Processes that turn HTML into Markdown."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", alias="DOCSPASTA_LOG_LEVEL", description="Lowest level that is logged to stderr."
    )
    otel_endpoint: str | None = Field(
        None,
        alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="Base URL of an OpenTelemetry collector that takes traces. Needs docspasta-mcp[tracing].",
    )
    log_format: Literal["text", "json"] = Field(
        "text", alias="DOCSPASTA_LOG_FORMAT", description="`text` for people, `json` for machines."
    )

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
        return named_folders(value) if isinstance(value, str) else value

    @field_validator("folders")
    @classmethod
    def _known_folders(cls, value: dict[str, Path]) -> dict[str, Path]:
        return {folder_entry(name): absolute(path) for name, path in value.items()}

    @field_validator("forges", mode="before")
    @classmethod
    def _named_forges(cls, value: object) -> object:
        return named_forges(value) if isinstance(value, str) else value

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
