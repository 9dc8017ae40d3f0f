"""Read as much of a body as is wanted, decoded and at hand, or as it comes into a file."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import IO

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.fetch.decoding import decoded


@dataclass(frozen=True, slots=True)
class Keep:
    """What is kept of a body: so many bytes, of a larger one its beginning or nothing, in a file or at hand."""

    limit: int
    may_cut: bool = False
    into: IO[bytes] | None = None

    async def body(self, stream: AsyncIterator[bytes], encoding: str) -> bytes:
        """Read a body; what goes into a file is not decoded, and only its beginning is returned."""
        if self.into is None:
            return await decoded(stream, encoding, self.limit, may_cut=self.may_cut)
        size, head = 0, b""
        async for chunk in stream:
            size += len(chunk)
            if size > self.limit:
                raise PageRefused("archive_too_large", f"The archive is larger than {self.limit:,} bytes.")
            head = head or chunk
            self.into.write(chunk)
        return head
