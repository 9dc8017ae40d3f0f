"""PowerPoint presentations, by python-pptx: a section a slide, with its texts, tables and notes."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportUnknownLambdaType=false
# pyright: reportAttributeAccessIssue=false

import io
from collections.abc import Iterator
from typing import Any

from pptx import Presentation

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.formats.files.read import Converted
from docspasta_mcp.extract.formats.files.zipped import check_unfolding, is_encrypted_office


def convert(body: bytes, _charset: str) -> Converted:
    """Return a presentation as Markdown.

    Raises:
        PageRefused: it is encrypted, or unfolds to too much.
    """
    if is_encrypted_office(body):
        raise PageRefused("encrypted", "The presentation asks for a password.")
    check_unfolding(body)
    shown: Any = Presentation(io.BytesIO(body))
    title = str(shown.core_properties.title or "").strip()
    sections: list[str] = []
    for number, slide in enumerate(shown.slides, start=1):
        heading = slide.shapes.title
        name = " ".join(heading.text_frame.text.split()) if heading is not None else ""
        blocks = [f"## {name or f'Slide {number}'}"]
        blocks += [block for shape in slide.shapes if shape != heading for block in _shape(shape)]
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame.text.strip()):
            blocks.append("> **Notes:** " + notes.replace("\n", "\n> "))
        sections.append("\n\n".join(blocks))
        title = title or name
    return Converted("\n\n".join(sections) + "\n", title=title or "Presentation")


def _shape(shape: Any) -> Iterator[str]:
    if hasattr(shape, "shapes"):  # a group
        for inner in shape.shapes:
            yield from _shape(inner)
    elif getattr(shape, "has_table", False):
        rows = [[" ".join(cell.text.split()).replace("|", "\\|") for cell in row.cells] for row in shape.table.rows]
        if rows:
            lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
            yield "\n".join(f"| {' | '.join(line)} |" for line in lines)
    elif shape.has_text_frame:
        lines = [
            f"{'  ' * paragraph.level}- {text}"
            for paragraph in shape.text_frame.paragraphs
            if (text := " ".join(paragraph.text.split()))
        ]
        if len(lines) == 1:
            yield lines[0].lstrip(" -")
        elif lines:
            yield "\n".join(lines)
