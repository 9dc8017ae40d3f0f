import pytest

from docspasta_mcp.broker.durations import check_retry_delay, duration_ms, retry_after_ms, retry_delay_ms
from docspasta_mcp.broker.errors import BadRequest


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("90", 90_000), ("10s", 10_000), ("1d10h30m", 124_200_000), ("500ms", 500), ("1.5s", 1_500), ("0s", 0)],
)
def test_durations(text: str, milliseconds: int) -> None:
    assert duration_ms(text) == milliseconds


@pytest.mark.parametrize("text", ["", "s", "10 s", "-1s", "1x", "9" * 20])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(BadRequest):
        duration_ms(text)


@pytest.mark.parametrize(
    ("expression", "delays"),
    [
        (None, [12_182, 148_413, 1_808_042, 22_026_466, 86_400_000]),  # min(86400, e^(2.5·n)) s, as documented
        ("1000 * pow(2, retried)", [1_000, 2_000, 4_000, 8_000, 16_000]),
        ("min(60000, 2000 * pow(3, retried))", [2_000, 6_000, 18_000, 54_000, 60_000]),
        ("max(0, 10 - retried) % 7 + -(-1)", [4, 3, 2, 1, 7]),
        ("floor(1.9) + ceil(0.1) + round(0.4) + abs(-1) + sqrt(4) + exp(0)", [6] * 5),
        ("exp(1000)", [86_400_000] * 5),
        ("1 / retried", [86_400_000, 1, 0, 0, 0]),
        ("0 - 5", [0] * 5),
    ],
)
def test_retry_delays(expression: str | None, delays: list[int]) -> None:
    if expression:
        check_retry_delay(expression)
    assert [retry_delay_ms(expression, retried) for retried in range(5)] == delays


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [("5", 5_000), ("0", 0), ("1.5", 1_500), ("6m5s", 365_000), ("Thu, 01 Jan 1970 00:01:40 GMT", 40_000), ("-1", 0),
     ("Thu, 01 Jan 1970 00:00:01 GMT", 0), ("soon", None), ("", None), ("86401", None), ("nan", None)],
)  # fmt: skip
def test_retry_after(value: str, milliseconds: int | None) -> None:
    assert retry_after_ms(value, now=60) == milliseconds
