"""What one installation's embedded broker needs: a token, signing keys and a port, drawn once, mode 0600."""

import json
import os
import secrets
import socket
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from docspasta_mcp.errors import ConfigError


class CredentialsDamaged(ConfigError):
    """The file with the embedded broker's credentials cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """The contents of the credentials file. `port` is the hub's on loopback."""

    token: str
    current_key: str
    next_key: str
    port: int

    @property
    def hub_url(self) -> str:
        """Where the hub's webhook and broker are."""
        return f"http://127.0.0.1:{self.port}"


def load_credentials(data_dir: Path, *, port: int | None) -> Credentials:
    """Read the installation's credentials, or draw them; several processes may be first at once.

    Args:
        data_dir: made if it does not exist.
        port: the operator's choice; else the one in the file, a free one when it is drawn.

    Raises:
        ConfigError: the directory cannot be used.
        CredentialsDamaged: the file cannot.
    """
    path = data_dir / "broker.json"
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _draw(path)
        data = json.loads(path.read_text())
        credentials = Credentials(**data)
    except OSError as error:
        raise ConfigError(f"DOCSPASTA_DATA_DIR {data_dir} cannot be used: {error.strerror}.") from None
    except (ValueError, TypeError):
        raise CredentialsDamaged(f"{path} is damaged. Delete it and start again; running crawls go on.") from None
    return (
        credentials
        if port is None
        else Credentials(credentials.token, credentials.current_key, credentials.next_key, port)
    )


def store_keys(data_dir: Path, *, current: str, following: str) -> None:
    """Replace the signing keys in the file, whole or not at all."""
    path = data_dir / "broker.json"
    before = Credentials(**json.loads(path.read_text()))
    _write(replace(before, current_key=current, next_key=following), path).replace(path)


def _draw(path: Path) -> None:
    drawn = Credentials(
        token=secrets.token_urlsafe(32),
        current_key=f"sig_{secrets.token_hex(14)}",
        next_key=f"sig_{secrets.token_hex(14)}",
        port=_free_port(),
    )
    draft = _write(drawn, path)
    try:
        os.link(draft, path)  # whole or not at all, and never over another process's
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _write(credentials: Credentials, path: Path) -> Path:
    """Write a draft beside the file, readable by its owner only, and return where it is."""
    # a random name: a killed process leaves its draft behind, and process ids come again (in a container, always 1)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(credentials), file)
        file.flush()
        os.fsync(file.fileno())
    return Path(draft)


def _free_port() -> int:
    """Return a port below the range that systems give to outgoing connections."""
    for _ in range(100):
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ConfigError("No free loopback port was found. Set DOCSPASTA_HUB_PORT.")
