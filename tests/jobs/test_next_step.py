"""What an answer says to do next: the cheapest call, no reason twice, no advice that does not fit."""

from dataclasses import replace

import pytest

from docspasta_mcp.jobs.status import next_step, reused_step
from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.seed_fault import SeedFault
from tests.store.test_races import new_job

JOB = replace(new_job(), id="abcdef0123456789")


def test_after_a_crawl_a_question_is_the_cheapest_call() -> None:
    step = next_step(replace(JOB, state=JobState.COMPLETED), done=3)
    assert step.startswith('Call get_result(job_id="abcdef0123456789", query="…")')
    assert 'format="map"' in step
    assert "get_status" in next_step(JOB, done=3)


@pytest.mark.parametrize(
    ("state", "reason", "fault", "words"),
    [
        ("failed", "The site answered 404.", "http_404", "Check the URL, then call start_crawl again."),
        ("failed", "No such host.", "dns", "Check the URL, then call start_crawl again."),
        ("failed", "It took too long.", "timeout", "Call start_crawl again later: the site may answer then."),
        ("failed", "The site answered 503.", "http_503", "Call start_crawl again later: the site may answer then."),
        ("failed", "It holds no text.", "javascript_required", "Call start_crawl with another address of this manual"),
        ("failed", "robots.txt forbids it.", "robots", "Call start_crawl with another address of this manual"),
        ("failed", "No page was found.", "", "Call start_crawl again later, or call start_crawl with another address"),
        ("failed", "include matches none of the 5 pages that were read", "", "with other patterns or without include."),
        ("cancelled", "cancelled by its owner", "", "It was cancelled before it had a page"),
    ],
)
def test_the_way_out_fits_what_went_wrong_and_does_not_repeat_it(
    state: str, reason: str, fault: str, words: str
) -> None:
    job = replace(JOB, state=JobState(state), reason=reason)
    step = next_step(job, done=0, seed_fault=SeedFault(job.seed_url, fault, "why") if fault else None)
    assert words in step
    assert reason.rstrip(".") not in step
    assert ("Check the URL" in step) == (fault in {"http_404", "dns"})


def test_a_crawl_that_was_there_says_where_it_began_if_that_was_elsewhere() -> None:
    assert reused_step(JOB, "http://d.example/index.html", max_pages=None).startswith("Call get_status(")
    step = reused_step(JOB, "https://d.example/guide/", max_pages=500)
    assert step.startswith(
        "The crawl of https://d.example/ has the page that you named, or will have it. Call get_status("
    )
    small = reused_step(JOB, "https://d.example/guide/", max_pages=1)
    assert (
        'may have more than 1 page. Call get_result(job_id="abcdef0123456789", pages=["https://d.example/guide/"])'
        in small
    )
