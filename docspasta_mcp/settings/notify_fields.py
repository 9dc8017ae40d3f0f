"""What an operator decides about word of what happens: webhooks, and reports of unexpected errors."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from docspasta_mcp.settings.values import check_secret


class NotifyFields(BaseSettings):
    """The part of `Settings` that says who is told what."""

    notify_url: SecretStr | None = Field(
        None,
        alias="DOCSPASTA_NOTIFY_URL",
        description="Webhook that is told of every job's end, dead letters and a queue that stands still.",
    )
    notify_secret: SecretStr | None = Field(
        None,
        alias="DOCSPASTA_NOTIFY_SECRET",
        description="Signs what is posted, as Standard Webhooks says: `whsec_` and base64 of 24 to 64 random bytes.",
    )
    notify_hosts: tuple[str, ...] = Field(
        (),
        alias="DOCSPASTA_NOTIFY_HOSTS",
        description="Comma-separated hosts that a crawl's own `notify_url` may name, `hooks.example.com`.",
    )
    sentry_dsn: SecretStr | None = Field(
        None,
        alias="SENTRY_DSN",
        description="Where unexpected exceptions are reported, without page text. Needs docspasta-mcp[sentry].",
    )

    @field_validator("notify_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        return (
            tuple(filter(None, (one.strip().lower() for one in value.split(",")))) if isinstance(value, str) else value
        )

    @field_validator("notify_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if "/" in host or not host:
                raise ValueError(f"{host!r} is not a host: leave off https:// and the path, as in hooks.example.com")
        return value

    @field_validator("notify_url")
    @classmethod
    def _webhook(cls, value: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(value.get_secret_value()) if value else None
        if parts is not None and not (parts.scheme in ("http", "https") and parts.hostname):
            raise ValueError("must start with http:// or https://")
        return value

    @field_validator("notify_secret")
    @classmethod
    def _base64(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_secret(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _is_signed(self) -> Self:
        if (self.notify_url or self.notify_hosts) and self.notify_secret is None:
            named = "DOCSPASTA_NOTIFY_URL" if self.notify_url else "DOCSPASTA_NOTIFY_HOSTS"
            raise ValueError(f"DOCSPASTA_NOTIFY_SECRET is not set, but {named} is: what is posted is signed.")
        return self

    @property
    def operator_url(self) -> str:
        """The operator's webhook, or an empty string."""
        return self.notify_url.get_secret_value() if self.notify_url else ""
