"""The library: what an owner has, and by which names it is found."""

import re
import secrets
from dataclasses import replace

import pytest

from docspasta_mcp.errors import InvalidCursor, InvalidRequest, JobNotFound
from docspasta_mcp.jobs.doc_list import age_of
from docspasta_mcp.jobs.library import OwnerLibrary
from docspasta_mcp.model.document import PagePlacement
from docspasta_mcp.model.frontier import Frontier, NewPage, Source
from docspasta_mcp.model.job import Job, JobState
from docspasta_mcp.model.scope import EditionChoice, Scope
from docspasta_mcp.store import Store
from tests.fakes import Clock
from tests.store.test_races import claimed, done, new_job, pages_of


def library(store: Store, owner: str = "local") -> OwnerLibrary:
    return OwnerLibrary(owner, store=store, retention_days=30)


async def begun(
    store: Store,
    site: str,
    *,
    page: str = "",
    id_: str = "",
    owner: str = "local",
    kept: tuple[EditionChoice, ...] = (),
    include: tuple[str, ...] = (),
    max_pages: int = 500,
) -> Job:
    """Store a running crawl of a manual of one page, which is the seed: the site's own, or the one named."""
    origin, _, prefix = site.partition("://")[2].partition("/")
    scope = Scope(f"https://{origin}", f"/{prefix}", kept=kept)
    made = replace(new_job(), id=id_ or secrets.token_hex(8), owner=owner, seed_url=site + page, scope=scope)
    made = replace(made, options=made.options.model_copy(update={"max_pages": max_pages, "include": include}))
    job = replace(made, created_at=store.clock())
    await store.jobs.start(job, fingerprint=job.id, fresh_since=None)
    await store.pages.open_frontier(job, Frontier(scope, (NewPage(site + page, 0, (Source.SEED,)),)))
    return job


async def crawled(
    store: Store,
    site: str,
    *,
    page: str = "",
    title: str = "T",
    id_: str = "",
    owner: str = "local",
    kept: tuple[EditionChoice, ...] = (),
    include: tuple[str, ...] = (),
    max_pages: int = 500,
) -> str:
    """Store a whole crawl of a manual of one page; return its id."""
    job = await begun(store, site, page=page, id_=id_, owner=owner, kept=kept, include=include, max_pages=max_pages)
    ((page_id, _, _),) = pages_of(store, job)
    claim = await claimed(store, page_id, job)
    await store.pages.settle(claim, replace(done(claim), title=title, language="en", tokens=40), job=job)
    await store.endings.place(job.id, [PagePlacement(page_id, 1)])
    assert await store.endings.finalize(job.id) is JobState.COMPLETED
    return job.id


async def test_the_newest_edition_of_each_manual_is_listed_and_older_ones_counted(store: Store, clock: Clock) -> None:
    await crawled(store, "https://a.example/docs/")
    clock.advance(3_600)
    other = await crawled(store, "https://b.example/v2/", title="B")
    clock.advance(2 * 86_400)
    newest = await crawled(store, "https://a.example/docs/", title=" A\u202e \n manual ")
    clock.advance(60)
    running = await begun(store, "https://a.example/docs/")
    found = await library(store).docs()
    assert [(doc.job_id, doc.title, doc.version, doc.language, doc.older) for doc in found.docs] == [
        (newest, "A manual", "", "en", 1),
        (other, "B", "v2", "en", 0),
    ]
    first = found.docs[0]
    assert (first.pages, first.tokens, first.state, first.age, len(first.corpus_hash)) == (
        1,
        40,
        "completed",
        "1 minute",
        16,
    )
    assert (first.newest_job, first.newest_state, first.newer) == (running.id, "running", 1)
    assert (found.total, found.next_cursor) == (2, "")
    assert f'docs=["{newest}"]' in found.next_step


async def test_a_search_of_a_crawl_that_has_no_page_yet_says_to_wait_for_it(store: Store) -> None:
    job = await begun(store, "https://a.example/")
    for docs in ((), (job.id,)):
        found = await library(store).search("usage", docs)
        assert found.text.startswith(f"Job {job.id} is running and has no page yet. Call get_status(job_id="), docs


async def test_a_running_crawl_shows_what_it_has_so_far(store: Store) -> None:
    job = await begun(store, "https://a.example/")
    (doc,) = (await library(store).docs()).docs
    assert (doc.title, doc.pages, doc.state, doc.expires_at) == ("https://a.example/", 0, "running", "")
    claim = await claimed(store, pages_of(store, job)[0][0], job)
    await store.pages.settle(claim, replace(done(claim), tokens=7), job=job)
    (doc,) = (await library(store).docs()).docs
    assert (doc.title, doc.pages, doc.tokens) == ("T", 1, 7)
    await store.endings.cancel(job.id)
    (doc,) = (await library(store).docs()).docs
    assert (doc.title, doc.pages, doc.tokens, doc.state) == ("T", 1, 7, "cancelled")


async def test_the_version_that_was_chosen_is_told_though_no_address_names_it(store: Store) -> None:
    await crawled(
        store,
        "https://a.example/",
        kept=(EditionChoice("version", "/", "3.12"), EditionChoice("translation", "/3.12/", "de")),
    )
    (doc,) = (await library(store).docs()).docs
    assert (doc.version, doc.language) == ("3.12", "en")  # what the pages say of themselves goes first


async def test_a_long_list_comes_in_parts_that_lead_on(store: Store, clock: Clock) -> None:
    ids: list[str] = []
    for number in range(5):
        clock.advance(1)
        ids.insert(0, await crawled(store, f"https://d.example/{number}/"))
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        part = await library(store).docs(cursor=cursor, limit=2)
        seen += [doc.job_id for doc in part.docs]
        cursor = part.next_cursor
        clock.advance(1)
        await crawled(store, f"https://new.example/{cursor}/")  # what comes meanwhile shifts nothing
    assert (seen, cursor) == (ids, "")
    with pytest.raises(InvalidCursor, match="not a cursor of list_docs"):
        await library(store).docs(cursor="x")


@pytest.mark.parametrize(
    ("query", "found"),
    [("git", {"git"}), ("Reference MANUAL", {"git"}), ("lite", {"sql"}), ("https://www.sqlite.example/docs/lang.html", {"sql"}),
     ("https://sqlite.example/elsewhere", set()), ("nosuch", set()), ("", {"git", "sql"}), ("en", {"git", "sql"})],
)  # fmt: skip
async def test_words_or_a_url_pick_manuals(store: Store, query: str, found: set[str]) -> None:
    names = {
        await crawled(store, "https://git.example/", title="Git Reference Manual"): "git",
        await crawled(store, "https://sqlite.example/docs/", title="Database"): "sql",
    }
    listed = await library(store).docs(query=query)
    assert {names[doc.job_id] for doc in listed.docs} == found
    if not found:
        assert "call list_docs without query" in listed.next_step


async def test_an_empty_library_says_how_to_fill_it(store: Store) -> None:
    found = await library(store).docs()
    assert (found.docs, found.total) == ([], 0)
    assert "start_crawl(url)" in found.next_step


async def test_a_job_goes_by_its_first_characters_in_any_case_and_by_the_manuals_url(
    store: Store, clock: Clock
) -> None:
    old = await crawled(store, "https://a.example/docs/", id_="abcdef0123456789")
    clock.advance(1)
    new = await crawled(store, "https://a.example/docs/", id_="abcdefff23456789")
    clock.advance(1)
    inner = await crawled(store, "https://a.example/docs/inner/", id_="0011223344556677")
    clock.advance(1)
    failed = await begun(store, "https://a.example/docs/")
    await store.endings.cancel(failed.id)
    names = library(store)
    for name, job_id in {
        old.upper(): old,
        " abcdef0 ": old,
        "ABCDEFF": new,
        "https://a.example/docs/": new,
        "http://www.a.example/docs/index.html": new,
        "a.example/docs/guide/page.html": new,
        "https://a.example/docs/inner/page.html": inner,
    }.items():
        assert (await names.job(name)).id == job_id, name
    assert (await names.job("https://a.example/docs", newest=True)).id == failed.id
    with pytest.raises(
        InvalidRequest, match=r"'abcdef' stands for 2 manuals: .*abcdefff23456789.* Give the job_id of one"
    ):
        await names.job("abcdef")
    for name in ("a.example", "t"):
        with pytest.raises(InvalidRequest, match=rf"'{re.escape(name)}' stands for 2 manuals"):
            await names.job(name)
    for name in ("abcde", "https://a.example/", "b.example", "", "U", "a" * 5_000):
        with pytest.raises(JobNotFound):
            await names.job(name)


async def test_a_page_is_read_from_the_crawl_that_has_it(store: Store, clock: Clock) -> None:
    first = await crawled(store, "https://a.example/docs/", page="fs.html")
    clock.advance(1)
    last = await crawled(store, "https://a.example/docs/", page="path.html")
    for page, job_id in {"fs.html": first, "path.html": last, "net.html": last, "": last}.items():
        assert (await library(store).job(f"https://a.example/docs/{page}")).id == job_id, page


async def test_a_crawl_of_chosen_pages_takes_no_url_of_a_crawl_without_choice(store: Store, clock: Clock) -> None:
    whole = await crawled(store, "https://a.example/docs/", page="lang.html", max_pages=1)
    clock.advance(1)
    some = await crawled(store, "https://a.example/docs/", page="pragma.html", include=("pragma*",))
    names = library(store)
    assert [one.best.job_id for one in await names.manuals()] == [some, whole]  # the first may lack pages
    for url in ("", "lang.html", "other.html"):
        assert (await names.job(f"https://a.example/docs/{url}")).id == whole, url
        assert [one.best.job_id for one in await names.named([f"https://a.example/docs/{url}"])] == [whole], url
    for newest in (False, True):  # which delete asks for
        assert (await names.job("https://a.example/docs/pragma.html", newest=newest)).id == some


async def test_a_crawl_that_never_had_a_page_is_no_manual_but_its_status_is_found(store: Store, clock: Clock) -> None:
    whole = await crawled(store, "https://a.example/docs/", title="A manual")
    clock.advance(1)
    mistyped = await begun(store, "https://a.example/docs/nosuch/")
    await store.endings.cancel(mistyped.id)
    names = library(store)
    assert (await names.job(" a  MANUAL")).id == whole
    assert [doc.job_id for doc in (await names.docs()).docs] == [whole]
    assert (await names.docs(query="nosuch")).docs == []
    for name in ("a.example", "https://a.example/docs/nosuch/page.html", whole):
        assert (await names.job(name)).id == whole, name
    assert (await names.job("https://a.example/docs/nosuch/", newest=True)).id == mistyped.id
    with pytest.raises(InvalidRequest, match=r"you have: https://a\.example/docs/ \(\w+\)\.$"):
        await names.named(["hg"])


async def test_a_crawl_without_a_page_is_told_where_it_is_searched(store: Store) -> None:
    failed = await begun(store, "https://nosuch.example/")
    await store.endings.cancel(failed.id)
    with pytest.raises(
        InvalidRequest, match=r"https://nosuch\.example/ \(\w+\) has no page to search: its crawl is can"
    ):
        await library(store).search("word", ["nosuch.example"])
    assert "There is no manual to search" in (await library(store).search("word")).text
    await crawled(store, "https://there.example/", title="Word")
    found = await library(store).search("word", ["nosuch.example", "there.example"])  # one of them can be searched
    assert found.searched == 1


async def test_manuals_go_by_title_and_host_too(store: Store) -> None:
    git = await crawled(store, "https://git.example/docs/", title="Git Reference")
    book = await crawled(store, "https://git.example/book/", title="Pro Git")
    names = library(store)

    async def found(*given: str) -> set[str]:
        return {manual.best.job_id for manual in await names.named(given)}

    assert await found() == {git, book}
    assert await found("pro git") == {book}
    assert await found("Reference") == {git}
    assert await found("www.git.example") == {git, book}
    assert await found("https://git.example/book/ch1.html", git[:6]) == {git, book}
    with pytest.raises(InvalidRequest, match=r"'hg' is not a manual that you have. .* you have: https://git.example/"):
        await names.named(["hg"])
    with pytest.raises(
        JobNotFound, match=rf"No job 'reference'. Manuals with such a name: https://git.example/docs/ \({git}\)"
    ):
        await names.job("reference")


async def test_what_another_owner_has_is_not_there(store: Store) -> None:
    theirs = await crawled(store, "https://a.example/", title="Secret", owner="other")
    mine = library(store)
    assert (await mine.docs()).docs == []
    for name in (theirs, theirs[:6], "https://a.example/", "a.example"):
        with pytest.raises(JobNotFound):
            await mine.job(name)
        with pytest.raises(JobNotFound):
            await mine.pin(name, is_pinned=True)
        with pytest.raises(InvalidRequest, match=r"you have: none\."):
            await mine.named([name])
    assert (await library(store, "other").job(theirs[:6])).id == theirs


async def test_a_reader_writes_once_an_hour(store: Store, clock: Clock) -> None:
    job_id = await crawled(store, "https://a.example/")
    mine = library(store)
    await mine.use([await mine.job(job_id)])
    first = (await mine.job(job_id)).used_at
    clock.advance(3_000)
    await mine.use([await mine.job(job_id)])
    assert (await mine.job(job_id)).used_at == first == clock() - 3_000
    clock.advance(700)
    await mine.use([await mine.job(job_id)])
    assert (await mine.job(job_id)).used_at == clock()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "less than a minute"), (60, "1 minute"), (7_300, "2 hours"), (86_400 * 3, "3 days")],
)
def test_an_age_is_told_as_people_do(seconds: float, words: str) -> None:
    assert age_of(seconds) == words
