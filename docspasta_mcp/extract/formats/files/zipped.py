"""Files that are zip archives inside, as those of offices and books: bounded before a library unfolds them."""

import io
import zipfile

from docspasta_mcp.errors import PageRefused

MAX_UNFOLDED = 300_000_000  # bytes that a file's parts unfold to, by their own word; a worker's memory bounds the rest
MAX_PARTS = 20_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container that offices encrypt in, and their formats before 2007


def check_unfolding(body: bytes) -> None:
    """Refuse a file that would unfold to too much.

    Raises:
        PageRefused: it would, or the file is not a zip archive.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise PageRefused("broken_file", "The file is broken: it is not the archive that it should be.") from error
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNFOLDED:
        raise PageRefused("too_large", f"The file unfolds to more than {MAX_UNFOLDED:,} bytes.")


def is_encrypted_office(body: bytes) -> bool:
    """Tell whether a file of an office is encrypted: it is in a container then, and no zip archive."""
    return body.startswith(_OLE) and b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00" in body
