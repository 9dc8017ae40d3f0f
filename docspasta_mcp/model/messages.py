"""What we publish: one message, one task. Strict on the way in, since a webhook is public."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from docspasta_mcp.errors import BadDelivery


class _Strict(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    user_id: str = Field(min_length=1, max_length=128)
    timestamp: int = Field(ge=0, description="When the message was made, in Unix milliseconds.")


class _Message(_Strict):
    job_id: str = Field(min_length=1, max_length=64)


class StartCrawl(_Message):
    """Find out what there is to crawl."""

    type: Literal["start-crawl"] = "start-crawl"


class ProcessUrl(_Message):
    """Turn one page of the frontier into Markdown. The row, not `url` and `depth`, decides what is fetched."""

    type: Literal["process-url"] = "process-url"
    page_id: int = Field(ge=1)
    url: str = Field(min_length=1, max_length=2_000)
    depth: int = Field(ge=0)


class FinalizeJob(_Message):
    """Put the pages in reading order and end the job."""

    type: Literal["finalize-job"] = "finalize-job"


class Notify(_Message):
    """Tell somebody outside what happened to a job. The row, not the message, says whom and what."""

    type: Literal["notify"] = "notify"
    notice_id: str = Field(min_length=1, max_length=64)


class RunSchedule(_Strict):
    """Start the crawl that a schedule asks for. The queue's own schedule repeats it; the row says what is crawled."""

    type: Literal["run-schedule"] = "run-schedule"
    schedule_id: str = Field(min_length=1, max_length=64)

    @property
    def job_id(self) -> str:
        """No job: it makes one."""
        return ""


Message = StartCrawl | ProcessUrl | FinalizeJob | Notify | RunSchedule


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message that is to be published. `id` is unique and stays the same when it is published again.

    `origin` is the site a page will be fetched from, `crawl_delay_s` the pause that site asks for.
    """

    id: int
    message: Message
    origin: str
    crawl_delay_s: float = 0


_ADAPTER: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def parse_message(body: bytes) -> Message:
    """Read a delivered body.

    Raises:
        BadDelivery: it is not one of our messages, to the letter.
    """
    try:
        return _ADAPTER.validate_json(body)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise BadDelivery(f"Malformed message: {problem['msg']} at {problem['loc']}.") from None
