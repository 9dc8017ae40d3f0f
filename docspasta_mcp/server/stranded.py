"""Running jobs that no process works on: their server was closed, and no other one shares its data directory."""

import anyio

from docspasta_mcp.model.counted import counted
from docspasta_mcp.queue.hub_credentials import load_credentials
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Store

RESUMES = "Start `docspasta-mcp serve`, an MCP host that starts docspasta-mcp, or the same crawl again: it resumes."
_ASKING_S = 2.0  # a hub answers in a hundredth of it


async def stranded(settings: Settings, store: Store) -> str:
    """Return a message about running jobs that no process works on; empty if there are none."""
    running = (await store.jobs.totals()).jobs["running"]
    if not running or not await _nobody_works(settings):
        return ""
    return f"No process works on the {counted(running, 'running job')}. {RESUMES}"


async def _nobody_works(settings: Settings) -> bool:
    """Tell whether no process of the data directory is the hub."""
    if not settings.is_embedded:
        return False
    port = load_credentials(settings.data_dir, port=settings.hub_port).port
    try:
        with anyio.move_on_after(_ASKING_S):
            async with await anyio.connect_tcp("127.0.0.1", port):
                return False
    except OSError:
        return True
    return False  # busy, and there
