"""Real processes: two windows over one data directory, and how they end."""

import codecs
import html
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from docspasta_mcp import __version__
from docspasta_mcp.cli.tokens import revoke_token
from docspasta_mcp.errors import ConfigError, QueueError
from docspasta_mcp.queue.hub_credentials import load_credentials, store_keys
from docspasta_mcp.server.wiring import open_node, run_node
from docspasta_mcp.settings import Settings
from tests.sites import Answer, Site, page
from tests.test_whole_crawl import run_here, text_of

pytestmark = pytest.mark.programs

README = str(Path(__file__).parent.parent / "README.md")
SERVER = [sys.executable, "-m", "docspasta_mcp"]
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip


def environ(data_dir: Path, site: Site | None = None) -> dict[str, str]:
    allowed = f"127.0.0.1:{site.port}" if site else ""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return kept | {"DOCSPASTA_DATA_DIR": str(data_dir), "DOCSPASTA_ALLOW_PRIVATE": allowed}


@pytest.fixture
def stdio_process(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A stdio server that has answered `initialize`, before which there was a byte order mark, as of PowerShell."""
    process = subprocess.Popen(
        SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ(tmp_path)
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(codecs.BOM_UTF8 + json.dumps(INITIALIZE).encode() + b"\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == 1
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "end of stdin"])
def test_the_stdio_server_ends_at_once_and_prints_only_protocol(
    stdio_process: subprocess.Popen[bytes], how: str
) -> None:
    assert stdio_process.stdin is not None
    assert stdio_process.stdout is not None
    if how == "end of stdin":
        stdio_process.stdin.close()
    else:
        stdio_process.send_signal(getattr(signal, how))
    assert stdio_process.wait(timeout=10) == 0
    assert stdio_process.stdout.read() == b""


def test_the_http_server_ends_on_sigterm(tmp_path: Path) -> None:
    command = [*SERVER, "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environ(tmp_path), text=True) as process:
        assert process.stderr is not None
        assert any("docspasta-mcp serves http://127.0.0.1:" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_the_page_s_link_lets_one_browser_in_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "docspasta_mcp", "ui", "--no-browser"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environ(tmp_path), text=True) as process:
        assert process.stderr is not None
        link = next(line for line in process.stderr if line.startswith("http://127.0.0.1:")).strip()
        base = link.partition("/ui/")[0]
        with httpx.Client(base_url=base, headers={"Accept": "text/html"}) as thief, httpx.Client() as browser:
            assert thief.get("/").headers["location"].startswith("/ui/sign-in")
            assert thief.get("/ui/enter?key=guessed").status_code == 403
            assert browser.get(link).headers["location"] == "/"
            assert "Which manual shall be read?" in browser.get(f"{base}/", headers={"Accept": "text/html"}).text
            assert "Run docspasta-mcp ui again" in thief.get(link).text
            assert thief.get("/", headers={"Host": "evil.example"}).status_code == 400
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


async def test_the_page_s_lines_start_a_program_that_has_the_same_manuals(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("max_pages = 7\n")
    ours = {
        "DOCSPASTA_CONFIG": str(tmp_path / "other.toml"), "DATABASE_URL": f"sqlite:///{tmp_path}/pass-word.db",
    }  # fmt: skip
    env = environ(tmp_path / "data") | ours
    async with open_node(Settings.from_env(env)) as node:
        job_id = (await node.jobs.start("https://docs.com/")).job_id
        await node.jobs.cancel(job_id)
    with subprocess.Popen([*SERVER, "ui", "--no-browser"], stderr=subprocess.PIPE, env=env, text=True) as process:
        assert process.stderr is not None
        link = next(line for line in process.stderr if line.startswith("http://127.0.0.1:")).strip()
        async with httpx.AsyncClient(headers={"Accept": "text/html"}, follow_redirects=True) as browser:
            await browser.get(link)
            downloads = await browser.get(f"{link.partition('/ui/')[0]}/ui/jobs/{job_id}/downloads")
            shown = html.unescape(downloads.text)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    config = json.loads(shown.partition('<pre id="config" tabindex="0">')[2].partition("</pre>")[0])
    handed_on = {name: env[name] for name in ("DOCSPASTA_DATA_DIR", "DOCSPASTA_CONFIG")}
    assert config["mcpServers"]["docspasta"]["env"] == handed_on
    assert "Add <code>DATABASE_URL</code> to the environment in these lines" in shown
    assert "pass-word" not in shown


async def test_a_second_window_uses_the_hub_and_takes_over_when_it_is_killed(tmp_path: Path, site: Site) -> None:
    gate = tmp_path / "gate"
    links = tuple(f"/docs/{n}.html" for n in range(12))
    site.pages["/docs/"] = page("Start", links=links)

    def wait_for_gate() -> None:
        while not gate.exists():
            time.sleep(0.02)

    for n, link in enumerate(links):
        site.pages[link] = Answer(page(f"Page {n}"), before=wait_for_gate if n > 3 else lambda: None)
    hub = subprocess.Popen(
        [*SERVER, "serve", "--port", "0"], env=environ(tmp_path / "data", site), stderr=subprocess.PIPE, text=True
    )
    assert hub.stderr is not None
    assert any("is the hub" in line for line in hub.stderr)  # the first window holds the port
    window = StdioServerParameters(command=SERVER[0], args=SERVER[1:], env=environ(tmp_path / "data", site))
    with (tmp_path / "log").open("w") as log:
        async with Client(stdio_client(window, errlog=log)) as client:
            started = (await client.call_tool("start_crawl", {"url": f"{site.url}/docs/"})).structured_content
            assert started is not None
            with anyio.fail_after(30):
                while (await status(client, started["job_id"]))["done"] < 5:
                    await anyio.sleep(0.05)
            assert "is the hub" not in (tmp_path / "log").read_text()
            hub.kill()
            hub.wait()
            hub.stderr.close()
            with anyio.fail_after(5):
                while "is the hub" not in (tmp_path / "log").read_text():
                    await anyio.sleep(0.05)
            gate.touch()
            with anyio.fail_after(30):
                while (last := await status(client, started["job_id"]))["state"] == "running":
                    await anyio.sleep(0.05)
    assert (last["state"], last["done"], last["failed"]) == ("completed", 13, 0)


async def status(client: Client, job_id: str) -> dict[str, Any]:
    result = await client.call_tool("get_status", {"job_id": job_id})
    assert result.structured_content is not None, text_of(result)
    return result.structured_content


@pytest.mark.parametrize(
    ("arguments", "variables", "words", "code"),
    [
        (["crawl", "not a url"], {}, "Give the address of a documentation page", 2),
        (["crawl", "https://d.example/", "--max-pages", "0"], {}, "max_pages is 0; it must be at least 1.", 2),
        (["crawl", "https://d.example/", "--max-depth", "x"], {}, "'--max-depth': must be a valid integer", 2),
        (["crawl", "https://d.example/", "--include", ""], {}, "include is ''; it must have at least 1 character.", 2),
        (["serve", "--port", "70000"], {}, "must be at most 65535", 2),
        (["crawl", "http://10.0.0.1/"], {}, "10.0.0.1 port 80 is not a public web address", 2),
        (["serve", "--host", "0.0.0.0"], {}, "--host 0.0.0.0 is refused: others could use this server", 2),
        (["serve"], {"BASE_URL": "https://docs.corp.example"}, "BASE_URL https://docs.corp.example is refused", 2),
        (["serve", "--host", "0.0.0.0"], {"DOCSPASTA_OAUTH_ISSUER": "https://id.example"}, "BASE_URL is not set", 2),
        (["serve"], {"DOCSPASTA_OAUTH_ISSUER": "http://id.example"}, "must start with https://", 2),
        (["token", "create", "local"], {}, "'local' is not a name for an owner", 2),
        (["token", "create", "ann", "--days", "1e20"], {}, "'--days': must be at most 36500", 2),
        (["convert", README, "--url", "docs"], {}, "'docs' is not an http:// or https:// URL.", 2),
        (["convert", README, "-o", "/dev/null"], {}, "/dev/null is a file, and -o takes a folder", 2),
        (["token", "create", "a b"], {}, "'a b' is not a name for an owner", 2),
        (["token", "revoke", "nosuch"], {}, "No token or owner 'nosuch'", 2),
        (["delete", "nosuch"], {}, "No job 'nosuch'", 2),
        (["jobs"], {"QSTASH_TOKEN": "x"}, "QSTASH_CURRENT_SIGNING_KEY is not set", 2),
        (["jobs"], {"DATABASE_URL": "postgresql://u:p/w@h:n/x"}, "DATABASE_URL cannot be read: see to its port", 2),
        (
            ["doctor"],
            {"DATABASE_URL": "mysql://u:p@x"},
            "DATABASE_URL: must be like sqlite:///FILE or postgresql://HOST/NAME",
            2,
        ),
        (["jobs"], {"DATABASE_URL": "postgresql://u:p@w@127.0.0.1/x"}, "write special characters of its password", 2),
        (["jobs"], {"DATABASE_URL": f"sqlite:///{__file__}"}, "cannot be opened: file is not a database", 2),
        (["jobs"], {"DATABASE_URL": "sqlite:////nosuch/dir/x.db"}, "cannot be opened", 2),
        (["jobs"], {"DOCSPASTA_DATA_DIR": "/dev/null/x"}, "DOCSPASTA_DATA_DIR /dev/null/x cannot be used", 2),
        (["nosuch"], {}, "No such command", 2),
        (["result", "nosuch"], {}, "No job 'nosuch'", 2),
        (["result", "nosuch", "--max-tokens", "500"], {}, "max_tokens is for a query's answer: give a query too", 2),
        (
            ["result", "nosuch", "--format", "json", "--query", "x"],
            {},
            "JSON comes whole: give pages, query, since, at and cursor without that format",
            2,
        ),
        (["result", "nosuch", "-o", "/nosuch/file.md"], {}, "/nosuch/file.md cannot be written", 2),
        (["crawl", "https://d.example/", "-o", "/"], {}, "is a directory", 2),
    ],
)
def test_a_mistake_at_the_terminal_is_one_line_and_an_exit_code(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], words: str, code: int,
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name, value in ({"DOCSPASTA_DATA_DIR": str(tmp_path)} | variables).items():
        monkeypatch.setenv(name, value)
    assert run_here(*arguments) == code
    out, err = capfd.readouterr()
    assert words in " ".join(err.split()), err
    assert not any(word in err for word in ("Traceback", "start_crawl", "get_status", "Input should")), err
    assert out == ""


def test_a_reader_that_has_seen_enough_ends_the_command_quietly(tmp_path: Path, site: Site) -> None:
    site.pages["/docs/"] = page("Long", f"<p>{'word ' * 1_000}</p>" * 40)
    command = [*SERVER, "crawl", f"{site.url}/docs/"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ(tmp_path, site), text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == f"# Long: the documentation at {site.url}/docs/\n"
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()
        assert process.wait(timeout=10) == 141


async def test_a_crawl_says_that_the_queue_is_paused_and_goes_on_when_it_is_resumed(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in environ(tmp_path, site).items():
        monkeypatch.setenv(name, value)
    assert run_here("pause") == 0
    err = ""
    codes: list[int] = []

    async def crawl() -> None:
        codes.append(await anyio.to_thread.run_sync(run_here, "crawl", f"{site.url}/nothing/"))

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(crawl)
            while "The queue is paused: nothing is read until `docspasta-mcp resume`." not in err:
                await anyio.sleep(0.01)
                err += capfd.readouterr().err
            assert run_here("resume") == 0
    assert codes == [1]
    assert "The site answered 404." in capfd.readouterr().err


def test_a_command_that_cannot_deliver_says_so(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in (environ(tmp_path, site) | {"DOCSPASTA_HUB_PORT": str(site.port)}).items():
        monkeypatch.setenv(name, value)
    assert run_here("crawl", f"{site.url}/docs/") == 2
    err = capfd.readouterr().err
    assert err.splitlines()[-1].endswith("Address already in use. Set DOCSPASTA_HUB_PORT to a free port.")
    assert "Traceback" not in err


def test_the_version_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_here("--version") == 0
    assert capfd.readouterr().out == f"docspasta-mcp {__version__}\n"


def test_a_disk_that_is_full_loses_no_result(
    tmp_path: Path, manual_site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in environ(tmp_path, manual_site).items():
        monkeypatch.setenv(name, value)
    assert run_here("crawl", f"{manual_site.url}/docs/", "-o", "/dev/full") == 2
    err = capfd.readouterr().err
    assert "/dev/full cannot be written: No space left on device. The job is kept: docspasta-mcp result" in err
    assert "Traceback" not in err


def test_tokens_are_made_listed_and_revoked_at_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCSPASTA_DATA_DIR", str(tmp_path))
    assert run_here("token", "create", "ann", "--days", "1") == 0
    token = capfd.readouterr().out.strip()
    assert token.startswith("docspasta_")
    assert run_here("token", "list") == 0
    listed = capfd.readouterr().out
    assert "  ann    20" in listed
    assert token not in listed
    assert run_here("token", "revoke", listed.splitlines()[1].split()[0], "--delete-jobs") == 0
    assert run_here("token", "list") == 0
    assert capfd.readouterr().out == ""


def test_a_taken_port_is_told(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in environ(tmp_path).items():
        monkeypatch.setenv(name, value)
    assert run_here("serve", "--port", str(site.port)) == 2
    told = f"docspasta-mcp: Cannot listen on 127.0.0.1 port {site.port}: Address already in use.\n"
    assert capfd.readouterr().err == told


def test_credentials_are_drawn_once_and_for_the_owner_only(tmp_path: Path) -> None:
    first = load_credentials(tmp_path / "a", port=None)
    assert load_credentials(tmp_path / "a", port=None) == first
    assert (tmp_path / "a" / "broker.json").stat().st_mode & 0o777 == 0o600
    assert first.token not in repr(first)
    assert load_credentials(tmp_path / "a", port=5000).hub_url == "http://127.0.0.1:5000"
    (tmp_path / "a" / "broker.json").write_text("{")
    with pytest.raises(ConfigError, match="is damaged"):
        load_credentials(tmp_path / "a", port=None)


def test_a_draft_that_a_killed_process_left_blocks_no_later_one_of_its_id(tmp_path: Path) -> None:
    (tmp_path / f".broker.json.{os.getpid()}").write_text("{")
    drawn = load_credentials(tmp_path, port=None)
    store_keys(tmp_path, current="c", following="n")
    assert load_credentials(tmp_path, port=None) == replace(drawn, current_key="c", next_key="n")


@pytest.mark.parametrize("command", [["crawl", "https://docs.example/"], ["queue"], ["serve", "--port", "0"]])
def test_a_damaged_broker_file_is_named_with_the_way_out(tmp_path: Path, command: list[str]) -> None:
    file = tmp_path / "broker.db"
    file.write_bytes(b"no database" * 1_000)
    ended = subprocess.run(
        [*SERVER, *command], env=environ(tmp_path), capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 2
    assert f"{file} cannot be used: file is not a database. If it is damaged, move it away" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_doctor_names_a_damaged_broker_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in environ(tmp_path).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "broker.db").write_bytes(b"no database" * 1_000)
    assert run_here("doctor") != 0
    printed = "".join(capfd.readouterr())
    assert "file is not a database" in " ".join(printed.split())
    assert "Traceback" not in printed


def test_a_data_directory_may_have_percent_signs_in_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir = tmp_path / "a%2Fb%20c"
    for name, value in environ(data_dir).items():
        monkeypatch.setenv(name, value)
    assert run_here("jobs") == 0
    assert (data_dir / "docspasta.db").exists()


async def test_revoking_a_token_by_its_id_deletes_what_its_owner_has_set_going(
    tmp_path: Path, site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.from_env(environ(tmp_path, site))
    async with open_node(settings) as node:
        for owner in ("ann", "bob"):
            await node.jobs_of(owner).start(f"{site.url}/docs/")
            await node.schedules_of(owner).add(f"{site.url}/docs/", "0 3 * * 1")
            await node.store.access.create(owner, days=None)
        ann, bob = await node.store.access.list()
        await revoke_token(node, ann.id, delete_jobs=True)
        assert capfd.readouterr().err == "1 token revoked, 1 job and 1 schedule deleted\n"
        assert [job.owner for job in await node.store.jobs.running()] == ["bob"]
        assert [one.owner for one in await node.store.schedules.list(owner=None)] == ["bob"]
        await revoke_token(node, bob.id, delete_jobs=False)
        told = "bob has no token now, but 1 running job and 1 schedule are left: `docspasta-mcp token revoke bob --d"
        assert told in capfd.readouterr().err
        await revoke_token(node, "bob", delete_jobs=True)  # who has nothing but what is left
        assert await node.store.schedules.list(owner=None) == []


async def test_schedules_that_the_queue_does_not_drop_are_named_and_the_token_is_revoked(
    tmp_path: Path, site: Site
) -> None:
    away = {"QSTASH_URL": "http://127.0.0.1:9", "QSTASH_TOKEN": "t", "BASE_URL": "http://127.0.0.1:9"}
    keys = {"QSTASH_CURRENT_SIGNING_KEY": "a", "QSTASH_NEXT_SIGNING_KEY": "b"}
    async with open_node(Settings.from_env(environ(tmp_path, site))) as node:
        await node.schedules_of("ann").add(f"{site.url}/docs/", "0 3 * * 1")
        await node.store.access.create("ann", days=None)
    async with open_node(Settings.from_env(environ(tmp_path, site) | away | keys)) as node:
        with pytest.raises(QueueError, match="schedules of ann are left: `docspasta-mcp token revoke ann --delete-job"):
            await revoke_token(node, "ann", delete_jobs=True)
        assert await node.store.access.list() == []


async def test_a_hub_whose_credentials_could_not_be_read_for_a_moment_keeps_its_webhook(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "broker.json"
    async with open_node(Settings.from_env(environ(tmp_path))) as node, anyio.create_task_group() as tasks:
        good = file.read_text()
        file.write_text("{")
        tasks.start_soon(run_node, node)
        with anyio.fail_after(20):
            while "cannot deliver" not in caplog.text:
                await anyio.sleep(0.01)
            file.write_text(good)
            async with httpx.AsyncClient(trust_env=False) as client:
                while True:
                    try:
                        answer = await client.post(node.engine.webhook_url + "/api/v4/process", content=b"{}")
                        break
                    except httpx.ConnectError:
                        await anyio.sleep(0.05)
        assert answer.status_code == 401  # there, and asking for a signature
        tasks.cancel_scope.cancel()


async def test_a_running_job_on_which_nobody_works_is_told_as_such(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in environ(tmp_path, site).items():
        monkeypatch.setenv(name, value)
    async with open_node(Settings.from_env(environ(tmp_path, site))) as node:
        job_id = (await node.jobs.start(f"{site.url}/docs/")).job_id
    for command in (("jobs",), ("status", job_id), ("queue",), ("doctor",)):
        await anyio.to_thread.run_sync(run_here, *command)
        told = "".join(capfd.readouterr())
        assert "o process works on the" in " ".join(told.split()), told
        assert "docspasta-mcp serve" in told
