"""What worker processes are asked to do with a parser. They load it; the server, which only names these, does not.

lxml, markdownify and what reads pages with them take a fifth of a second to load, and 12 MB.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from docspasta_mcp.discovery.context_values import GeneratorMarks
from docspasta_mcp.extract.reading import Reading

if TYPE_CHECKING:
    from docspasta_mcp.discovery.folders.layout import Layout


def load_reader() -> None:
    """Import what reads a page, so that a crawl's first pages need not wait for it."""
    from docspasta_mcp.discovery import generator_marks  # noqa: PLC0415
    from docspasta_mcp.document.search import page_index  # noqa: PLC0415
    from docspasta_mcp.extract import page  # noqa: PLC0415

    del generator_marks, page_index, page


def indexed(read: Callable[..., Reading], *args: Any, url: str, **kwargs: Any) -> Reading:
    """Read a page with one of the functions below, and make its index while its text is at hand."""
    from docspasta_mcp.document.search import page_index  # noqa: PLC0415

    reading = read(*args, url=url, **kwargs)
    index = page_index.index_if_possible(reading.markdown, title=reading.title, url=url, language=reading.language)
    return replace(reading, index=index)


def read_page(*args: Any, **kwargs: Any) -> Reading:
    """Call `page.read_page`."""
    from docspasta_mcp.extract import page  # noqa: PLC0415

    return page.read_page(*args, **kwargs)


def read_file(*args: Any, **kwargs: Any) -> Reading:
    """Call `files.read.read_file`."""
    from docspasta_mcp.extract.formats.files import read  # noqa: PLC0415

    return read.read_file(*args, **kwargs)


def referred_files(*args: Any, **kwargs: Any) -> list[str] | None:
    """Call `specification.referred_files`."""
    from docspasta_mcp.extract.formats import specification  # noqa: PLC0415

    return specification.referred_files(*args, **kwargs)


def read_specification(*args: Any, **kwargs: Any) -> Reading:
    """Call `specification.read_specification`."""
    from docspasta_mcp.extract.formats import specification  # noqa: PLC0415

    return specification.read_specification(*args, **kwargs)


def read_chapter(*args: Any, **kwargs: Any) -> Reading:
    """Call `epub.read_chapter`."""
    from docspasta_mcp.extract.formats.files import epub  # noqa: PLC0415

    return epub.read_chapter(*args, **kwargs)


def specifications_in(body: bytes, url: str, charset: str) -> tuple[str, ...]:
    """Call `specification_links.specifications_in_file`."""
    from docspasta_mcp.discovery import specification_links  # noqa: PLC0415
    from docspasta_mcp.extract.charset import decode  # noqa: PLC0415

    return specification_links.specifications_in_file(decode(body, charset or "utf-8"), url)


def read_generator_marks(*args: Any, **kwargs: Any) -> GeneratorMarks:
    """Call `generator_marks.read_generator_marks`."""
    from docspasta_mcp.discovery import generator_marks  # noqa: PLC0415

    return generator_marks.read_generator_marks(*args, **kwargs)


def lay_out_folder(root: str, below: str = "") -> "Layout":
    """Call `layout.lay_out`."""
    from docspasta_mcp.discovery.folders import layout  # noqa: PLC0415

    return layout.lay_out(root, below)


def parse_index(*args: Any) -> tuple[str, ...]:
    """Call `generator_marks.parse_index`."""
    from docspasta_mcp.discovery import generator_marks  # noqa: PLC0415

    return generator_marks.parse_index(*args)
