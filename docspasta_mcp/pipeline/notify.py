"""Tell whoever asked for it what happened to a job: the step of a `Notify` message, and alarms that belong to no job.

The message names a row, the row says what and whom; the payload is made of the job as it stands, without a word of its
pages. Each attempt is signed anew, under the same id.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docspasta_mcp.document.render import iso_time
from docspasta_mcp.errors import AddressBlocked, PageRefused
from docspasta_mcp.fetch.poster import Poster
from docspasta_mcp.jobs.status import job_status
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.notice import Event, Notice
from docspasta_mcp.store import Store

logger = logging.getLogger(__name__)

_TOLD = {
    "job_id", "state", "reason", "seed_url", "scope", "done", "skipped", "failed", "reasons", "words", "tokens",
    "corpus_hash", "notes", "created_at", "finished_at",
}  # fmt: skip
_MAX_URLS = 20  # of each kind of change


@dataclass(frozen=True, slots=True)
class Notifier:
    """What tells. `operator_url` is the operator's webhook, or empty."""

    store: Store
    poster: Poster
    operator_url: str
    allow_private: tuple[str, ...]

    async def run(self, notice_id: str) -> None:
        """Do what a `Notify` message says; a notice that was told, or whose job is gone, does nothing.

        Raises:
            PageUnreachable: the receiver may take it later; deliver again.
        """
        notice = await self.store.notices.get(notice_id)
        if notice is None:
            return
        url = notice.url or self.operator_url
        if url:
            try:
                data = {**notice.data, **await self._about(notice)}
                await self._post(url, notice.event, data, id=notice.id, moment=notice.created_at)
            except (AddressBlocked, PageRefused) as error:  # later would be no better
                logger.warning("❌ job %s: its notice is not posted: %s", notice.job_id, error)
        await self.store.notices.settle(notice.id)

    async def give_up(self, notice_id: str, detail: str) -> None:
        """Note that a notice's deliveries are used up. It is told in the log alone: a notice of it would fail too."""
        logger.warning("❌ notice %s could not be posted: %s", notice_id, detail)
        await self.store.notices.settle(notice_id)

    async def tell_operator(self, event: Event, data: Mapping[str, Any], *, id: str) -> None:
        """Post to the operator at once, past the queue.

        Raises:
            PageError: it could not be posted.
        """
        if self.operator_url:
            await self._post(self.operator_url, event, data, id=id, moment=self.store.clock())

    async def aclose(self) -> None:
        """Close all connections."""
        await self.poster.aclose()

    async def _post(self, url: str, event: Event, data: Mapping[str, Any], *, id: str, moment: float) -> None:
        payload = {"type": event.value, "timestamp": iso_time(moment), "data": data}
        body = json.dumps(payload, ensure_ascii=False).encode()
        await self.poster.post(url, body, id=f"msg_{id}", allow_private=self.allow_private)

    async def _about(self, notice: Notice) -> dict[str, Any]:
        """Return what is told of a notice's job; of one that has ended, also how it differs from the crawl before."""
        found = await self.store.jobs.progress(notice.job_id, owner=notice.owner)
        if found is None:
            return {}
        status = job_status(*found, now=self.store.clock()).model_dump(mode="json", include=_TOLD)
        if notice.event is not Event.JOB_ENDED:
            return {name: status[name] for name in ("job_id", "state", "seed_url")}
        return status | await self._changes(found[0])

    async def _changes(self, job: Job) -> dict[str, Any]:
        before = await self.store.jobs.before(job.id) if job.corpus_hash else None
        if before is None:
            return {}
        changes = await self.store.documents.changes(job, before)
        kinds = {
            "added": [url for _, url in changes.added],
            "changed": [url for _, url in changes.changed],
            "removed": list(changes.removed),
        }
        told = {name: {"count": len(urls), "urls": urls[:_MAX_URLS]} for name, urls in kinds.items()}
        return {"changes": {"since": before.corpus_hash, **told}}
