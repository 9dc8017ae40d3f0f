"""Dead letters of which somebody else has seen to some meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.server.ui.operating import retry_chosen


@dataclass(frozen=True)
class Letter:
    dlq_id: str


class Letters:
    """Three letters, of which the second is gone by the time it is tried."""

    def __init__(self) -> None:
        self.retried: list[str] = []

    async def dead_letters(self, *, cursor: str | None = None) -> tuple[Sequence[Letter], str | None]:  # noqa: ARG002
        return [Letter(name) for name in ("a", "gone", "c")], None

    async def retry(self, dlq_id: str) -> str:
        if dlq_id == "gone":
            raise InvalidRequest("No dead letter of this id.")
        self.retried.append(dlq_id)
        return "message"


async def test_retrying_all_goes_on_past_one_that_is_gone() -> None:
    letters = Letters()
    await retry_chosen(letters, {"all": "yes"})
    assert letters.retried == ["a", "c"]
    with pytest.raises(InvalidRequest, match="No dead letter"):
        await retry_chosen(letters, {"id": "gone"})
