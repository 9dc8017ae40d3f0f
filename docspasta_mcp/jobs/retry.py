"""Try again the pages of a crawl that failed, one or all; nothing else of the site is asked for."""

from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.model.folder import meant
from docspasta_mcp.model.job import Job, JobState
from docspasta_mcp.model.page_identity import page_hash
from docspasta_mcp.store import Store
from docspasta_mcp.wording import words


async def try_again(store: Store, job: Job, url: str, *, deadline_s: float, running_jobs: int) -> int:
    """Open the failed pages of a job, and return how many; a job that has ended runs again until they are settled.

    Args:
        store: where the job is.
        job: one that runs, or has ended with gaps.
        url: of the page to try; all that failed if empty.
        deadline_s: how long it may run again.
        running_jobs: how many jobs of its owner may run at once.

    Raises:
        InvalidRequest: no such page failed, or the job has nothing that could be tried.
        JobNotFound: the job is gone.
        QuotaExceeded: too many jobs of its owner run.
    """
    opened = await store.second_tries.begin(
        job.id,
        owner=job.owner,
        page=page_hash(meant(url)) if url else None,
        deadline_s=deadline_s,
        running_jobs=running_jobs,
    )
    if opened:
        return opened
    if job.state in (JobState.FAILED, JobState.CANCELLED):
        how = "was cancelled" if job.state is JobState.CANCELLED else "came to nothing"
        raise InvalidRequest(f"This crawl {how}, so that no page can be tried alone: {words().crawl_again}.")
    if url:
        raise InvalidRequest(f"{url!r:.300} is not among the pages of this crawl that failed; its coverage lists them.")
    raise InvalidRequest("No page of this crawl failed: there is nothing to try again.")
