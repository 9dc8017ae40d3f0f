"""The programs in `examples/`, run as their README says."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import anyio
import anyio.streams.text
import httpx
import pytest

from tests.qstash import qstash
from tests.sites import Site

pytestmark = pytest.mark.programs

ROOT = Path(__file__).parent.parent.parent
PROGRAM = [sys.executable, "-m", "docspasta_mcp"]


@pytest.fixture
def env(tmp_path: Path, manual_site: Site) -> dict[str, str]:
    ours = {"DOCSPASTA_DATA_DIR": str(tmp_path / "data"), "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{manual_site.port}"}
    return os.environ | ours | {"PYTHONPATH": str(ROOT)}


def run(command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


def test_every_example_is_in_the_list() -> None:
    listed = re.findall(r"^\| \[`(.+?)`\]", (ROOT / "examples/README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(file.name for file in (ROOT / "examples").glob("*.*") if file.suffix != ".md")


def test_the_python_api_writes_a_file_for_each_page(env: dict[str, str], tmp_path: Path, manual_site: Site) -> None:
    folder = tmp_path / "pages"
    ran = run([sys.executable, "examples/python_api.py", f"{manual_site.url}/docs/", str(folder)], env)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("completed: 5 pages")
    assert sorted(file.name for file in folder.iterdir()) == [
        "001-welcome.md", "002-install.md", "003-guide.md", "004-deep.md", "005-usage.md",
    ]  # fmt: skip
    assert (folder / "002-install.md").read_text().startswith("# Install\n\nSource: ")


def test_the_agent_s_loop_finds_what_answers_the_question(env: dict[str, str], manual_site: Site) -> None:
    ran = run([sys.executable, "examples/agent_loop.py", f"{manual_site.url}/docs/", "run two spaces"], env)
    assert ran.returncode == 0, ran.stderr
    assert 'print("a  b")  # two  spaces' in ran.stdout
    refused = run([sys.executable, "examples/agent_loop.py", "ftp://docs.example/", "x"], env)
    assert refused.returncode == 1
    assert "Give the address of a documentation page" in refused.stderr


@pytest.mark.skipif(shutil.which("curl") is None, reason="the example calls curl")
def test_curl_reads_the_manual_over_rest(env: dict[str, str], manual_site: Site) -> None:
    with subprocess.Popen([*PROGRAM, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True, env=env) as server:
        assert server.stderr is not None
        told = next(line for line in server.stderr if "docspasta-mcp serves http://127.0.0.1:" in line)
        env["API"] = re.findall(r"http://127\.0\.0\.1:\d+", told)[0]
        ran = run(["examples/rest.sh", f"{manual_site.url}/docs/"], env)
        refused = run(["examples/rest.sh", "ftp://docs.example/"], env)
        server.terminate()
    assert (ran.returncode, ran.stderr) == (0, "completed: 5 pages\n")
    assert re.findall(r"^# (.+)", ran.stdout, re.MULTILINE)[1:] == ["Welcome", "Install", "Guide", "Deep", "Usage"]
    assert refused.returncode == 1
    assert '"code":"invalid_url"' in refused.stderr


def test_a_deployment_says_which_settings_it_lacks(env: dict[str, str]) -> None:
    ran = run([sys.executable, "examples/qstash.py"], env | {"QSTASH_TOKEN": "t"})
    assert ran.returncode == 1
    assert ran.stderr.startswith("Set in the environment:\n  QSTASH_CURRENT_SIGNING_KEY: ")
    assert "  BASE_URL: " in ran.stderr
    assert "QSTASH_TOKEN" not in ran.stderr


async def test_a_deployment_on_qstash_proves_itself_and_crawls(
    env: dict[str, str], tmp_path: Path, manual_site: Site
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    async with qstash(base, tmp_path) as settings:
        env |= settings | {"HOST": "127.0.0.1", "PORT": str(port)}
        command = [sys.executable, str(ROOT / "examples/qstash.py")]
        async with await anyio.open_process(command, env=env, stderr=None) as process:
            assert process.stdout is not None
            said = ""
            with anyio.fail_after(90):
                async for text in anyio.streams.text.TextReceiveStream(process.stdout):
                    said += text
                    if f"ready: {base}/mcp" in said:
                        break
            token = re.findall(r"access token, shown only now: (\S+)", said)[0]
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(base_url=f"{base}/api/v4", headers=headers, timeout=30) as client:
                asked = await client.post("/crawl", json={"url": f"{manual_site.url}/docs/"})
                job = asked.json()["job_id"]
                with anyio.fail_after(60):
                    while (found := (await client.get(f"/jobs/{job}")).json())["state"] == "running":
                        await anyio.sleep(0.2)
            assert (found["state"], found["done"]) == ("completed", 5)
            process.send_signal(signal.SIGTERM)
            with anyio.fail_after(20):
                assert await process.wait() == 0
