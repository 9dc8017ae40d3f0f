"""What the same crawls of one owner have in common."""

import hashlib
import json

from docspasta_mcp.model.job import Job


def fingerprint(job: Job) -> str:
    """Return a hash of owner, seed and options: the same crawl has the same."""
    options = job.options.model_dump(mode="json", exclude={"name"})
    if not options["notify_url"]:
        del options["notify_url"]  # as before there were any
    data = [job.owner, job.seed_url, options]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
