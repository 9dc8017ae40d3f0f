"""Points at which a test can make the process die."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import docspasta_mcp
from docspasta_mcp.runtime.failpoints import POINTS

CODE = "from docspasta_mcp.runtime.failpoints import failpoint as f\nfor n in range(4): print(n, flush=True); f('a'); f('b')"


@pytest.mark.parametrize(
    ("variable", "printed"), [("a:2", "0 1"), ("b", "0"), ("*:5", "0 1 2"), ("c", "0 1 2 3"), ("", "0 1 2 3")]
)
def test_a_process_dies_at_the_point_that_the_environment_names(variable: str, printed: str) -> None:
    environ = os.environ | {"DOCSPASTA_FAILPOINT": variable}
    run = subprocess.run(
        [sys.executable, "-c", CODE], env=environ, capture_output=True, text=True, start_new_session=True, check=False
    )
    assert run.stdout.split() == printed.split()
    assert run.returncode == (0 if printed.endswith("3") else -signal.SIGKILL)


def test_every_point_that_is_named_is_passed_somewhere() -> None:
    sources = [path.read_text() for path in Path(docspasta_mcp.__file__).parent.rglob("*.py")]
    passed = re.findall(r'failpoint\("([a-z.]+)"\)', "\n".join(sources))
    assert sorted(passed) == sorted(POINTS)
