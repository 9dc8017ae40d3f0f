"""Install the server into hosts that have a program for it, and ask each whether it reaches the server.

    python -m bench.hosts [--folder DIR]

npm installs Claude Code, Gemini CLI and Codex into a folder (kept with `--folder`). In an empty home for each,
`docspasta-mcp install HOST` adds this server and finds it there the second time, `HOST mcp list` must name it (Claude
Code and Gemini CLI start it and say whether they are connected; Codex only lists it), and `install HOST --remove` takes
it out again. Prints what each said; ends with exit code 1 if one does not reach it. Where npm's registry does not
answer, a line says so. No account is needed.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.conformance import NODE, is_reachable, run

PROGRAM = Path(sys.executable).parent / "docspasta-mcp"
KEPT = ("PATH", "LANG", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "SystemRoot")
TRIES = 3  # they wait five seconds for a server, which is short on a busy machine
_LIST_S = 120


@dataclass(frozen=True)
class Host:
    """A host of the table in `docspasta_mcp.hosts.table`, its package, and the word for a server it reaches."""

    key: str
    program: str
    package: str
    reached: str


HOSTS = (
    Host("claude-code", "claude", "@anthropic-ai/claude-code", "Connected"),
    Host("gemini", "gemini", "@google/gemini-cli", "Connected"),
    Host("codex", "codex", "@openai/codex", "enabled"),
)


def installed(folder: Path) -> Path:
    """Install the hosts into a folder unless they are there; return where their programs are.

    Raises:
        SystemExit: npm failed.
    """
    programs = folder / "node_modules/.bin"
    if not all((programs / host.program).exists() for host in HOSTS):
        done = run("npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *(h.package for h in HOSTS))
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
    return programs


def judge(host: Host, programs: Path, home: Path) -> bool:
    """Install, list and remove; print what the host said, and tell whether all went well."""
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= {
        "HOME": str(home), "PATH": f"{programs}{os.pathsep}{NODE}{os.pathsep}{env['PATH']}", "TERM": "dumb",
        "DOCSPASTA_DATA_DIR": str(home / "data"), "DISABLE_AUTOUPDATER": "1",
        "GEMINI_CLI_TRUST_WORKSPACE": "true",  # it starts no server in a folder that nobody has trusted
    }  # fmt: skip

    def said(*command: str | Path) -> str:
        done = subprocess.run(
            command,
            env=env,
            cwd=home,
            capture_output=True,
            text=True,
            timeout=_LIST_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return done.stdout + done.stderr

    added = said(PROGRAM, "install", host.key)
    again = said(PROGRAM, "install", host.key)
    line = ""
    for _ in range(TRIES):
        listed = said(host.program, "mcp", "list")
        line = next((line for line in listed.splitlines() if "docspasta" in line), listed or added)
        if re.search(rf"\b{host.reached}\b", line):
            break
    said(PROGRAM, "install", host.key, "--remove")
    is_gone = "docspasta" not in said(host.program, "mcp", "list")
    version = said(host.program, "--version").split()
    is_reached = bool(re.search(rf"\b{host.reached}\b", line))
    shown = re.sub(r"\s+", " ", line).replace(str(PROGRAM), "docspasta-mcp").strip()
    number = next((word for word in version if word[:1].isdigit()), "?")
    print(f"{host.key} {number}: {shown}; after --remove {'gone' if is_gone else 'STILL LISTED'}", flush=True)
    is_known = "Nothing to change" in again
    if not is_known:
        print(f"{host.key}: installed a second time, {again.strip()}")
    return is_reached and is_gone and is_known


def main() -> None:
    """Judge each host.

    Raises:
        SystemExit: one does not reach the server.
    """
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--folder", type=Path, help="where the hosts are installed and kept")
    given = arguments.parse_args()
    if not is_reachable(HOSTS[0].package):
        print("npm's registry does not answer: no host was tried.")
        return
    with tempfile.TemporaryDirectory() as name:
        programs = installed(given.folder or Path(name))
        went: list[bool] = []
        for host in HOSTS:
            home = Path(name) / host.key
            home.mkdir()
            went.append(judge(host, programs, home))
    if not all(went):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
