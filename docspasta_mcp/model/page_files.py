"""What kinds of files a folder or an archive of documentation holds, by the endings of their names; what it shows."""

import os
from pathlib import Path

PAGE_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".md": "text/markdown",
    ".mdx": "text/markdown",
    ".markdown": "text/markdown",
    ".mdown": "text/markdown",
    ".rst": "text/x-rst",
    ".adoc": "text/asciidoc",
    ".asciidoc": "text/asciidoc",
    ".ipynb": "application/x-ipynb+json",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".epub": "application/epub+zip",
}
"""Endings of pages, in the order in which a link without an ending is tried."""

FRONT_NAMES = ("index", "README", "readme", "_index", "contents")
"""Names of a folder's own page, without their endings, in the order in which they are tried."""

HTML_ENDINGS = (".html", ".htm", ".xhtml")
_OTHER_TYPES = {  # what is read beside pages, or as one where a list names it
    ".txt": "text/plain",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".graphql": "application/graphql",
    ".graphqls": "application/graphql",
    ".gql": "application/graphql",
    ".xml": "application/xml",
    ".inv": "application/octet-stream",
    ".js": "text/javascript",
}
_TYPES = {**PAGE_TYPES, **_OTHER_TYPES}


SPECIFICATION_ENDINGS = (".json", ".yaml", ".yml", ".graphql", ".graphqls", ".gql")
_SPECIFICATIONS = ("openapi", "swagger", "asyncapi", "api-docs", "apidocs")


def ending_of(name: str) -> str:
    """Return the ending of a file's name in lower case, with its dot; an empty string if it has none."""
    stem, dot, ending = name.rpartition(".")
    return f"{dot}{ending.lower()}" if stem else ""


def type_of(name: str) -> str:
    """Return the content type that a file's name tells; an empty string for files that are not read."""
    return _TYPES.get(ending_of(name), "")


def is_page_file(name: str) -> bool:
    """Tell whether a file is a page by its name."""
    return ending_of(name) in PAGE_TYPES


def is_specification_file(name: str) -> bool:
    """Tell whether a file's name says that it is an API specification."""
    ending, folded = ending_of(name), name.lower()
    is_schema = ending in (".graphql", ".graphqls", ".gql") and "schema" in folded
    return is_schema or (ending in SPECIFICATION_ENDINGS and any(one in folded for one in _SPECIFICATIONS))


def shown_below(root: Path, path: Path) -> Path | None:
    """Return what a path leads to, links followed; None if that lies outside of the folder, or in what it hides.

    Args:
        root: the folder, no link itself.
        path: of a file or directory in it, whether there is one or not.
    """
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(root) or any(part.startswith(".") for part in real.relative_to(root).parts):
        return None
    return real
