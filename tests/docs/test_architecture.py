"""What docs/architecture.md, README.md and SECURITY.md name is there: modules, folders, programs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "docspasta_mcp"
NAME = re.compile(r"(?<![\w/.:-])[A-Za-z_]+(?:/[\w-]+)+(?:\.\w+)*/?")


def _has(folder: Path, name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    file = folder / f"{module}.py"
    is_in_it = bool(module) and file.is_file() and re.search(rf"\b{attribute}\b", file.read_text()) is not None
    return is_in_it or (folder / name.rstrip("/")).exists() or (folder / f"{name}.py").is_file()


@pytest.mark.parametrize("document", ["docs/architecture.md", "README.md", "SECURITY.md"])
def test_every_module_and_file_that_is_named_is_there(document: str) -> None:
    named = 0
    for paragraph in (ROOT / document).read_text().split("\n\n"):
        inside = re.match(r"\*\*`(\w+)/?`\*\*", paragraph)  # names are then those of this folder
        folders = [PACKAGE, ROOT, *([PACKAGE / inside[1]] if inside else [])]
        for code in re.findall(r"`([^`\n]+)`|\]\(([^)#\s]+)\)", paragraph):
            for name in NAME.findall("".join(code)):
                named += 1
                assert any(_has(folder, name) for folder in folders), name
    assert named >= 3


def test_every_module_that_its_folder_s_paragraph_names_is_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text().partition("## What is where")[2].partition("\n## ")[0]
    named = 0
    for folder, paragraph in re.findall(r"^\*\*`(\w+)/`\*\*(.*?)(?=\n\n)", text, re.MULTILINE | re.DOTALL):
        stems = {file.stem for file in (PACKAGE / folder).rglob("*") if "__pycache__" not in file.parts}
        others = {file.stem for file in PACKAGE.rglob("*")}
        for name in re.findall(r"`([a-z_]+)/?`", paragraph):
            named += 1
            assert name in stems or name in others, (folder, name)
    assert named >= 100
