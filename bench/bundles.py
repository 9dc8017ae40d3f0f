"""Have what is published for hosts judged by their own programs: the bundle, the plugin, the extension.

    python -m bench.bundles [--folder DIR]

`mcpb` validates `manifest.json` and packs the project; the bundle is unpacked elsewhere and started as its manifest
says, by uv, until it has answered `initialize`. Claude Code validates the marketplace and the plugin, and installs it.
Gemini CLI validates and installs the extension. npm installs the hosts into a folder (kept with `--folder`, which may
be that of `bench.hosts`). Prints a line for each; ends with exit code 1 if one is refused. Where npm's registry does
not answer, a line says so. Needs `pip install uv` (the extra `release`) and pip's package index; no account.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.conformance import NODE, is_reachable, run
from bench.hosts import HOSTS, KEPT, installed

ROOT = Path(__file__).resolve().parent.parent
MCPB = "@anthropic-ai/mcpb@2.1.2"
_RUN_S = 600
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}},
}  # fmt: skip


def said(*command: str | Path, given: str = "", **env: str) -> str:
    """Run a program and return what it wrote.

    Raises:
        SystemExit: it failed; what it wrote is printed.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ} | env
    done = subprocess.run(
        command, env=kept, input=given, capture_output=True, text=True, timeout=_RUN_S, check=False
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-3_000:]}{done.stderr[-3_000:]}")
    return done.stdout + done.stderr


def mcpb(*arguments: str) -> str:
    """Run the bundle's own program.

    Raises:
        SystemExit: it does not like what it was given.
    """
    done = run("npx", "--yes", MCPB, *arguments)
    if done.returncode:
        raise SystemExit(f"mcpb {' '.join(arguments)} failed:\n{done.stdout[-3_000:]}{done.stderr[-3_000:]}")
    return done.stdout


def judge_bundle(folder: Path) -> None:
    """Validate, pack, unpack and start the bundle.

    Raises:
        SystemExit: one of these fails.
    """
    mcpb("validate", str(ROOT / "manifest.json"))
    bundle, unpacked = folder / "docspasta-mcp.mcpb", folder / "unpacked"
    mcpb("pack", str(ROOT), str(bundle))
    mcpb("unpack", str(bundle), str(unpacked))
    files = sum(1 for file in unpacked.rglob("*") if file.is_file())
    launch: dict[str, Any] = json.loads((unpacked / "manifest.json").read_text())["server"]["mcp_config"]
    arguments = [word.replace("${__dirname}", str(unpacked)) for word in launch["args"]]
    answered = said(
        sys.executable, "-m", launch["command"], *arguments, given=json.dumps(INITIALIZE) + "\n",
        HOME=str(folder), DOCSPASTA_DATA_DIR=str(folder / "data"), DOCSPASTA_ALLOW_PRIVATE="",
    )  # fmt: skip
    if '"serverInfo"' not in answered:
        raise SystemExit(answered)
    print(f"{MCPB}: valid, {files} files in {bundle.stat().st_size // 1024} kB; unpacked, uv starts it", flush=True)


def judge_plugin(programs: Path, home: Path) -> None:
    """Let Claude Code validate and install the plugin, and Gemini CLI the extension.

    Raises:
        SystemExit: one of them refuses.
    """
    home.mkdir()
    env = {
        "HOME": str(home), "PATH": f"{programs}{os.pathsep}{NODE}{os.pathsep}{os.environ['PATH']}", "TERM": "dumb",
        "DISABLE_AUTOUPDATER": "1",
    }  # fmt: skip
    source = home / "source"  # a clone, as people have it: no builds and environments lie in it
    said("git", "clone", "--quiet", ROOT, source, **env)
    for path in (".claude-plugin/marketplace.json", ".claude-plugin/plugin.json"):
        said(programs / "claude", "plugin", "validate", source / path, **env)
    said(programs / "claude", "plugin", "marketplace", "add", source, **env)
    said(programs / "claude", "plugin", "install", "docspasta@docspasta", **env)
    listed = said(programs / "claude", "plugin", "list", **env)
    if "docspasta@docspasta" not in listed:
        raise SystemExit(listed)
    print("claude: marketplace and plugin are valid; docspasta@docspasta is installed from it", flush=True)
    said(programs / "gemini", "extensions", "validate", source, **env)
    said(programs / "gemini", "extensions", "install", source, "--consent", given="y\n", **env)
    listed = said(programs / "gemini", "extensions", "list", **env)
    if "docspasta" not in listed:
        raise SystemExit(listed)
    print("gemini: the extension is valid, and installed from the folder", flush=True)


def main() -> None:
    """Judge all three.

    Raises:
        SystemExit: one is refused.
    """
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--folder", type=Path, help="where the hosts are installed and kept")
    given = arguments.parse_args()
    if not is_reachable(HOSTS[0].package):
        print("npm's registry does not answer: nothing was judged.")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        judge_bundle(folder)
        judge_plugin(installed(given.folder or folder / "hosts"), folder / "home")


if __name__ == "__main__":
    main()
