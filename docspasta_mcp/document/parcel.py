"""Large values on their way between the server and a worker process: pickled in a thread, and compressed.

A pickle made on the event loop stops it, for half a second with the graph of 100,000 pages. Links and blocks repeat
themselves from page to page, so that a fraction of the bytes is handed over.
"""

import gzip
import io
import pickle
from typing import Any

_QUICKLY = 1  # of gzip's levels


def pack(value: object) -> bytes:
    """Return a value as bytes, without the whole of its pickle in memory."""
    packed = io.BytesIO()
    with gzip.open(packed, "wb", compresslevel=_QUICKLY) as file:
        pickle.dump(value, file, protocol=pickle.HIGHEST_PROTOCOL)
    return packed.getvalue()


def unpack(packed: bytes) -> Any:
    """Return the value that `pack` was given, in this process or in another one of ours."""
    with gzip.open(io.BytesIO(packed)) as file:
        return pickle.load(file)  # noqa: S301  # nobody else makes them
