"""Bodies in every coding that is asked for, whole and with a bound."""

import gzip
import zlib
from collections.abc import AsyncIterator

import brotli
import pytest
from backports import zstd

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.fetch.decoding import accepted_codings, decoded

TEXT = b"".join(b"line %d\n" % number for number in range(5_000))
PACKED = {
    "": TEXT,
    "identity": TEXT,
    "utf-8": TEXT,
    "none": TEXT,
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT[:9_000]) + gzip.compress(TEXT[9_000:]),
    "GZIP": gzip.compress(TEXT) + b"\0\0",
    "deflate": zlib.compress(TEXT),
    "Deflate": zlib.compress(TEXT)[2:-4],
    "gzip, gzip": gzip.compress(gzip.compress(TEXT)),
    "deflate, br": brotli.compress(zlib.compress(TEXT)),
    "br": brotli.compress(TEXT),
    "zstd": zstd.compress(TEXT[:9_000]) + zstd.compress(TEXT[9_000:]),
}


async def _in_pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@pytest.mark.parametrize("encoding", PACKED)
@pytest.mark.parametrize("size", [7, 1_000, 1_000_000])
async def test_a_body_is_read_whole_however_it_is_packed(encoding: str, size: int) -> None:
    assert await decoded(_in_pieces(PACKED[encoding], size), encoding, len(TEXT)) == TEXT


@pytest.mark.parametrize("encoding", PACKED)
async def test_a_body_stops_at_the_limit(encoding: str) -> None:
    with pytest.raises(PageRefused) as caught:
        await decoded(_in_pieces(PACKED[encoding], 1_000), encoding, len(TEXT) - 1)
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
async def test_a_body_that_ends_early_is_refused(encoding: str) -> None:
    with pytest.raises(PageRefused) as caught:
        await decoded(_in_pieces(PACKED[encoding][:-9], 1_000), encoding, 1_000_000)
    assert caught.value.reason == "content_encoding"


async def test_a_page_that_is_only_called_compressed_is_read() -> None:
    body = b"\n<html>" + TEXT

    assert await decoded(_in_pieces(body, 1_000), "gzip", 1_000_000) == body
    with pytest.raises(PageRefused):
        await decoded(_in_pieces(body, 1_000), "gzip", 10_000)


async def test_what_lies_between_two_codings_does_not_expand() -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 30_000_000, 9) * 20, 9)
    with pytest.raises(PageRefused) as refused:
        await decoded(_in_pieces(bomb, 10_000), "gzip, gzip", 100_000)
    assert refused.value.reason == "too_large"
    of_nothing = gzip.compress(gzip.compress(b"") * 50_000)  # a megabyte of members that hold nothing
    with pytest.raises(PageRefused) as refused:
        await decoded(_in_pieces(of_nothing, 1_000), "gzip, gzip", 10_000)
    assert refused.value.reason == "too_large"
    with pytest.raises(PageRefused, match="more than 3 times"):
        await decoded(_in_pieces(bomb, 10_000), "gzip, gzip, gzip, gzip", 100_000)


async def test_what_was_not_asked_for_is_refused() -> None:
    with pytest.raises(PageRefused):
        await decoded(_in_pieces(TEXT, 1_000), "compress", 1_000_000)
    assert accepted_codings() == "gzip, deflate, br, zstd"
