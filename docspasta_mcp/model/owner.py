"""Owners: whom a job belongs to, what they may have, and the access tokens that stand for them."""

import re
from dataclasses import dataclass

LOCAL_OWNER = "local"  # whoever uses this machine: stdio, the CLI and HTTP on loopback
TOKEN_PREFIX = "docspasta_"  # noqa: S105  # lets secret scanners and people recognise a token
OWNER_NAME_RULE = "1 to 64 letters, digits and _ . - but not 'local'."
_OWNER_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def is_owner_name(text: str) -> bool:
    """Tell whether tokens can be made for an owner of this name."""
    return bool(_OWNER_NAME.fullmatch(text)) and text != LOCAL_OWNER


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
