"""Signals where the event loop cannot be asked for them, as on Windows."""

import signal

import anyio

from docspasta_mcp.server.shutdown import signals_by_handler


async def test_a_signal_reaches_the_server_by_a_plain_handler_which_is_taken_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with signals_by_handler(signal.SIGINT, signal.SIGTERM) as signals, anyio.fail_after(5):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        assert [await anext(aiter(signals)) for _ in range(2)] == [signal.SIGTERM, signal.SIGINT]
    assert signal.getsignal(signal.SIGTERM) is before
