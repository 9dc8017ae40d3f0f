"""Build the images of `deploy/Dockerfile`, and run them as their documentation says, without a registry of images.

    python -m bench.image [--base FILE] [--target plain|browser …]

`mmdebstrap` makes a root file system of Debian's packages with its Python, which stands in for `python:3.13-slim`;
buildah then runs the Dockerfile as it is, and podman the image: as a user without rights, with a read-only root, no
capabilities and a volume. Asks for its version, speaks MCP over stdio, serves over HTTP until the image's own health
check says that it is well, and of the browser's image whether the browser starts with its sandbox. Prints a line for
each, and ends with exit code 1 if one fails. docker-compose reads both compose files first. Needs root and `apt-get
install mmdebstrap buildah podman runc docker-compose`. Not tried here: Docker itself, the base image by its name, and
other processors than this machine's.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ("mmdebstrap", "buildah", "podman", "runc", "docker-compose")
BASE = "python:3.13-slim"  # as the Dockerfile names it
PACKAGES = "python3,python3-venv,ca-certificates"
CERTIFICATES = "/etc/ssl/certs"  # a network that reads along has its own, which pip has to know
HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
ULIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")  # podman's own may be above this machine's
BUILD = ("--format", "docker", "--isolation", "chroot", "--pull-never", "--layers")
VOLUME = "docspasta-image-bench"
_BUILD_S = 2_400
_RUN_S = 180
_HEALTHY_S = 60

INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}},
}  # fmt: skip


def run(*command: str, given: str = "", timeout: float = _RUN_S) -> str:
    """Run a command and return what it wrote to stdout.

    Raises:
        SystemExit: it failed; what it wrote is printed.
    """
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-3_000:]}{done.stderr[-3_000:]}")
    return done.stdout.strip()


def make_base(file: Path) -> None:
    """Import what stands in for the base image, under its name; the root file system is made unless it is there."""
    if not file.exists():
        hook = 'ln -s python3 "$1/usr/bin/python"'
        run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", f"--customize-hook={hook}",
            "bookworm", str(file), timeout=_BUILD_S)  # fmt: skip
    run("podman", "import", "--quiet", str(file), BASE, timeout=_BUILD_S)


def build(target: str) -> str:
    """Build one target of the Dockerfile; return the image's name."""
    name = f"localhost/docspasta-mcp:{target}"
    began = time.monotonic()
    network = ("--network", "host", "--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro")
    trust = ("--env", f"PIP_CERT={CERTIFICATES}/ca-certificates.crt")
    source = ("--target", target, "--file", str(ROOT / "deploy/Dockerfile"), "--tag", name, str(ROOT))
    run("buildah", "bud", *BUILD, *network, *trust, *source, timeout=_BUILD_S)
    size = run("podman", "images", "--format", "{{.Size}}", name)
    print(f"{target}: built after {time.monotonic() - began:.0f} s, {size}", flush=True)
    return name


def in_container(*command: str, options: tuple[str, ...] = ("--rm",), given: str = "") -> str:
    """Run the image, hardened as `deploy/compose.small.yaml` has it and without a network; return what it wrote."""
    hardened = ("--network", "none", *HARDENED, *ULIMITS, "--volume", f"{VOLUME}:/data")
    address = ("--env", "BASE_URL=http://127.0.0.1:8787")
    return run("podman", "--runtime", "runc", "run", *hardened, *address, *options, *command, given=given)


@contextlib.contextmanager
def volume() -> Generator[None]:
    """Provide an empty volume."""
    run("podman", "volume", "rm", "--force", VOLUME)
    run("podman", "volume", "create", VOLUME)
    try:
        yield
    finally:
        run("podman", "volume", "rm", "--force", VOLUME)


def read_compose_files() -> None:
    """Let docker-compose read both compose files, with every variable that they ask for.

    Raises:
        SystemExit: it does not like one.
    """
    example = (ROOT / "deploy/env.example").read_text()
    names = [line.partition("=")[0] for line in example.splitlines() if "=" in line and line[0] != "#"]
    with tempfile.NamedTemporaryFile("w", suffix=".env") as env:
        env.write("".join(f"{name}=x\n" for name in names))
        env.flush()
        for name in ("compose.small.yaml", "compose.yaml"):
            run("docker-compose", "--env-file", env.name, "--file", str(ROOT / "deploy" / name), "config", "--quiet")
            print(f"{name}: docker-compose reads it", flush=True)


def judge(target: str, image: str) -> None:
    """Use the image in each way that it is for.

    Raises:
        SystemExit: one does not work.
    """
    print(f"{target}: {in_container(image, 'docspasta-mcp', '--version')}")
    user = in_container(image, "sh", "-c", "touch /opt/no 2>/dev/null; touch /data/yes && id -u && ls /opt")
    if user.splitlines() != ["10001", "docspasta-mcp"]:
        raise SystemExit(f"the root can be written, or the user is another one: {user}")
    print(f"{target}: runs as user 10001, writes its volume and not its root")
    answer = json.loads(in_container(image, options=("--rm", "-i"), given=json.dumps(INITIALIZE) + "\n"))
    print(f"{target}: MCP over stdio, {answer['result']['serverInfo']['name']} answered initialize")
    in_container(image, "docspasta-mcp", "token", "create", "me")
    serve(target, image)
    if target == "browser":
        said = in_container(image, "docspasta-mcp", "doctor", options=("--rm", "--security-opt", "seccomp=unconfined"))
        browser = next((line for line in said.splitlines() if "chromium" in line and "sandbox" in line), None)
        if browser is None or "without its sandbox" in browser:
            raise SystemExit(said)
        print(f"{target}: {' '.join(browser.split())}", flush=True)


def serve(target: str, image: str) -> None:
    """Serve over HTTP until the image's own health check says that the server is well."""
    command = ("docspasta-mcp", "serve", "--host", "0.0.0.0", "--port", "8787")
    name = "docspasta-image-bench"
    in_container(image, *command, options=("--detach", "--name", name))
    try:
        for _ in range(_HEALTHY_S):
            checked = ["podman", "--runtime", "runc", "healthcheck", "run", name]
            if not subprocess.run(checked, capture_output=True, timeout=_RUN_S, check=False).returncode:
                print(f"{target}: serves over HTTP, and its health check passes", flush=True)
                return
            time.sleep(1)
        logs = subprocess.run(["podman", "logs", name], capture_output=True, text=True, timeout=_RUN_S, check=False)
        raise SystemExit(logs.stdout + logs.stderr)
    finally:
        run("podman", "rm", "--force", "--time", "10", name)


def main() -> None:
    """Build and judge each target.

    Raises:
        SystemExit: one failed.
    """
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--base", type=Path, help="a tar file of the root file system, made if it is not there")
    arguments.add_argument("--target", action="append", choices=("plain", "browser"), help="only this one")
    given = arguments.parse_args()
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing or os.geteuid():
        print(f"The images were not tried: this needs root and {', '.join(missing or PROGRAMS)}.")
        return
    read_compose_files()
    with tempfile.TemporaryDirectory() as folder:
        make_base(given.base or Path(folder) / "base.tar")
        for target in given.target or ("plain", "browser"):
            image = build(target)
            with volume():
                judge(target, image)


if __name__ == "__main__":
    main()
