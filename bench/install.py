"""Build the package, install it as people do, each in an empty home, and call a tool through each.

    python -m bench.install

Prints a line for `python -m build`, `twine check --strict`, and for `uvx`, `uv tool install` and `pipx install` of the
wheel: seconds from nothing to the first answer of `start_crawl(dry_run=True)` on a page of a loopback site. Ends with
exit code 1 if one of them fails. Needs `pip install build twine uv pipx` (the extra `release`) and pip's package index.
"""

import argparse
import contextlib
import functools
import http.server
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path

import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

ROOT = Path(__file__).resolve().parent.parent
PAGE = "<html><head><title>A manual</title></head><body><main><h1>A manual</h1><p>Text of it.</p></main></body></html>"


def run(*command: str, env: dict[str, str] | None = None) -> str:
    """Run a command and return its output.

    Raises:
        SystemExit: it failed; its output is printed.
    """
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # the name is the base class's
        """Print nothing."""


@contextlib.contextmanager
def site(folder: Path) -> Generator[int]:
    """Serve one page on loopback and yield the port."""
    (folder / "index.html").write_text(PAGE)
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


async def call_tool(command: str, args: list[str], env: dict[str, str], port: int) -> str:
    """Start the server as a host does, and return what a dry run of the loopback site answers."""
    parameters = StdioServerParameters(
        command=command, args=args, env=env | {"DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{port}"}
    )
    async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        answer = await session.call_tool("start_crawl", {"url": f"http://127.0.0.1:{port}/", "dry_run": True})
        text = str(answer.content[0])
        if answer.is_error or "estimated" not in text:
            raise SystemExit(f"{command} {args}: {text}")
        return "start_crawl answered"


def main() -> None:
    """Build, check, install and call."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(sys.executable, "-m", "build", "--outdir", str(folder / "dist"), str(ROOT))
        artefacts = sorted((folder / "dist").iterdir())
        print("python -m build:", ", ".join(f"{file.name} ({file.stat().st_size // 1024} kB)" for file in artefacts))
        checked = run(sys.executable, "-m", "twine", "check", "--strict", *map(str, artefacts))
        print("twine check --strict:", checked.count("PASSED"), "of", len(artefacts), "passed")
        wheel = next(str(file) for file in artefacts if file.suffix == ".whl")
        (folder / "site").mkdir()
        with site(folder / "site") as port:
            for way in ("uvx", "uv tool", "pipx"):
                began = time.monotonic()
                home = folder / way.replace(" ", "-")
                home.mkdir()
                bin_folder = home / "bin"
                env = {key: value for key, value in os.environ.items() if not key.startswith(("VIRTUAL_ENV", "XDG_"))}
                env |= {"HOME": str(home), "UV_TOOL_BIN_DIR": str(bin_folder), "PIPX_BIN_DIR": str(bin_folder),
                        "PIPX_HOME": str(home / "pipx"), "DOCSPASTA_DATA_DIR": str(home / "data")}  # fmt: skip
                command, args = str(bin_folder / "docspasta-mcp"), []
                if way == "uvx":
                    command, args = sys.executable, ["-m", "uv", "tool", "run", "--from", wheel, "docspasta-mcp"]
                elif way == "uv tool":
                    run(sys.executable, "-m", "uv", "tool", "install", wheel, env=env)
                else:
                    run(sys.executable, "-m", "pipx", "install", wheel, env=env)
                print(
                    f"{way}:",
                    anyio.run(call_tool, command, args, env, port),
                    f"after {time.monotonic() - began:.0f} s",
                    flush=True,
                )


if __name__ == "__main__":
    main()
