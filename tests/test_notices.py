"""Word of what happens, through a whole process with its embedded broker, and by `doctor`."""

from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from docspasta_mcp.server.checks import examine
from docspasta_mcp.server.wiring import running_node
from docspasta_mcp.settings import Settings
from tests.receiver import SECRET, Receiver
from tests.sites import Site


def _settings(folder: Path, receiver: Receiver, site: Site) -> Settings:
    allowed = f"127.0.0.1:{site.port},127.0.0.1:{receiver.port}"
    return Settings.from_env({
        "DOCSPASTA_DATA_DIR": str(folder), "DOCSPASTA_ALLOW_PRIVATE": allowed, "DOCSPASTA_WORKERS": "1",
        "DOCSPASTA_NOTIFY_URL": receiver.url, "DOCSPASTA_NOTIFY_SECRET": SECRET,
    })  # fmt: skip


async def test_a_crawls_end_reaches_the_operators_webhook(tmp_path: Path, manual_site: Site) -> None:
    with Receiver(statuses=[503, 204]) as receiver:
        async with running_node(_settings(tmp_path, receiver, manual_site)) as node:
            started = await node.jobs.start(f"{manual_site.url}/docs/")
            with anyio.fail_after(30):
                posted = await anyio.to_thread.run_sync(lambda: receiver.wait_for(2, within_s=25))
        assert [one.payload["data"]["job_id"] for one in posted] == [started.job_id] * 2
        assert all(one.is_signed for one in posted)
        assert len({one.headers["webhook-id"] for one in posted}) == 1


@pytest.mark.parametrize(("status", "says"), [(204, "took a signed test"), (500, "did not take a test")])
async def test_doctor_sends_a_test(tmp_path: Path, manual_site: Site, status: int, says: str) -> None:
    with Receiver(statuses=[status]) as receiver:
        findings = await examine(_settings(tmp_path, receiver, manual_site))
    (finding,) = [one for one in findings if one.name == "notices"]
    assert says in finding.says
    assert finding.is_good is (status == 204)
    assert receiver.posted[0].payload["type"] == "test"
