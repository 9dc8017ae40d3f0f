"""Turn saved pages into Markdown with the code a crawl uses, many at once in worker processes."""

import codecs
import gzip
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import anyio

from docspasta_mcp.errors import InvalidRequest, InvalidUrl, PageRefused
from docspasta_mcp.extract.worker_tasks import load_reader, read_page
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.content_type import BINARY, sniffed_type
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.page_files import is_page_file
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.urls import join_url, parse_url, path_of

MAX_BYTES = 10_000_000  # as for a page that is fetched
_SUFFIXES = (".html", ".htm", ".xhtml", ".md", ".mdx", ".markdown", ".txt")
_TYPES = {".md": "text/markdown", ".mdx": "text/markdown", ".markdown": "text/markdown", ".txt": "text/plain"}
_BEGINS_WITH_TAG = re.compile(
    r"[\ufeff\s]*+<(?:!doctype|!--|\?xml|(?:html|head|body|title|meta|link|main|article|section|div|span"
    r"|h[1-6]|p|ul|ol|dl|table|pre|center|font|b|i|a)\b[^<>@]*+>)",
    re.IGNORECASE,
)
_BEGINNING = 4_000  # bytes of a file that are looked at
_BYTE_ORDERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WEB = ("http:", "https:")
_NO_SCOPE = Scope("", "/")  # links are not asked for


@dataclass(frozen=True, slots=True)
class InputFile:
    """One page to convert: `path` is None for standard input, `name` is that of its output without a suffix.

    `place` is where it lies below the folder that was given.
    """

    path: Path | None
    name: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of a page: its Markdown, or the reason code and text why there is none."""

    source: InputFile
    markdown: str = ""
    reason: str = ""
    detail: str = ""


def find_sources(paths: Sequence[Path]) -> list[InputFile]:
    """Return the pages that paths name: files, those below folders, and `-` for standard input.

    Raises:
        InvalidRequest: a path does not exist, a folder holds no page, or two pages would be written to the same name.
    """
    sources: list[InputFile] = []
    for path in paths:
        if str(path) == "-":
            sources.append(InputFile(None, "stdin"))
        elif path.is_dir():
            files = sorted(file for file in path.rglob("*") if _is_page(file) and _is_inside(file, path))
            if not files:
                raise InvalidRequest(
                    f"There is no page below {str(path)!r}: none ends in {', '.join(_SUFFIXES)}, with or without .gz."
                )
            sources.extend(InputFile(file, _name_below(file, path), _place_below(file, path)) for file in files)
        elif path.is_file():
            sources.append(InputFile(path, str(_bare(Path(path.name)).with_suffix(""))))
        else:
            crawls = " docspasta-mcp crawl URL reads pages of the web." if str(path).startswith(_WEB) else ""
            raise InvalidRequest(f"There is no file {str(path)!r} to convert.{crawls}")
    named = Counter(source.name for source in sources)
    sources = [source if named[source.name] == 1 else _with_suffix(source) for source in sources]
    written: dict[str, InputFile] = {}
    for source in sources:
        if (other := written.setdefault(source.name, source)) is not source:
            both = f"{other.path or '-'} and {source.path or '-'}"
            raise InvalidRequest(f"{both} would be written to the same file. Convert them one by one.")
    return sources


def left_out(paths: Sequence[Path]) -> str:
    """Say how many files of the folders are not read, since their names end as no page's does; empty if none is."""
    below = [(file, path) for path in paths if path.is_dir() for file in path.rglob("*")]
    others = [
        file
        for file, path in below
        if file.is_file() and not _is_page(file) and not any(part[0] == "." for part in file.relative_to(path).parts)
    ]
    if not others:
        return ""
    are = counted(len(others), "file is", "files are")
    return f"{are} left out, as {min(others)}: no page by its name, which ends in {', '.join(_SUFFIXES)}"


def _with_suffix(source: InputFile) -> InputFile:
    """Return a page that shares its name with another, as `a.html` with `a.txt`, under its whole name."""
    return source if source.path is None else replace(source, name=f"{source.name}{_bare(source.path).suffix}")


async def convert(sources: Sequence[InputFile], *, url: str | None, workers: int) -> list[Conversion]:
    """Convert pages, and return what became of them in their order.

    Args:
        sources: the pages.
        url: where the page was found; of several, where their folder was. Without it, a page's canonical link counts,
            and relative links stay as they are if it names none.
        workers: the number of processes.

    Raises:
        InvalidRequest: `url` is not a URL.
    """
    try:
        if url is not None:
            parse_url(url)
    except InvalidUrl as error:
        raise InvalidRequest(str(error)) from None
    pool = Workers(workers)
    pool.warm(load_reader, most=len(sources))
    done: dict[InputFile, Conversion] = {}

    async def one(source: InputFile) -> None:
        done[source] = await _convert_one(source, pool, _url_of(source, url, is_alone=len(sources) == 1))

    async with anyio.create_task_group() as tasks:
        for source in sources:
            tasks.start_soon(one, source)
    return [done[source] for source in sources]


async def _convert_one(source: InputFile, pool: Workers, url: str) -> Conversion:
    try:
        markdown = await pool.run(
            _read_file, None if source.path is None else str(source.path.absolute()), _stdin(source), url
        )
    except PageRefused as error:
        return Conversion(source, reason=error.reason, detail=str(error))
    return Conversion(source, markdown)


def _read_file(path: str | None, body: bytes, url: str) -> str:
    """Read and convert one file; run in a worker, so that no two big files are in one process."""
    declared, name = "text/html", ""
    if path is not None:
        body, name = _contents(Path(path)), _bare(Path(path)).name
        declared = _type_of(_bare(Path(path)), body)
    if len(body) > MAX_BYTES:
        raise PageRefused("too_large", f"Standard input is larger than {MAX_BYTES:,} bytes.")
    content_type = sniffed_type(declared, "", body)
    if content_type == BINARY:
        reads = " docspasta-mcp crawl FILE reads it." if path and is_page_file(Path(path).name) else ""
        raise PageRefused("binary", f"It is binary data, not a page.{reads}")
    return read_page(body, url=url, content_type=content_type, charset="", scope=_NO_SCOPE, name=name).markdown


def _type_of(path: Path, body: bytes) -> str:
    """Return the type that a file's name says, or else what it begins with: HTML begins with a tag."""
    suffix = path.suffix.lower()
    if suffix in _SUFFIXES:
        return _TYPES.get(suffix, "text/html")
    beginning = body[:_BEGINNING].decode("utf-16" if body[:2] in _BYTE_ORDERS else "utf-8", "replace")
    return "text/html" if _BEGINS_WITH_TAG.match(beginning) else "text/plain"


def _contents(path: Path) -> bytes:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            body = file.read(MAX_BYTES + 1)
    except (OSError, EOFError) as error:
        raise PageRefused("unreadable", f"{path} cannot be read: {error}.") from error
    if len(body) > MAX_BYTES:
        raise PageRefused("too_large", f"{path} is larger than {MAX_BYTES:,} bytes.")
    return body


def _stdin(source: InputFile) -> bytes:
    return sys.stdin.buffer.read(MAX_BYTES + 1) if source.path is None else b""


def _url_of(source: InputFile, url: str | None, *, is_alone: bool) -> str:
    if url is None:
        return ""
    if is_alone and not source.place:
        return join_url(url, "")
    name = source.place or (source.path.name.removesuffix(".gz") if source.path else "")
    is_folder = not url.endswith("/") and "." not in path_of(parse_url(url)).rpartition("/")[2]
    return join_url(f"{url}/" if is_folder else url, quote(name))


def _is_page(file: Path) -> bool:
    return file.is_file() and _bare(file).suffix.lower() in _SUFFIXES


def _is_inside(file: Path, folder: Path) -> bool:
    """Tell whether a file lies in a folder itself: a symbolic link may lead anywhere."""
    return file.resolve().is_relative_to(folder.resolve())


def _name_below(file: Path, folder: Path) -> str:
    return str(_bare(file.relative_to(folder)).with_suffix(""))


def _place_below(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix().removesuffix(".gz")


def _bare(path: Path) -> Path:
    """Return a path without the suffix that says it is compressed."""
    return path.with_suffix("") if path.suffix == ".gz" else path
