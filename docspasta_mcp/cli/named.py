"""What an argument names that is to be crawled: a path of this machine, an address, or a manual that is there.

Apart from the command, since the Python API asks the same and loads no command line.
"""

import contextlib
import os
import re
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from docspasta_mcp.errors import InvalidSeedUrl
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.folder import PREFIX, called

if TYPE_CHECKING:
    from docspasta_mcp.fetch.folders import Folders
    from docspasta_mcp.jobs.selection import Choice
    from docspasta_mcp.jobs.status import JobStatus
    from docspasta_mcp.server.wiring import Node

_WORD = re.compile(r"[\w-]{1,63}")  # rather a name of a file that was mistyped than a host's


async def part_of(node: "Node", status: "JobStatus", seed: str, count: int) -> "tuple[Choice, str]":
    """Return what is wanted of a manual that was there already, no more pages than were asked for, and say so."""
    from docspasta_mcp.jobs.crawl_request import parsed_seed  # noqa: PLC0415
    from docspasta_mcp.jobs.selection import ALL, pages_from  # noqa: PLC0415

    if status.done <= count:
        return ALL, ""
    job = await node.jobs.library.job(status.job_id)
    choice = await pages_from(node.store, job, job.scope.normal(parsed_seed(seed)), count)
    first, _, last = str(choice.pages[0] if choice else "").partition("-")
    following = int(last) - int(first) if choice else 0
    after = f" and the {counted(following, 'page')} after it" if following else ""
    printed = f"the page that you named{after}" if choice else "all of them, since it has the page under another URL,"
    verb = "are" if following or not choice else "is"
    told = (
        f"The manual is there already, with {counted(status.done, 'page')}: {printed} {verb} printed. "
        f"docspasta-mcp result {job.id} prints it all."
    )
    return choice or ALL, told


def neither(text: str) -> str:
    """Say that an argument is neither a path nor a host."""
    return f"There is no file or folder {text!r:.200} here, and no host of this name."


def may_be_path(text: str) -> bool:
    """Tell whether somebody may have meant a path by an argument that was taken for an address."""
    return "://" not in text and not text.startswith(PREFIX) and path_named(text) is None


def refuse_word(text: str) -> None:
    """Refuse a word that is rather a path that was mistyped than a host.

    Raises:
        InvalidSeedUrl: it is one.
    """
    if may_be_path(text) and _WORD.fullmatch(text):
        host = f"A host of your own network is given with its scheme, as in https://{text}/."
        raise InvalidSeedUrl(f"There is no file or folder {text!r:.200} here. {host}")


@contextlib.contextmanager
def as_address(text: str) -> Generator[None]:
    """Say that there is no such file either, where an argument without a scheme cannot be crawled as an address.

    Raises:
        InvalidSeedUrl: it cannot be crawled.
    """
    try:
        yield
    except InvalidSeedUrl as error:
        if not may_be_path(text):
            raise
        refuse_word(text)
        raise InvalidSeedUrl(f"There is no file or folder {text!r:.200} here. As an address: {error}") from error


def looks_like_path(text: str) -> bool:
    """Tell whether an argument can be nothing but a path of this machine, whether or not anything is there."""
    return text.startswith(("/", "./", "../", "~", "\\", "file://")) or text in (".", "..")


def path_named(text: str) -> Path | None:
    """Return the folder or archive of this machine that an argument names; None if it is an address."""
    if text.startswith("file://"):
        return Path(unquote(urlsplit(text).path))
    if "://" in text or text.startswith(PREFIX):
        return None
    return Path(text) if looks_like_path(text) or os.path.lexists(text) else None


def manual_named(text: str, folders: "Folders") -> str:
    """Return what callers call the manual that was crawled from a path; a text that is no such path as it is."""
    path = path_named(text)
    return text if path is None else called(folders.address_of(path)) or text
