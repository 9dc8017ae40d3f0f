"""Check an installation: configuration, database, queue, signing keys, public URL; say what to fix.

The last check is a round trip: a signed message about a job that does not exist goes to the webhook's public address.
Only a server that has the same signing keys, behind a proxy that changes nothing, answers it with 200.
"""

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio
import anyio.to_thread
import httpx

from docspasta_mcp.broker.damage import damage_of
from docspasta_mcp.broker.errors import BrokerUnusable
from docspasta_mcp.broker.signing import sign
from docspasta_mcp.errors import ConfigError, PageError
from docspasta_mcp.fetch.browser.finding import find_browser
from docspasta_mcp.fetch.browser.launching import BrowserSettings, fault_at_start
from docspasta_mcp.fetch.folders import Folders
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.folder import PREFIX
from docspasta_mcp.model.messages import FinalizeJob
from docspasta_mcp.model.notice import Event
from docspasta_mcp.model.owner_names import FORMER_PREFIX
from docspasta_mcp.queue.hub_credentials import CredentialsDamaged, load_credentials
from docspasta_mcp.queue.operator import broker_unusable, is_paused
from docspasta_mcp.server.stranded import RESUMES, stranded
from docspasta_mcp.server.wiring import Node, open_node, running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.urls import host_of

_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found; `fix` is empty when all is well."""

    name: str
    says: str
    fix: str = ""

    @property
    def is_good(self) -> bool:
        """Whether there is nothing to fix."""
        return not self.fix


async def examine(settings: Settings) -> list[CheckResult]:
    """Run every check, as far as the ones before allow."""
    mode = "embedded broker" if settings.is_embedded else f"QStash at {settings.qstash_url}"
    results = [CheckResult("configuration", f"{mode}, {'PostgreSQL' if _is_postgres(settings) else 'SQLite'}")]
    try:
        faults = await anyio.to_thread.run_sync(_damaged_files, settings)
        async with open_node(settings, is_store_alone=bool(faults)) as node:
            if not faults and await stranded(settings, node.store):
                running = (await node.store.jobs.totals()).jobs["running"]
                results.append(CheckResult("jobs", f"no process works on the {running} that are running", RESUMES))
    except ConfigError as error:
        fix = "Mend DATABASE_URL or DOCSPASTA_DATA_DIR, or start the server."
        return [*results, CheckResult("database", str(error), fix)]
    found = list[CheckResult]()
    if not faults:
        try:
            async with running_node(settings) as node:
                found = await examine_node(node)
        except* ConfigError as group:
            faults = [str(error) for error in group.exceptions]
    if faults:  # no process can run: what needs none is examined all the same
        fix = "Until then nothing is crawled; what is stored can be read."
        told = [CheckResult("queue", fault, fix) for fault in faults]
        async with (
            open_node(settings, is_store_alone=True) as node,
            httpx.AsyncClient(timeout=_TIMEOUT_S) as client,
        ):
            found = [await _checked("database", _database, node, client), *told, *await _around(node)]
    return results + found


def _damaged_files(settings: Settings) -> list[str]:
    """Say which files of the embedded broker are damaged, each with the way out.

    Raises:
        ConfigError: the data directory cannot be used.
    """
    if not settings.is_embedded:
        return []
    found: list[str] = []
    try:
        load_credentials(settings.data_dir, port=settings.hub_port)
    except CredentialsDamaged as error:
        found.append(str(error))
    file = settings.data_dir / "broker.db"
    if fault := damage_of(file):
        found.append(str(broker_unusable(BrokerUnusable(f"{file} cannot be used: {fault}."))))
    return found


async def examine_node(node: Node) -> list[CheckResult]:
    """Run every check of a process that runs."""
    async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
        checks = (("database", _database), ("queue", _queue), ("webhook", _webhook))
        results = [await _checked(name, check, node, client) for name, check in checks]
    return [*results, *await _around(node), *await _notices(node)]


async def _around(node: Node) -> list[CheckResult]:
    """Run the checks that need no queue."""
    results = await former_owners(node)
    results += await full_text_search(node)
    results += await meaning(node)
    results += await browser(node.settings)
    return results + await anyio.to_thread.run_sync(named_folders, node.settings)


def _is_postgres(settings: Settings) -> bool:
    return (settings.database_url or "").startswith("postgresql")


async def full_text_search(node: Node) -> list[CheckResult]:
    """Tell that this Python's SQLite lacks full text search, if it does: questions cannot be answered then."""
    if await node.store.search.can_search():
        return []
    fix = "Use a Python whose SQLite has FTS5 (python.org's and the distributions' have it), or PostgreSQL."
    return [CheckResult("search", "this Python's SQLite lacks FTS5: query and search are refused", fix)]


async def meaning(node: Node) -> list[CheckResult]:
    """Tell whether the model loads by which passages are ranked, if one is named."""
    model = node.meaning
    if model is None:
        return []
    if await anyio.to_thread.run_sync(model.load):
        return [CheckResult("meaning", f"{model.model} ranks passages besides their words")]
    fix = "Mend DOCSPASTA_SEMANTIC_MODEL, or unset it; until then passages are ranked by their words alone."
    return [CheckResult("meaning", f"{model.model} does not load: {model.fault}", fix)]


async def browser(settings: Settings) -> list[CheckResult]:
    """Tell which browser renders pages, or how to get one, and whether it starts."""
    if settings.render == "never":
        return []
    found = find_browser(settings.browser)
    if found.program is None:
        is_wanted = settings.browser is not None or settings.render == "always"
        says = f"{found.missing}: pages that only scripts fill are not read. {found.way_out}"
        return [CheckResult("browser", says, found.way_out if is_wanted else "")]
    how = BrowserSettings(found.program, has_sandbox=settings.browser_sandbox == "on")
    if fault := await fault_at_start(how):
        fix = "Mend it, name another with DOCSPASTA_BROWSER, or give up on rendering with DOCSPASTA_RENDER=never."
        if how.has_sandbox:
            fix += " Where the system has no sandbox to offer, as in some containers: DOCSPASTA_BROWSER_SANDBOX=off."
        return [CheckResult("browser", f"{how.in_words} does not start: {fault}", fix)]
    return [CheckResult("browser", how.in_words)]


def named_folders(settings: Settings) -> list[CheckResult]:
    """Tell which of the folders that the operator named are not there; nothing where all are, or none is named."""
    folders = Folders.of_settings(settings)
    fix = "Mend DOCSPASTA_FOLDERS, or `[folders]` in docspasta.toml; until then no crawl of it starts."
    gone = [(name, path) for name in folders.names if (path := folders.missing(name)) is not None]
    return [
        CheckResult("folders", f"{PREFIX}{name} is {path}, which is not there or may not be read", fix)
        for name, path in gone
    ]


async def _checked(
    name: str, check: Callable[[Node, httpx.AsyncClient], Awaitable[CheckResult]], node: Node, client: httpx.AsyncClient
) -> CheckResult:
    try:
        return await check(node, client)
    except Exception as error:
        return CheckResult(
            name, f"{type(error).__name__}: {error}", f"The {name} must answer before anything is crawled."
        )


async def _database(node: Node, _client: httpx.AsyncClient) -> CheckResult:
    begun = time.perf_counter()
    totals = await node.store.jobs.totals()
    await node.store.outbox.mark_sent([])  # a transaction that may write
    milliseconds = (time.perf_counter() - begun) * 1000
    return CheckResult("database", f"answers in {milliseconds:.0f} ms; {counted(sum(totals.jobs.values()), 'job')}")


async def former_owners(node: Node) -> list[CheckResult]:
    """Return the owners whose name was truncated, so that their jobs have no clear owner."""
    names = await node.store.owners.named(FORMER_PREFIX)
    if not names:
        return []
    if node.settings.oauth_issuer is None:
        fix = "Set DOCSPASTA_OAUTH_ISSUER again: the next start gives their jobs to its subjects."
        return [CheckResult("owners", f"jobs belong to subjects of an issuer that is not set: {', '.join(names)}", fix)]
    fix = "No token opens their jobs; they go after DOCSPASTA_RETENTION_DAYS. Let their subjects crawl again."
    return [
        CheckResult("owners", f"a former version cut these names, each may have been several: {', '.join(names)}", fix)
    ]


async def _notices(node: Node) -> list[CheckResult]:
    """Post a test to the operator's webhook, if there is one."""
    notifier = node.engine.notifier
    if notifier is None or not notifier.operator_url:
        return []
    host = host_of(notifier.operator_url)
    try:
        data = {"message": "docspasta-mcp doctor sent this."}
        await notifier.tell_operator(Event.TEST, data, id=f"test-{secrets.token_hex(8)}")
    except PageError as error:
        fix = (
            "Check DOCSPASTA_NOTIFY_URL and its receiver; an address that is not public needs DOCSPASTA_ALLOW_PRIVATE."
        )
        return [CheckResult("notices", f"{host} did not take a test: {error}", fix)]
    return [CheckResult("notices", f"{host} took a signed test")]


async def _queue(node: Node, client: httpx.AsyncClient) -> CheckResult:
    """Ask the queue for its signing keys, which also shows that the token is good."""
    queue_url, token = node.engine.queue.url, node.engine.queue.token
    with anyio.move_on_after(_TIMEOUT_S):  # the hub may be starting in this very process
        while True:
            try:
                answer = await client.get(f"{queue_url}/v2/keys", headers={"Authorization": f"Bearer {token}"})
                break
            except httpx.ConnectError:
                await anyio.sleep(0.1)
        if answer.status_code == 401:
            return CheckResult(
                "queue", f"{queue_url} does not know the token", "Copy QSTASH_TOKEN from QStash's console."
            )
        keys = answer.raise_for_status().json()
        if keys["current"] not in (node.engine.receiver.current_key, node.engine.receiver.next_key):
            return CheckResult(
                "queue",
                f"{queue_url} signs with another key than is configured",
                "Copy QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY from QStash's console.",
            )
        if await is_paused(node.settings):
            return CheckResult("queue", f"{queue_url} delivers nothing: it is paused", "Run `docspasta-mcp resume`.")
        return CheckResult("queue", f"{queue_url} knows the token and signs with our keys")
    return CheckResult(
        "queue", f"{queue_url} cannot be reached", "Check QSTASH_URL and the network; embedded: the port."
    )


async def _webhook(node: Node, client: httpx.AsyncClient) -> CheckResult:
    url = f"{node.engine.webhook_url}/api/v4/process"
    message = FinalizeJob(job_id="doctor", user_id="doctor", timestamp=int(time.time() * 1000))
    body = message.model_dump_json(by_alias=True).encode()
    signature = sign(key=node.engine.receiver.current_key, destination=url, body=body)
    try:
        answer = await client.post(url, content=body, headers={"Upstash-Signature": signature})
    except httpx.HTTPError as error:
        return CheckResult(
            "webhook", f"{url} cannot be reached: {error!r}", "Run `docspasta-mcp serve` there, and check BASE_URL."
        )
    if answer.status_code == 401:
        return CheckResult("webhook", f"{url} refuses our signature", "Give all replicas the same keys and BASE_URL.")
    if answer.status_code != 200:
        fix = "Let the proxy pass POST /api/v4/process unchanged to `docspasta-mcp serve`."
        return CheckResult("webhook", f"{url} answers {answer.status_code}", fix)
    return CheckResult("webhook", f"{url} took a signed message")
