"""Owners: whom a job belongs to, what they may have, and the access tokens that stand for them."""

from dataclasses import dataclass

LOCAL_OWNER = "local"  # whoever uses this machine: stdio, the CLI and HTTP on loopback
TOKEN_PREFIX = "docspasta_"  # noqa: S105  # lets secret scanners and people recognise a token


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token without its secret: whose jobs it opens, and until when (Unix seconds; None is for ever).

    `is_operator`: it also opens what tells of all owners, the queue and the metrics.
    """

    id: str
    owner: str
    created_at: float
    expires_at: float | None
    is_operator: bool = False


@dataclass(frozen=True, slots=True)
class Quota:
    """What one owner may have at most: running jobs, pages of all jobs, bytes of their Markdown."""

    running_jobs: int
    pages: int
    stored_bytes: int
