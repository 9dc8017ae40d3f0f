"""What a list of manuals shows of a job that has ended, kept with the job: listing many must not read their pages."""

from sqlalchemy import Connection, bindparam, text

from docspasta_mcp.model.manual import ABOUT_ALL
from docspasta_mcp.model.page import NOT_THERE
from docspasta_mcp.store.statements import IN_DOCUMENT

_SHOWN = f"page.job_id = job.id AND {IN_DOCUMENT}"
_NUMBER = "CASE WHEN job.state IN ('completed', 'partial') THEN page.position ELSE page.arrival END"
_SUMMARISE = text(
    f"UPDATE job SET document_pages = (SELECT count(*) FROM page WHERE {_SHOWN}),"  # noqa: S608  # our own words
    f" document_tokens = (SELECT COALESCE(sum(page.tokens), 0) FROM page WHERE {_SHOWN}),"
    f" title = COALESCE((SELECT page.title FROM page WHERE {_SHOWN} AND {_NUMBER} = 1), ''),"
    f" language = COALESCE((SELECT page.language FROM page WHERE {_SHOWN} AND page.language <> ''"
    " GROUP BY page.language ORDER BY count(*) DESC, page.language LIMIT 1), '')"
    " WHERE id = :job"
)
_SAME = (
    "owner = (SELECT owner FROM job WHERE id = :job) AND origin = (SELECT origin FROM job WHERE id = :job)"
    " AND prefix = (SELECT prefix FROM job WHERE id = :job) AND options = (SELECT options FROM job WHERE id = :job)"
)
_EARLIER = "created_at <= (SELECT created_at FROM job WHERE id = :job)"
# Which crawl takes a pin is decided as `Edition.is_part_of` decides which crawl of a manual is read.
_ABOUT_ALL = f"document_pages >= {ABOUT_ALL} * other.document_pages"
_IS_MISTYPED = "job.seed_fault IN :not_there AND other.state = 'completed' AND job.seed_url <> other.seed_url"
_TAKES_PLACE = (
    "SELECT 1 FROM job WHERE job.id = :job"  # noqa: S608  # our own words
    f" AND (job.state = 'completed' OR job.{_ABOUT_ALL} AND NOT ({_IS_MISTYPED}))"
)
_PINNED = text(
    f"SELECT id FROM job AS other WHERE is_pinned AND id <> :job AND {_SAME} AND {_EARLIER}"  # noqa: S608
    f" AND EXISTS ({_TAKES_PLACE})"
).bindparams(bindparam("not_there", sorted(NOT_THERE), expanding=True))
_PIN = text("UPDATE job SET is_pinned = :pinned WHERE id = :job")


def summarise(db: Connection, job_id: str) -> None:
    """Keep a job's title, language and size, now that it has ended and its pages change no more."""
    db.execute(_SUMMARISE, {"job": job_id})


def hand_on_pin(db: Connection, job_id: str) -> None:
    """Pin a new edition of a manual instead of the one that was pinned, unless it misses many of its pages."""
    earlier = [str(row[0]) for row in db.execute(_PINNED, {"job": job_id})]
    for one in earlier:
        db.execute(_PIN, {"job": one, "pinned": False})
    if earlier:
        db.execute(_PIN, {"job": job_id, "pinned": True})
