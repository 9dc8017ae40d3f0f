"""A schedule: a crawl that is made again and again, at the times that a cron expression names."""

from pydantic import BaseModel, ConfigDict, Field


class CrawlSchedule(BaseModel):
    """One schedule of one owner."""

    model_config = ConfigDict(frozen=True)

    id: str
    owner: str = Field(exclude=True)
    url: str
    cron: str = Field(description="Five fields, in UTC; `CRON_TZ=Europe/Berlin 0 4 * * *` is in that time zone.")
    options: dict[str, object] = Field(description="What the crawl is started with, beside its URL.")
    created_at: float
    ran_at: float | None = Field(description="When it last started a crawl, in Unix seconds.")

    @property
    def known_since(self) -> float:
        """The time up to which nothing is due any more."""
        return self.ran_at or self.created_at
