"""Crawl a situation's site as a caller would, and say what is not as it must be."""

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from docspasta_mcp.cli.output import exit_code_of
from docspasta_mcp.errors import CallerError
from docspasta_mcp.jobs.status import MISSING
from docspasta_mcp.urls import origin_of
from evals.situations.model import Crawl, Situation
from evals.situations.site import Site

if TYPE_CHECKING:
    from docspasta_mcp.jobs.service import OwnerJobs
    from docspasta_mcp.jobs.status import JobStatus
    from docspasta_mcp.server.wiring import Node

CRAWL_S = 60  # the largest has some hundred small pages
TIMES = ("first", "again")


async def faults_of(node: "Node", situation: Situation) -> list[str]:
    """Crawl a situation's site, each crawl twice; return what is wrong, a line each."""
    found: list[str] = []
    with Site(situation.pages) as site, Site(situation.other or {}) as other:
        site.other = other.origin
        other.other = site.origin
        for time in TIMES:
            for crawl in situation.crawls:
                faults = await _faults(node, site, crawl)
                found += [f"{time} from {crawl.seed}: {fault}" for fault in faults]
    return found


async def _faults(node: "Node", site: Site, crawl: Crawl) -> list[str]:
    seed = site.placed(crawl.seed) if "://" in site.placed(crawl.seed) else site.origin + crawl.seed
    options = {name: _placed(site, value) for name, value in crawl.options.items()}
    try:
        started = await node.jobs.start(seed, **options)
    except CallerError as error:
        if crawl.refused and re.search(crawl.refused, str(error)):
            return []
        return [f"refused: {error}"]
    if crawl.refused:
        return ["was not refused"]
    status = await _ended(node.jobs, started.job_id)
    if status is None:
        return [f"did not end within {CRAWL_S} s"]
    faults = [*_silence(status), *_told(status, crawl)]
    if status.state != crawl.state:
        faults.append(f"state is {status.state} ({status.reason}), not {crawl.state}")
    if (code := exit_code_of(status)) != crawl.exit_code:
        faults.append(f"exit code is {code}, not {crawl.exit_code}")
    if crawl.missing is not None and status.estimated_missing != crawl.missing:
        faults.append(f"estimated_missing is {status.estimated_missing}, not {crawl.missing}")
    if status.done < crawl.at_least:
        faults.append(f"has {status.done} pages, not {crawl.at_least}")
    if crawl.coverage:
        report = await node.jobs.coverage(started.job_id)
        faults += [f"coverage lacks {one!r}" for one in crawl.coverage if not re.search(one, report)]
    if crawl.pages is not None:
        document = await _pages(node.jobs, started.job_id) if status.done else []
        faults += _compared(document, [site.placed(one) for one in crawl.pages], site.origin, in_order=crawl.in_order)
    if faults:
        faults.append(f"reasons {status.reasons}, left out {status.left_out}, notes {status.notes}")
    return faults


def _placed(site: Site, value: object) -> Any:
    """Return an option's value with the sites' origins in it."""
    if isinstance(value, str):
        return site.placed(value)
    return [site.placed(str(one)) for one in cast("tuple[object, ...]", value)] if isinstance(value, tuple) else value


async def _ended(jobs: "OwnerJobs", job_id: str) -> "JobStatus | None":
    for _ in range(CRAWL_S // 20):
        status = await jobs.wait(job_id, 20)
        if status.state != "running":
            return status
    await jobs.cancel(job_id)
    return None


async def _pages(jobs: "OwnerJobs", job_id: str) -> list[str]:
    parts = [part async for part in await jobs.json_document(job_id)]
    pages: list[dict[str, Any]] = json.loads("".join(parts))["pages"]
    return [one["url"] for one in pages if one["status"] == "done" and not one["duplicate_of"]]


def _silence(status: "JobStatus") -> list[str]:
    """Say if a crawl calls itself completed, though it knows that pages are missing and names none of them."""
    if status.state != "completed" or not status.estimated_missing:
        return []
    counts = [count for reason in MISSING if (count := status.left_out.get(reason, 0)) and reason != "hash_route"]
    untold = [count for count in counts if not any(re.search(rf"\b{count}\b", note) for note in status.notes)]
    if untold or not status.notes:
        return [f"is completed, misses {status.estimated_missing} pages, and no note says so: {status.left_out}"]
    return []


def _told(status: "JobStatus", crawl: Crawl) -> list[str]:
    said = [*status.notes, status.reason, status.next_step]
    faults = [f"no note says {one!r}: {said}" for one in crawl.notes if not any(re.search(one, note) for note in said)]
    faults += [f"a note says {one!r}: {note}" for one in crawl.silent for note in status.notes if re.search(one, note)]
    if crawl.first_note and not re.search(crawl.first_note, said[0]):
        faults.append(f"the first note is {said[0]!r}")
    return faults


def _compared(document: Sequence[str], expected: Sequence[str], origin: str, *, in_order: bool) -> list[str]:
    found = [url.removeprefix(origin) if origin_of(url) == origin else url for url in document]
    missing = [one for one in expected if one not in found]
    extra = [one for one in found if one not in expected]
    faults = [f"lacks {', '.join(missing[:5])}{' …' if missing[5:] else ''} ({len(missing)})"] if missing else []
    faults += [f"has {', '.join(extra[:5])}{' …' if extra[5:] else ''} too ({len(extra)})"] if extra else []
    if in_order and not faults and list(expected) != found:
        faults.append(f"is in the order {', '.join(found)}")
    return faults
