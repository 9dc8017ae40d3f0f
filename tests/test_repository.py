"""What stands beside the package: the lock file, the commands, the public names."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docs_site.release_notes import release_notes

ROOT = Path(__file__).parent.parent


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_lock_file_pins_every_dependency_and_names_no_index() -> None:
    text = (ROOT / "requirements.lock").read_text()
    pinned = {
        canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", text, re.M)
    }
    extras = project()["optional-dependencies"]
    assert isinstance(extras, dict)
    for line in [*project()["dependencies"], *extras["postgres"]]:  # pyright: ignore[reportGeneralTypeIssues]
        wanted = Requirement(line)
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), line
    assert "://" not in text
    assert "--index" not in text


def test_ci_the_hooks_and_the_commands_check_the_same() -> None:
    recipes = (ROOT / "justfile").read_text()
    check = re.search(r"^check:\n((?:    .+\n)+)", recipes, re.M)
    assert check is not None
    commands = [line.strip() for line in check[1].splitlines()]
    assert re.findall(r"entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text()) == commands
    run = [line.strip() for line in (ROOT / ".ci" / "run").read_text().splitlines()]
    assert [line for line in run if line in commands] == commands
    assert "- run: .ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text()


def test_ci_runs_on_every_python_that_is_promised() -> None:
    classifiers = project()["classifiers"]
    assert isinstance(classifiers, list)
    promised = re.findall(r"3\.\d+", " ".join(classifiers))
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    matrix = re.search(r"python: \[(.+)\]", workflow)
    assert matrix is not None
    assert re.findall(r"3\.\d+", matrix[1]) == promised


@pytest.mark.parametrize(
    ("schema", "files"), [("github-workflows", ".github/workflows/*.yml"), ("compose-spec", "deploy/compose*.yaml")]
)
def test_workflows_and_compose_files_are_of_their_schemas(schema: str, files: str) -> None:
    found = [str(file) for file in ROOT.glob(files)]
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *found]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (len(found) > 1, ran.returncode) == (True, 0), ran.stdout + ran.stderr


def test_the_notes_of_a_release_are_its_section_of_the_changelog() -> None:
    text = "# Changelog\n\n## Unreleased\n\n- Next.\n\n## 0.2.0 - 2026-12-01\n\n- New.\n\n## 0.1.0\n\n- First.\n"
    assert release_notes(text, "0.2.0") == "- New."
    assert release_notes(text, "0.1.0") == "- First."
    assert release_notes((ROOT / "CHANGELOG.md").read_text(), "0.1.0")
    with pytest.raises(SystemExit, match=r"no section for 0\.3\.0: move what is below Unreleased there"):
        release_notes(text, "0.3.0")


def test_a_public_class_name_means_one_thing_in_the_package() -> None:
    files = list((ROOT / "docspasta_mcp").rglob("*.py"))
    names = Counter(
        node.name
        for file in files
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_nothing_is_raised_inside_except_star() -> None:  # until Python 3.11.3 it comes out wrapped in a group
    for file in (ROOT / "docspasta_mcp").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.TryStar):
                for inner in (one for handler in node.handlers for one in ast.walk(handler)):
                    assert not isinstance(inner, ast.Raise), file
                    assert getattr(getattr(inner, "func", None), "id", "") not in ("fail", "exit"), file
