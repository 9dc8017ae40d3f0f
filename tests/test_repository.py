"""What stands beside the package: the lock file, the commands, the public names."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
    run = (ROOT / ".ci" / "run").read_text().splitlines()
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
