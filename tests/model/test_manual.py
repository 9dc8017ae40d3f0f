"""Which crawl of a manual is read: the newest, unless it has only a part of what an earlier one has."""

from dataclasses import replace
from typing import Any

import pytest

from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.manual import Edition, Manual, manuals_of

FULL = Edition(
    job_id="full",
    seed_url="https://d.example/",
    origin="https://d.example",
    prefix="/",
    scope='{"origin": "https://d.example", "prefix": "/"}',
    include=(),
    exclude=(),
    state=JobState.COMPLETED,
    created_at=1.0,
    finished_at=2.0,
    title="D",
    language="",
    pages=1_168,
    tokens=1,
    corpus_hash="",
    is_pinned=False,
    used_at=0.0,
    met=1_170,
    max_pages=2_000,
    max_depth=10,
)
CUT = {"pages": 498, "met": 501, "max_pages": 500}


def later(**changes: Any) -> Edition:
    return replace(FULL, **{"job_id": "later", "created_at": 3.0, **changes})


def manual(*editions: Edition) -> Manual:
    (found,) = manuals_of(sorted(editions, key=lambda one: -one.created_at))
    return found


@pytest.mark.parametrize(
    ("changes", "is_read"),
    [
        ({"pages": 900}, True),  # the site has become smaller
        ({"pages": 900, "met": 900, "max_pages": 1_000}, True),  # and its smaller budget was enough
        (CUT, False),
        ({**CUT, "state": JobState.PARTIAL}, False),  # a mistyped URL
        ({"pages": 1, "met": 1, "max_pages": 1}, False),
        ({"pages": 300, "state": JobState.PARTIAL}, False),  # the site went away meanwhile
        ({"pages": 1_165, "state": JobState.PARTIAL}, True),  # three pages failed
        ({"pages": 40, "max_depth": 1}, False),
        ({"pages": 1_160, "max_depth": 9}, True),
        ({"pages": 1_300, "met": 1_300, "max_pages": 1_300}, True),  # it has more all the same
        ({"pages": 30, "include": ("/guide/*",)}, False),
        ({"pages": 0, "state": JobState.FAILED}, False),
        ({"pages": 30, "state": JobState.RUNNING}, False),
        ({"pages": 30, "state": JobState.CANCELLED}, False),
    ],
)
def test_a_crawl_takes_the_place_of_an_earlier_one_unless_it_has_only_a_part_of_it(
    changes: dict[str, Any], is_read: bool
) -> None:
    newer = later(**changes)
    found = manual(FULL, newer)
    assert found.best.job_id == ("later" if is_read else "full")
    assert (found.newest, found.older, found.newer) == (newer, int(is_read), int(not is_read))
    assert found.current == (newer if is_read or not newer.is_readable else FULL)
    assert manual(newer).best == newer  # where it is the only one


MISTYPED = {
    "state": JobState.PARTIAL,
    "seed_url": "https://d.example/nosuch.html",
    "seed_fault": "http_404",
}


def test_a_crawl_of_a_mistyped_url_takes_the_place_of_no_completed_one_whatever_it_has() -> None:
    assert manual(FULL, later(**MISTYPED)).best.job_id == "full"
    assert manual(FULL, later(**MISTYPED, pages=1_200)).best.job_id == "full"
    assert manual(replace(FULL, state=JobState.PARTIAL), later(**MISTYPED)).best.job_id == "later"
    assert manual(FULL, later(**{**MISTYPED, "seed_fault": "timeout"})).best.job_id == "later"


def test_a_manual_whose_start_page_is_gone_is_read_anew() -> None:
    assert manual(FULL, later(**{**MISTYPED, "seed_url": FULL.seed_url})).best.job_id == "later"


def test_two_crawls_of_one_budget_stand_in_for_each_other() -> None:
    small = replace(FULL, pages=20, met=20, max_pages=20)
    assert manual(small, later(pages=18, met=20, max_pages=20)).best.job_id == "later"


def test_a_page_of_a_small_manual_does_not_stand_in_for_its_only_page() -> None:
    whole = replace(FULL, pages=1, met=3)
    small = later(pages=1, met=1, max_pages=1)
    assert manual(whole, replace(small, seed_url="https://d.example/other.html")).best.job_id == "full"
    assert manual(whole, small).best.job_id == "later"  # the same page, read anew


def test_many_small_crawls_hide_nothing_and_all_are_counted() -> None:
    small = [later(pages=number, met=number, max_pages=number) for number in (1, 2, 3)]
    found = manual(*(replace(one, created_at=3.0 + one.pages) for one in small), FULL, replace(FULL, created_at=0.5))
    assert (found.best.job_id, found.older, found.newer, found.newest.pages) == ("full", 1, 3, 3)


def test_crawls_of_chosen_pages_are_manuals_of_their_own_where_none_has_all() -> None:
    guide, api = later(pages=30, include=("/guide/*",)), later(pages=40, include=("/api/*",), job_id="api")
    cut = replace(FULL, **CUT)
    assert {one.best.job_id for one in manuals_of([guide, api])} == {"later", "api"}
    assert {one.best.job_id for one in manuals_of([guide, api, cut])} == {"later", "api", "full"}  # it may lack them
    assert {one.best.job_id for one in manuals_of([guide, api, FULL])} == {"full"}
    trimmed = later(pages=900, exclude=("/old/*",))
    assert {one.best.job_id for one in manuals_of([trimmed, FULL])} == {"later", "full"}  # left out on purpose
