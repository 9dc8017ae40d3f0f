"""The commands of bench/, which are too slow to run here, say what they do before they do it."""

import runpy
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent.parent / "bench"


@pytest.mark.parametrize(
    "script", sorted(file.name for file in BENCH.glob("*.py") if "__main__" in file.read_text(encoding="utf-8"))
)
def test_a_bench_asked_for_help_tells_its_purpose_and_does_nothing(
    script: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(BENCH)  # as `python bench/….py` does
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    with pytest.raises(SystemExit, match="^0$"):
        runpy.run_path(str(BENCH / script), run_name="__main__")
    purpose = (BENCH / script).read_text(encoding="utf-8").removeprefix('"""').partition("\n")[0]
    assert purpose in " ".join(capsys.readouterr().out.split())
