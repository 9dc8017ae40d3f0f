"""Resolve the package and its extras to wheels, for each Python and system that it promises.

    python -m bench.wheels

uv resolves `pyproject.toml` with wheels alone for each Python of its classifiers, on Linux, Windows and macOS, on
Intel and ARM. Prints the number of wheels for each; ends with exit code 1 if one needs a compiler or cannot be
resolved. Needs `pip install uv` (the extra `release`) and pip's package index.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("browser", "compression", "files", "postgres", "sentry", "tracing")
SYSTEMS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "x86_64-pc-windows-msvc", "x86_64-apple-darwin",
           "aarch64-apple-darwin")  # fmt: skip


def wheels(python: str, system: str) -> int:
    """Return how many wheels the package needs there.

    Raises:
        SystemExit: they cannot be had.
    """
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--only-binary", ":all:", "--no-header"]
    command += ["--python-version", python, "--python-platform", system]
    command += [word for extra in EXTRAS for word in ("--extra", extra)]
    done = subprocess.run([*command, "pyproject.toml"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"Python {python} on {system}:\n{done.stderr}")
    return len(re.findall(r"^\S+==", done.stdout, re.MULTILINE))


def main() -> None:
    """Resolve for each."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["classifiers"]
    for python in re.findall(r":: (3\.\d+)", "\n".join(classifiers)):
        counts = (f"{system} {wheels(python, system)}" for system in SYSTEMS)
        print(f"Python {python}, wheels:", ", ".join(counts), flush=True)


if __name__ == "__main__":
    main()
