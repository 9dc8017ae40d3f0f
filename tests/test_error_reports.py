"""Reports to Sentry: unexpected exceptions alone, and nothing of what was read."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from docspasta_mcp.error_reports import configure_error_reports
from docspasta_mcp.errors import ConfigError, PageUnreachable

PAGE_TEXT = "the secret words of a page"
SENT: list[dict[str, Any]] = []


class Kept(Transport):
    def capture_envelope(self, envelope: Envelope) -> None:
        SENT.extend(json.loads(item.payload.get_bytes()) for item in envelope.items)


@pytest.fixture
def reports() -> Iterator[list[dict[str, Any]]]:
    SENT.clear()
    configure_error_reports("https://canary-key@sentry.example/1", transport=Kept)
    yield SENT
    sentry_sdk.get_client().close()
    sentry_sdk.Scope.get_global_scope().set_client(None)


def _fail(text: str) -> None:
    local = {"https://docs.example/path?token=1": text}
    try:
        assert local[text]
    except KeyError as error:
        raise ValueError(text) from error


def test_an_unexpected_exception_is_reported_without_what_was_read(reports: list[dict[str, Any]]) -> None:
    try:
        _fail(PAGE_TEXT)
    except ValueError:
        url = "https://user:pass@docs.example/private/path?token=1"
        logging.getLogger("docspasta_mcp.test").exception("❌ %s of job %s: %s", url, "abc123", PAGE_TEXT)
    (report,) = reports
    text = json.dumps(report)
    assert [one["type"] for one in report["exception"]["values"]] == ["KeyError", "ValueError"]
    assert report["logentry"]["params"] == ["docs.example", "abc123", "…"]
    assert any(frame["function"] == "_fail" for frame in report["exception"]["values"][0]["stacktrace"]["frames"])
    for secret in (PAGE_TEXT, "secret", "private", "token", "user:pass", "canary-key"):
        assert secret not in text


def test_what_was_expected_is_not_reported(reports: list[dict[str, Any]]) -> None:
    logger = logging.getLogger("docspasta_mcp.test")
    logger.error("❌ no exception")
    logger.error("❌ expected", exc_info=PageUnreachable("timeout", "No answer."))
    logger.warning("a warning")
    assert reports == []


def test_a_dsn_that_is_none_is_told() -> None:
    with pytest.raises(ConfigError, match="SENTRY_DSN is not a DSN"):
        configure_error_reports("nonsense")
