"""What an operator can set: every field with its range, its default and its words; `rules` checks the rest.

`docs/configuration.md` lists the same table; a test compares the two.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from docspasta_mcp.settings.proxies import Proxies
from docspasta_mcp.settings.render_fields import RenderFields
from docspasta_mcp.settings.sites import SiteSettings
from docspasta_mcp.settings.sources import default_data_dir

MAX_PAGES_CAP = 1_000_000  # a crawl of more pages has no use for one document
MAX_DEPTH_CAP = 100


class Fields(RenderFields):
    """Every setting. Each field's alias is its environment variable, its name the key in the file."""

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
