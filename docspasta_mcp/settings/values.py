"""Values that have a form of their own: who may be crawled though not public, and the URL of a database."""

import base64
import re
from ipaddress import ip_network

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.urls import parse_url

_DRIVERS = {  # scheme of a DATABASE_URL, as hosts of PostgreSQL spell it too → SQLAlchemy's
    **dict.fromkeys(("sqlite", "sqlite+pysqlite"), "sqlite"),
    **dict.fromkeys(("postgresql+psycopg", "postgresql", "postgres"), "postgresql+psycopg"),
}
_FOLDER = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?")
_PRIVATE_HOST = re.compile(r"([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?|[0-9a-f.]*:[0-9a-f:.]*:[0-9a-f:.]*")


def private_entry(entry: str) -> str:
    """Return an entry of DOCSPASTA_ALLOW_PRIVATE: `host`, `host:port`, address or CIDR.

    Raises:
        ValueError: it is not one of these.
    """
    entry = entry.lower()
    if "://" in entry:
        raise ValueError(f"{entry!r} is a URL: leave off http:// and the path, as in docs.corp.example:8000")
    if "/" in entry:
        _check_network(entry)
    elif not _PRIVATE_HOST.fullmatch(entry):
        raise ValueError(f"{entry!r} is not a host, host:port, address or CIDR range")
    return entry


def split_pairs(text: str, form: str, *, at_last: bool = False) -> dict[str, str]:
    """Return the values of a setting `NAME=VALUE,NAME=VALUE` by their names.

    Args:
        text: the setting.
        form: of an entry, for the error.
        at_last: split at the last `=` of an entry, since names may have some, instead of the first.

    Raises:
        ValueError: an entry is not of that form.
    """
    pairs: dict[str, str] = {}
    for entry in filter(None, map(str.strip, text.split(","))):
        name, mark, value = entry.rpartition("=") if at_last else entry.partition("=")
        if not mark or not value.strip():
            raise ValueError(f"{entry!r} is not {form}")
        pairs[name.strip()] = value.strip()
    return pairs


def forge_entry(base: str) -> str:
    """Return the base URL of a forge, without its last slash.

    Raises:
        ValueError: it is not a URL.
    """
    if not base.startswith(("http://", "https://")):
        raise ValueError(f"{base!r} must start with http:// or https://")
    try:
        return parse_url(base).rstrip("/")
    except InvalidUrl as error:
        raise ValueError(str(error)) from error


def folder_entry(name: str) -> str:
    """Return the name of a folder.

    Raises:
        ValueError: it cannot be one.
    """
    if not _FOLDER.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a folder: give lower-case letters, digits and hyphens, at most 50")
    return name


def _check_network(text: str) -> None:
    try:
        ip_network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a CIDR range: {error}") from error


def database_url(text: str) -> str:
    """Return a URL of SQLite or PostgreSQL with the driver that SQLAlchemy shall use.

    Raises:
        ValueError: it is of another database, or names none.
    """
    scheme, _, rest = text.partition("://")
    driver = _DRIVERS.get(scheme.lower())
    if driver is None or not rest.strip("/") or (driver == "sqlite" and rest[0] != "/"):
        raise ValueError("must be like sqlite:///FILE or postgresql://HOST/NAME")
    return f"{driver}://{rest}"


def check_secret(text: str) -> bytes:
    """Return the key of a secret as Standard Webhooks writes it, `whsec_` and base64.

    Raises:
        ValueError: it is not base64 of 24 to 64 bytes.
    """
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError("must be whsec_ and the base64 of 24 to 64 random bytes")
    return key
