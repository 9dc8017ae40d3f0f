"""A `docspasta-mcp serve` of its own process group, steered by the harnesses in this folder."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import httpx

_START_S = 60.0
_TIMES = re.compile(r"\(fetched [^)]*\)|crawled \S+,")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def without_times(document: str) -> str:
    """Return a document without what differs between two crawls of the same site."""
    return _TIMES.sub("", document)


def compiled_once() -> dict[str, str]:
    """Return the environment with modules compiled once, as an installation has them, and not by each process."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Server:
    """The same data directory and ports over any number of lives."""

    def __init__(self, data_dir: Path, *, module: str = "docspasta_mcp", **environ: str) -> None:
        self._module = module
        self.port = free_port()
        self._environ = {
            **compiled_once(),
            "DOCSPASTA_DATA_DIR": str(data_dir),
            "DOCSPASTA_HUB_PORT": str(free_port()),
            "DOCSPASTA_LOG_FORMAT": "json",
            "TMPDIR": str(data_dir),
            **environ,
        }
        self._data_dir = data_dir
        self.process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()
        self.client.close()

    def set(self, **environ: str) -> None:
        """Change variables of the lives to come."""
        self._environ |= environ

    def start(self, *, failpoint: str = "", wait: bool = True) -> None:
        """Begin a life, with a point at which it ends if one is named."""
        command = [sys.executable, "-m", self._module, "serve", "--port", str(self.port)]
        with (self._data_dir / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stderr=log, start_new_session=True, env=self._environ | {"DOCSPASTA_FAILPOINT": failpoint}
            )
        until = time.monotonic() + _START_S
        while wait and self.is_alive and time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                if self.client.get("/healthz").status_code == 200:
                    return
            time.sleep(0.05)

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """End the process and its workers at once, if they still run."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def terminate(self) -> float:
        """Ask the process to end; return the seconds it took."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - begun

    def crawl(self, url: str, **options: Any) -> str:
        """Start a crawl, or find the one that runs; return its id."""
        answer = self.client.post("/api/v4/crawl", json={"url": url, **options}).raise_for_status()
        return str(answer.json()["job_id"])

    def status(self, job_id: str) -> dict[str, Any]:
        return self.client.get(f"/api/v4/jobs/{job_id}").raise_for_status().json()

    def document(self, job_id: str) -> str:
        return self.client.get(f"/api/v4/jobs/{job_id}/result").raise_for_status().text

    def finish(self, job_id: str, within_s: float) -> dict[str, Any]:
        """Return a job's status when it has ended, or as it is after `within_s`."""
        until = time.monotonic() + within_s
        while (status := self.status(job_id))["state"] == "running" and time.monotonic() < until:
            time.sleep(0.1)
        return status
