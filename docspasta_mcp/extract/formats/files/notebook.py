"""Jupyter notebooks: Markdown cells as they are, code cells as code, and what they printed."""

import json
import re
from typing import Any, cast

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.charset import decode
from docspasta_mcp.extract.formats.files.read import Converted
from docspasta_mcp.model.markdown_blocks import fenced

MAX_OUTPUT = 5_000  # characters of one cell's output
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def convert(body: bytes, charset: str) -> Converted:
    """Return a notebook as Markdown.

    Raises:
        PageRefused: it is not a notebook.
    """
    found = json.loads(decode(body, charset or "utf-8"))
    cells = cast("dict[str, Any]", found).get("cells") if isinstance(found, dict) else None
    if not isinstance(cells, list):
        raise PageRefused("broken_file", "It is not a Jupyter notebook: it has no cells.")
    language = _language(cast("dict[str, Any]", found))
    blocks: list[str] = []
    for cell in cast("list[Any]", cells):
        if isinstance(cell, dict):
            blocks += _cell(cast("dict[str, Any]", cell), language)
    return Converted("\n\n".join(block for block in blocks if block.strip()) + "\n")


def _language(notebook: dict[str, Any]) -> str:
    facts = _mapping(notebook.get("metadata"))
    named = _mapping(facts.get("language_info")).get("name") or _mapping(facts.get("kernelspec")).get("language")
    return str(named or "python").lower()


def _mapping(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _cell(cell: dict[str, Any], language: str) -> list[str]:
    source = _text(cell.get("source"))
    match cell.get("cell_type"):
        case "markdown":
            return [source]
        case "code":
            outputs = cell.get("outputs")
            printed = [_output(one) for one in cast("list[Any]", outputs)] if isinstance(outputs, list) else []
            return [fenced(source.strip("\n"), language) if source.strip() else "", *printed]
        case _:
            return []


def _output(output: Any) -> str:
    """Return what a cell printed, as text or, where it is nothing else, as Markdown; pictures are left out."""
    if not isinstance(output, dict):
        return ""
    found = cast("dict[str, Any]", output)
    data = _mapping(found.get("data"))
    if not data.get("text/plain") and data.get("text/markdown"):
        return _text(data["text/markdown"])[:MAX_OUTPUT]
    text = _text(found.get("text") or data.get("text/plain") or found.get("traceback"))
    text = _COLOURS.sub("", text).rstrip()
    if len(text) > MAX_OUTPUT:
        text = f"{text[:MAX_OUTPUT]}\n… ({len(text) - MAX_OUTPUT:,} more characters)"
    return fenced(text.strip("\n"), "text") if text.strip() else ""


def _text(source: Any) -> str:
    return "".join(map(str, cast("list[Any]", source))) if isinstance(source, list) else str(source or "")
