"""What is said of an error that nobody expected, at every door: nothing of it but whether to try again."""

from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True, slots=True)
class Fault:
    """An HTTP status, a stable code and words."""

    status: int
    code: str
    words: str


_AWAY = Fault(503, "store_unavailable", "The store does not answer now. Try again in a moment.")
_FAILED = Fault(500, "internal_error", "The server failed at this, and its log says why. Other requests may work.")


def fault_of(error: BaseException) -> Fault:
    """Return what callers are told; the log has the rest."""
    from docspasta_mcp.store.database import is_outage  # noqa: PLC0415  # hosts wait for a start without the store

    if isinstance(error, BaseExceptionGroup):
        return fault_of(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])
    return _AWAY if is_outage(error) else _FAILED
