# /// script
# requires-python = ">=3.11"
# dependencies = ["docspasta-mcp[postgres]"]
# ///
"""A deployment on QStash in one file: for a container, a virtual machine, or a platform that runs one program.

    QSTASH_TOKEN=… QSTASH_CURRENT_SIGNING_KEY=… QSTASH_NEXT_SIGNING_KEY=… BASE_URL=https://docs.example.org \
    DATABASE_URL=postgresql://… python examples/qstash.py

It makes the first access token, serves on HOST (0.0.0.0) at PORT (8787), and lets `doctor` send a signed message
through BASE_URL to see whether crawls will go on. Any number of replicas may run it with the same settings.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

PROGRAM = [sys.executable, "-m", "docspasta_mcp"]
NEEDED = {
    "QSTASH_TOKEN": "QStash's console shows it",
    "QSTASH_CURRENT_SIGNING_KEY": "QStash's console shows it under Signing Keys",
    "QSTASH_NEXT_SIGNING_KEY": "QStash's console shows it under Signing Keys",
    "BASE_URL": "the public address of this server, as in https://docs.example.org",
}


def ask(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of docspasta-mcp; what it says to people goes to the log."""
    return subprocess.run([*PROGRAM, *command], stdout=subprocess.PIPE, text=True, check=False)


def make_first_token() -> None:
    """Print an access token if nobody has one: a server that others can reach does not start without."""
    if not ask("token", "list").stdout.strip():
        print(f"access token, shown only now: {ask('token', 'create', 'me').stdout.strip()}", flush=True)


def wait_for(server: subprocess.Popen[bytes], port: str) -> None:
    """Wait until the server answers; end with its exit code if it ends before."""
    while server.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
        else:
            return
    sys.exit(server.returncode)


def main() -> int:
    """Serve until a signal comes, and return the server's exit code."""
    if missing := [f"  {name}: {where}" for name, where in NEEDED.items() if not os.environ.get(name)]:
        sys.exit("\n".join(["Set in the environment:", *missing]))
    if not os.environ.get("DATABASE_URL"):
        print("DATABASE_URL is not set: a SQLite file is the store, which one replica can use", file=sys.stderr)
    make_first_token()
    host, port = os.environ.get("HOST", "0.0.0.0"), os.environ.get("PORT", "8787")
    with subprocess.Popen([*PROGRAM, "serve", "--host", host, "--port", port]) as server:

        def stop(_signal: int, _frame: object) -> None:
            server.terminate()

        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, stop)
        wait_for(server, port)
        examined = ask("doctor")
        print(examined.stdout, end="")
        ready = f"ready: {os.environ['BASE_URL'].rstrip('/')}/mcp"
        print("no crawl goes on until this is mended" if examined.returncode else ready, flush=True)
        return server.wait()


if __name__ == "__main__":
    sys.exit(main())
