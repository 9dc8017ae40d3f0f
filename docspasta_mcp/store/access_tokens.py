"""Access tokens of owners: made, found, listed, revoked. Only their SHA-256 is stored.

A token has 256 random bits, so a plain hash is enough: there is nothing to guess (OWASP, Password Storage, on keys).
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, Connection, delete, or_
from sqlmodel import col

from docspasta_mcp.model.owner import TOKEN_PREFIX, AccessToken
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.statements import insert_row, read_row, read_rows
from docspasta_mcp.store.tables import TokenRow

_DAY_S = 86_400.0


class Access:
    """The repository of tokens."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def create(self, owner: str, *, days: float | None, is_operator: bool = False) -> tuple[AccessToken, str]:
        """Make a token for an owner; it is returned here and never again.

        Args:
            owner: whose jobs it opens.
            days: how long it holds; for ever if None.
            is_operator: whether it also opens the queue and the metrics.
        """
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        now = self._clock()
        access_token = AccessToken(
            secrets.token_hex(4), owner, now, None if days is None else now + days * _DAY_S, is_operator
        )

        def work(db: Connection) -> None:
            insert_row(
                db,
                TokenRow(
                    id=access_token.id,
                    owner=owner,
                    digest=_digest(token),
                    created_at=access_token.created_at,
                    expires_at=access_token.expires_at,
                    is_operator=is_operator,
                ),
            )

        await self._db.write(work)
        return access_token, token

    async def find(self, token: str) -> AccessToken | None:
        """Return what a token grants; None if it was never made, has been revoked or has expired."""
        return await self._good(col(TokenRow.digest) == _digest(token))

    async def holds(self, token_id: str) -> AccessToken | None:
        """Return what the token of this id grants; None if it has been revoked or has expired."""
        return await self._good(col(TokenRow.id) == token_id)

    async def _good(self, is_meant: ColumnElement[bool]) -> AccessToken | None:
        def work(db: Connection) -> AccessToken | None:
            row = read_row(db, TokenRow, is_meant)
            is_good = row is not None and (row.expires_at is None or row.expires_at > self._clock())
            return _access_token(row) if row is not None and is_good else None

        return await self._db.read(work)

    async def list(self) -> Sequence[AccessToken]:
        """Return all tokens that were made and not revoked, oldest first."""

        def work(db: Connection) -> Sequence[AccessToken]:
            return list(map(_access_token, read_rows(db, TokenRow, order=[col(TokenRow.created_at)])))

        return await self._db.read(work)

    async def revoke(self, name: str) -> int:
        """Revoke one token by its id, or all of an owner; return how many."""

        def work(db: Connection) -> int:
            named = delete(TokenRow).where(or_(col(TokenRow.id) == name, col(TokenRow.owner) == name))
            return db.execute(named).rowcount

        return await self._db.write(work)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _access_token(row: TokenRow) -> AccessToken:
    return AccessToken(row.id, row.owner, row.created_at, row.expires_at, row.is_operator)
