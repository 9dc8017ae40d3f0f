"""What this process keeps of ended jobs for the next question, and forgets when they are deleted."""

from typing import Any, TypeVar

from docspasta_mcp.runtime.bounded_cache import BoundedCache

K = TypeVar("K", bound=tuple[Any, ...])
V = TypeVar("V")

_caches: list[BoundedCache[Any, Any]] = []


def known_of_jobs(cache: BoundedCache[K, V]) -> BoundedCache[K, V]:
    """Return a cache whose keys begin with a job's id, from which deleted jobs will be dropped."""
    _caches.append(cache)
    return cache


def forget(job_id: str = "") -> None:
    """Keep nothing of a job any longer, or of any job."""
    for cache in _caches:
        cache.drop_all(lambda key: job_id in ("", key[0]))
