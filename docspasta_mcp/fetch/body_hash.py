"""The hash of a body, by which a later crawl knows it again."""

import hashlib

import anyio.to_thread

_LARGE = 500_000  # bytes; hashing more takes longer than asking a thread, and the event loop would wait


async def hash_of(body: bytes) -> str:
    """Return SHA-256 in hexadecimal digits."""
    if len(body) < _LARGE:
        return hashlib.sha256(body).hexdigest()
    return await anyio.to_thread.run_sync(lambda: hashlib.sha256(body).hexdigest())
