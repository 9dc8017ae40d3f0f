"""What `doctor` says of the browser."""

from pathlib import Path

import pytest

from docspasta_mcp.server.checks import browser
from docspasta_mcp.settings import Settings


async def told(**environ: str) -> str:
    (result,) = await browser(Settings.from_env({f"DOCSPASTA_{name}": value for name, value in environ.items()}))
    return f"{'good' if result.is_good else 'bad'}: {result.says} {result.fix}"


@pytest.mark.programs
async def test_doctor_says_which_browser_renders() -> None:
    said = await told()
    assert said.startswith("good: ")
    assert " with its sandbox" in said


async def test_doctor_says_that_a_named_browser_is_not_there(tmp_path: Path) -> None:
    said = await told(BROWSER=str(tmp_path / "none"))
    assert said.startswith("bad: DOCSPASTA_BROWSER names no file")


async def test_doctor_says_why_a_browser_does_not_start(tmp_path: Path) -> None:
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\necho 'FATAL: no luck' >&2\nexit 1\n")
    program.chmod(0o755)
    said = await told(BROWSER=str(program), BROWSER_SANDBOX="off")
    assert "does not start: " in said
    assert "no luck" in said


async def test_doctor_says_that_a_named_browser_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "browser").write_text("no program")
    said = await told(BROWSER=str(tmp_path / "browser"), BROWSER_SANDBOX="off")
    assert "does not start: " in said
    assert "Permission denied" in said


async def test_doctor_says_that_a_browser_ends_without_a_word(tmp_path: Path) -> None:
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    said = await told(BROWSER=str(program), BROWSER_SANDBOX="off")
    assert "does not start: it ends at once and says nothing" in said


async def test_doctor_is_silent_where_nothing_is_rendered() -> None:
    assert await browser(Settings.from_env({"DOCSPASTA_RENDER": "never"})) == []


async def test_without_a_browser_doctor_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    said = await told()
    assert said.startswith("good: no browser is installed: pages that only scripts fill are not read. Install Chromium")
    assert (await told(RENDER="always")).startswith("bad: ")
