"""Decode a response body (gzip and others) in bounded pieces, so that a decompression bomb cannot expand.

gzip and deflate always; Brotli and Zstandard where a library is installed that decodes with a bound, and only then are
they asked for. What is not a coding at all, such as `Content-Encoding: utf-8`, is passed over: servers send it.
"""

import zlib
from collections.abc import AsyncIterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from docspasta_mcp.errors import PageRefused

_CODINGS = frozenset(
    ("gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip")
)
_LEAST_BETWEEN = 10_000  # bytes: what is packed twice may be longer than it was
MAX_CODINGS = 3  # one over the other; more is an attack
_ZSTD = ("compression.zstd", "backports.zstd")


class _Decoder(Protocol):
    """What undoes one coding."""

    @property
    def is_whole(self) -> bool:
        """Whether the body did not end early."""
        ...

    def feed(self, data: bytes, most: int) -> bytes:
        """Return what the data decodes to, at most so many bytes; who gets that many has too much."""
        ...


def accepted_codings() -> str:
    """Return the Accept-Encoding header: what is decoded here with a bound."""
    return ", ".join(("gzip", "deflate", *(["br"] if _brotli() else []), *(["zstd"] if _zstd() else [])))


async def decoded(stream: AsyncIterator[bytes], encoding: str, limit: int, *, may_cut: bool = False) -> bytes:
    """Read a body, undo its coding, and stop at `limit` decoded bytes.

    Args:
        stream: the body as it comes.
        encoding: the Content-Encoding header.
        limit: decoded bytes at most.
        may_cut: return the beginning of what is larger, or ends early, instead of refusing it.

    Raises:
        PageRefused: it is too large, broken, ends early, or is in a coding that was not asked for.
    """
    decoder = _decoder_of(encoding)
    body = bytearray()
    async for chunk in stream:
        body += decoder.feed(chunk, limit - len(body) + 1) if decoder else chunk
        if len(body) > limit:
            if may_cut:
                return bytes(body[:limit])
            raise PageRefused("too_large", f"The page is larger than {limit} bytes.")
    if decoder and not decoder.is_whole and not may_cut:
        raise PageRefused("content_encoding", "The compressed body ends early.")
    return bytes(body)


def inflated(body: bytes, most: int) -> bytes:
    """Return what a gzip file of one member or several holds, at most so many bytes, as far as it is whole."""
    inflate = _Inflate("gzip")
    try:
        return inflate.feed(body, most)
    except PageRefused:
        return b""


def _decoder_of(header: str) -> _Decoder | None:
    named = [name.strip().lower() for name in header.split(",")]
    codings = [name for name in named if name in _CODINGS]
    if not codings:
        return None
    if len(codings) > MAX_CODINGS:
        raise PageRefused("content_encoding", f"The body is encoded more than {MAX_CODINGS} times.")
    decoders = [_decoder_of_one(name) for name in reversed(codings)]  # the last one was applied last
    return decoders[0] if len(decoders) == 1 else _Chain(decoders)


def _decoder_of_one(coding: str) -> _Decoder:
    if coding in ("gzip", "x-gzip", "deflate"):
        return _Inflate(coding)
    if coding == "br" and _brotli():
        return _Brotli(_brotli())
    if coding == "zstd" and _zstd():
        return _Zstd(_zstd())
    raise PageRefused("content_encoding", "The body is in a content encoding that was not asked for.")


@cache
def _brotli() -> Any:
    """Return the library, if it is one that decodes with a bound (brotli 1.2); else None."""
    try:
        library = import_module("brotli")
    except ImportError:
        return None
    return library if hasattr(library.Decompressor, "can_accept_more_data") else None


@cache
def _zstd() -> Any:
    for name in _ZSTD:
        try:
            return import_module(name)
        except ImportError:
            continue
    return None


def _broken(error: Exception) -> PageRefused:
    return PageRefused("content_encoding", f"The compressed body is broken: {error}.")


class _Chain:
    """Several codings, one over the other; what lies between two of them may be no longer than the body itself."""

    def __init__(self, decoders: Sequence[_Decoder]) -> None:
        self._decoders = decoders
        self._room = -1

    @property
    def is_whole(self) -> bool:
        return all(decoder.is_whole for decoder in self._decoders)

    def feed(self, data: bytes, most: int) -> bytes:
        if self._room < 0:
            self._room = len(self._decoders) * max(most, _LEAST_BETWEEN)
        for decoder in self._decoders[:-1]:
            data = decoder.feed(data, self._room + 1)
            self._room -= len(data)
            if self._room < 0:
                raise PageRefused("too_large", "Between its codings the body is too large.")
        return self._decoders[-1].feed(data, most)


class _Inflate:
    """Streaming gzip, of one member or several, or deflate, with or without zlib's header, as servers disagree."""

    def __init__(self, encoding: str) -> None:
        self._bits = 31 if encoding != "deflate" else 15
        self._engine = zlib.decompressobj(wbits=self._bits)
        self._may_be_raw = encoding == "deflate"
        self._is_plain: bool | None = None

    @property
    def is_whole(self) -> bool:
        return self._engine.eof or bool(self._is_plain)

    def feed(self, data: bytes, most: int) -> bytes:
        if self._is_plain is None and data:
            self._is_plain = (
                self._bits == 31 and data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"
            )  # a page that is only called compressed
        if self._is_plain:
            return data[:most]
        whole = bytearray()
        while data and len(whole) < most:
            if self._engine.eof:
                if self._bits != 31 or not data.startswith(b"\x1f"):
                    break  # what stands behind a body is not part of it
                self._engine = zlib.decompressobj(wbits=31)
            whole += self._piece(data, most - len(whole))
            data = self._engine.unused_data
        return bytes(whole)

    def _piece(self, data: bytes, most: int) -> bytes:
        try:
            piece = self._engine.decompress(data, most)
        except zlib.error as error:
            if not self._may_be_raw:
                raise _broken(error) from error
            self._engine, self._may_be_raw = zlib.decompressobj(wbits=-15), False
            return self._piece(data, most)
        self._may_be_raw = False
        return piece


class _Brotli:
    def __init__(self, library: Any) -> None:
        self._engine, self._error = library.Decompressor(), library.error

    @property
    def is_whole(self) -> bool:
        return self._engine.is_finished()

    def feed(self, data: bytes, most: int) -> bytes:
        whole = bytearray()
        try:
            whole += self._engine.process(data, output_buffer_limit=most)
            while len(whole) < most and not self._engine.can_accept_more_data():
                whole += self._engine.process(b"", output_buffer_limit=most - len(whole))
        except self._error as error:
            raise _broken(error) from error
        return bytes(whole)


class _Zstd:
    def __init__(self, library: Any) -> None:
        self._library, self._engine = library, library.ZstdDecompressor()

    @property
    def is_whole(self) -> bool:
        return self._engine.eof

    def feed(self, data: bytes, most: int) -> bytes:
        whole = bytearray()
        try:
            while len(whole) < most:
                if self._engine.eof:
                    if not data:
                        break
                    self._engine = self._library.ZstdDecompressor()
                whole += self._engine.decompress(data, most - len(whole))
                data = self._engine.unused_data if self._engine.eof else b""
                if self._engine.needs_input and not data:
                    break
        except self._library.ZstdError as error:
            raise _broken(error) from error
        return bytes(whole)
