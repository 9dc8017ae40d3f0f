"""What bodies of REST calls that start crawls have in common: the URL and the choices."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class WantedCrawl(BaseModel):
    """A crawl as a body asks for it; `CrawlChoices` says what each field means."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: str
    max_pages: int | None = None
    max_depth: int | None = None
    include: list[str] = []
    exclude: list[str] = []
    scope: Literal["auto", "prefix", "host"] = "auto"
    include_hosts: list[str] = []
    version: str = ""
    quality_threshold: int | None = None
    delay_seconds: float = 0
    render: Literal["auto", "never", "always"] | None = None
    notify_url: str = ""
