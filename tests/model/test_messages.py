import json
from typing import Any

import pytest

from docspasta_mcp.errors import BadDelivery
from docspasta_mcp.model.messages import StartCrawl, parse_message

GOOD = {
    "type": "process-url",
    "jobId": "j",
    "userId": "u",
    "timestamp": 1,
    "pageId": 2,
    "url": "https://d.example/",
    "depth": 0,
}


def test_a_message_reads_as_it_was_written() -> None:
    message = StartCrawl(job_id="j", user_id="u", timestamp=1)
    assert parse_message(message.model_dump_json(by_alias=True).encode()) == message


@pytest.mark.parametrize(
    "change",
    [
        {"type": "drop-table"}, {"type": None}, {"jobId": ""}, {"jobId": 5}, {"jobId": "x" * 65}, {"pageId": "2"}, {"pageId": 0},
        {"pageId": True}, {"depth": -1}, {"timestamp": "now"}, {"owner": "other"}, {"url": None},
    ],
)  # fmt: skip
def test_a_message_that_is_not_ours_to_the_letter_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadDelivery):
        parse_message(json.dumps(GOOD | change).encode())


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b'"start-crawl"'])
def test_a_body_that_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(BadDelivery):
        parse_message(body)
