"""Start docspasta-mcp as a host and a shell do, and print how long it takes and what it holds when nothing happens.

    python bench/start.py [--rounds 7] [--idle 3] [PYTHON…]

Each PYTHON is the interpreter of an installation, this one's if none is given; several take turns. `initialize` is the
time from the launch of `docspasta-mcp` to its answer, `tool call` to the answer of a first `list_docs`, which needs the
database; `jobs` is the command of that name. The MCP SDK's own import stands beside them: a server of nothing but it
takes that long. CPU is of all threads. Idle memory is the proportional set size after `--idle` seconds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench.server import compiled_once

_PROTOCOL = "2025-06-18"
_MB = 1_000_000


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process's threads so far."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def pss_mb(pid: int) -> float:
    """Return the proportional set size of a process."""
    fields = Path(f"/proc/{pid}/smaps_rollup").read_text().split()
    return int(fields[fields.index("Pss:") + 1]) * 1024 / _MB


class Host:
    """A server over stdio, as an MCP host launches it."""

    def __init__(self, python: str, folder: Path) -> None:
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            [python, "-m", "docspasta_mcp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=compiled_once() | {"DOCSPASTA_DATA_DIR": str(folder)},
            cwd=folder,
        )

    def ask(self, method: str, params: dict[str, Any], id: int | None = None) -> tuple[float, float]:
        """Send a request and return the seconds and CPU seconds since the launch when its answer was there."""
        message = {"jsonrpc": "2.0", "method": method, "params": params} | ({} if id is None else {"id": id})
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        while id is not None and json.loads(self.process.stdout.readline()).get("id") != id:
            pass
        return time.perf_counter() - self.begun, cpu_s(self.process.pid)


def start(python: str, folder: Path, idle_s: float) -> dict[str, tuple[float, float]]:
    host = Host(python, folder)
    hello = {"protocolVersion": _PROTOCOL, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
    found = {"initialize": host.ask("initialize", hello, 1)}
    host.ask("notifications/initialized", {})
    found["tool call"] = host.ask("tools/call", {"name": "list_docs", "arguments": {}}, 2)
    time.sleep(idle_s)
    found["idle MB"] = (pss_mb(host.process.pid), 0)
    host.process.communicate(timeout=30)
    return found


def command(python: str, folder: Path, *arguments: str) -> tuple[float, float]:
    """Run a command; return its seconds and CPU seconds."""
    begun, before = time.perf_counter(), os.times()
    environ = compiled_once() | {"DOCSPASTA_DATA_DIR": str(folder)}
    subprocess.run([python, *arguments], capture_output=True, check=True, env=environ, cwd=folder)
    after = os.times()
    return time.perf_counter() - begun, sum(after[2:4]) - sum(before[2:4])


def measure(pythons: list[str], rounds: int, idle_s: float) -> dict[str, dict[str, list[tuple[float, float]]]]:
    taken: dict[str, dict[str, list[tuple[float, float]]]] = {python: defaultdict(list) for python in pythons}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):
            for python in pythons:
                home = Path(folder) / str(pythons.index(python))
                home.mkdir(exist_ok=True)
                figures = start(python, home, idle_s) | {
                    "jobs": command(python, home, "-m", "docspasta_mcp", "jobs"),
                    "import of the MCP SDK": command(python, home, "-c", "import mcp.server"),
                }
                for name, figure in figures.items():
                    if number:  # the first one compiles and makes the database
                        taken[python][name].append(figure)
    return taken


def main(pythons: list[str], rounds: int, idle_s: float) -> None:
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, medians of {rounds} starts")
    for python, figures in measure(pythons, rounds, idle_s).items():
        print(python)
        for name, values in figures.items():
            first, second = (statistics.median(column) for column in zip(*values, strict=True))
            print(f"  {name:<22}" + (f"{first:.0f}" if "MB" in name else f"{first:.2f} s, {second:.2f} s of CPU"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", nargs="*", metavar="PYTHON", default=[sys.executable])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--idle", type=float, default=3)
    options = parser.parse_args()
    main([str(Path(python).absolute()) for python in options.pythons], options.rounds, options.idle)
