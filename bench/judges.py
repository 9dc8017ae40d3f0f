"""Have the MCP server graded and fuzzed by programs that are not ours.

    python -m bench.judges

uv fetches and runs `mcp-quality`, which grades the schemas, answers, safety and size of what the server offers, and
must give an A; then `mcp-fuzzer`, which calls tools, resources and prompts with what a model might send and with what
nobody should, and must not bring the server down. Prints the grade and the count of calls; ends with exit code 1
otherwise. Needs `pip install uv` (the extra `release`) and pip's package index.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

QUALITY = "mcp-quality==0.7.0"
FUZZER = "mcp-fuzzer==0.7.0"
FAMILIES = ("--legibility", "--security", "--safety", "--experimental", "--response-bloat")
_JUDGE_S = 900


def judge(package: str, *arguments: str, home: Path) -> str:
    """Run a judge in an environment of its own and return what it printed.

    Raises:
        SystemExit: it failed, or did not like the server.
    """
    env = os.environ | {"DOCSPASTA_DATA_DIR": str(home / "data"), "COLUMNS": "200"}
    program = package.partition("=")[0]
    done = subprocess.run(
        [sys.executable, "-m", "uv", "tool", "run", "--quiet", "--from", package, program, *arguments],
        env=env, cwd=home, capture_output=True, text=True, timeout=_JUDGE_S, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{program} ended with {done.returncode}:\n{done.stdout[-4_000:]}{done.stderr[-2_000:]}")
    return done.stdout + done.stderr


def main() -> None:
    """Grade, then fuzz.

    Raises:
        SystemExit: the grade is below A, or the server went down.
    """
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    program = shutil.which("docspasta-mcp", path=Path(sys.executable).parent) or "docspasta-mcp"
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        graded = judge(QUALITY, "run", *FAMILIES, "--json", "--fail-under", "A", "--transport", "stdio",
                       "--stdio-timeout", "60", f"{program} stdio", home=home)  # fmt: skip
        report = json.loads(graded[graded.index("{") : graded.rindex("}") + 1])
        print(f"{QUALITY}: {report['overall']['grade']} ({report['overall']['score']})", flush=True)
        fuzzed = judge(FUZZER, "--mode", "all", "--phase", "both", "--protocol", "stdio", "--endpoint",
                       f"{program} stdio", "--runs", "8", "--runs-per-type", "3", "--timeout", "30", "--no-network",
                       "--seed", "7", "--output-dir", str(home / "fuzz"), home=home)  # fmt: skip
        crashes = [int(count) for count in re.findall(r"(\d+) crashes", fuzzed)]
        runs = sum(int(count) for count in re.findall(r": (\d+) runs,", fuzzed))
        print(f"{FUZZER}: {runs} calls, {sum(crashes)} crashes")
        if not crashes or any(crashes):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
