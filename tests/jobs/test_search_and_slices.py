"""What a question finds first, and where an answer ends."""

from collections.abc import AsyncIterator

import pytest

from docspasta_mcp.errors import InvalidCursor
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.store import Store
from tests.fakes import Clock
from tests.pipeline.test_steps import Chain
from tests.sites import Site, page

FILLER = "Nothing in these words is ever asked for by anybody at all. "


@pytest.fixture
async def chain(store: Store, site: Site, clock: Clock) -> AsyncIterator[Chain]:
    made = Chain(store, site, clock)
    yield made
    await made.fetcher.aclose()


async def crawl(chain: Chain, **bodies: str) -> str:
    """Crawl a manual of pages in this order; the title of each is its name."""
    links = ("/m/", *(f"/m/{name}.html" for name in bodies))
    chain.site.pages["/m/"] = page("Front", links=links)
    for name, body in bodies.items():
        chain.site.pages[f"/m/{name}.html"] = page(name, f"<p>{body}</p>", links=links)
    job_id = await chain.start("/m/")
    await chain.deliver_all()
    assert await chain.titles(job_id) == [f"{number}. [{name}" for number, name in enumerate(["Front", *bodies], 1)]
    return job_id


async def best(chain: Chain, job_id: str) -> list[str]:
    """Return the headings of what fits a small answer to a question about zebras."""
    found = await chain.jobs.result(job_id, choice=Choice(query="zebra"), max_tokens=500)
    return [line for line in found.text.split("\n") if line.startswith("## ")]


async def test_a_word_in_a_heading_weighs_more_than_three_in_the_text(chain: Chain) -> None:
    bodies = {"Text": f"{FILLER * 5}zebra zebra zebra", "Heading": f"{FILLER * 5}</p><h2>Zebra</h2><p>{FILLER * 5}"}
    job_id = await crawl(chain, **bodies)  # no title has the word, nor an address
    assert (await best(chain, job_id))[0] == "## Heading"


async def test_a_word_of_a_short_section_weighs_more_than_one_of_a_long(chain: Chain) -> None:
    job_id = await crawl(chain, Long=f"zebra {FILLER * 14}", Short=f"zebra {FILLER}")  # of one passage each
    assert (await best(chain, job_id))[0] == "## Short"


async def test_a_heading_keeps_what_its_code_says(chain: Chain) -> None:
    prototype = "void zebra (void **stripes)"
    job_id = await crawl(chain, Calls=f"{FILLER * 5}</p><h2><b>Call:</b> <code>{prototype}</code></h2><p>{FILLER * 20}")
    found = await chain.jobs.result(job_id, choice=Choice(query="zebra stripes"), max_tokens=500)
    assert f"### Call: {prototype}\n" in found.text


async def test_a_page_that_only_says_it_otherwise_is_found_beside_those_that_say_it(chain: Chain) -> None:
    job_id = await crawl(chain, Other=f"Remove the lid. {FILLER}", Wanted=f"Delete the directory. {FILLER}")
    found = await chain.jobs.result(job_id, choice=Choice(query="remove folder"), max_tokens=1_000)
    assert "Delete the directory." in found.text


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Zebras that run at the same time", "Concurrent stripes."),
        ("Get rid of a zebra", "Remove every stripe."),
        ("How many zebras are there?", "The count of stripes."),
    ],
)
async def test_what_a_phrase_means_is_found_where_neither_of_its_words_is(
    chain: Chain, question: str, answer: str
) -> None:
    job_id = await crawl(chain, Other=f"Zebra. {FILLER}", Wanted=f"{answer} {FILLER}")
    found = await chain.jobs.result(job_id, choice=Choice(query=question), max_tokens=1_000)
    assert answer in found.text


async def test_further_pages_are_shown_by_their_first_words_and_follow_whole(chain: Chain) -> None:
    names = [f"P{letter}" for letter in "abcdefgh"]
    job_id = await crawl(chain, **{name: f"{name} has a zebra. {FILLER * 14}" for name in names})
    found = await chain.jobs.result(job_id, choice=Choice(query="zebra"), max_tokens=1_000)
    whole, _, further = found.text.partition("Further pages")
    assert "[continues:" in whole
    assert "[continues:" not in further
    (first, *_) = [name for name in names if f"## {name}\n" in further]
    assert f"{first} has a zebra. Nothing" in further
    assert found.next_cursor is not None
    with pytest.raises(InvalidCursor, match="with the same query, or none"):
        await chain.jobs.result(job_id, choice=Choice(query="zebras"), cursor=found.next_cursor, max_tokens=1_000)
    with pytest.raises(InvalidCursor, match="with the same query, or none"):
        await chain.jobs.result(job_id, choice=Choice(query="Zebra"), cursor=found.next_cursor, max_tokens=1_000)
    after = await chain.jobs.result(job_id, choice=Choice(query=" zebra "), cursor=found.next_cursor, max_tokens=1_000)
    assert f"## {first}\n" in after.text.partition("Further pages")[0]


async def test_an_answer_from_one_page_has_the_whole_budget(chain: Chain) -> None:
    job_id = await crawl(
        chain, Only="</p><p>".join(f"The zebra is here. {FILLER * 8} {number}" for number in range(12))
    )
    found = await chain.jobs.result(job_id, choice=Choice(query="zebra"), max_tokens=1_500)
    assert "Further pages" not in found.text
    assert found.text.count("The zebra is here.") >= 8


@pytest.mark.parametrize(
    ("filler", "max_tokens"), [(27, 1_000), (607, 20_000)], ids=["tokens are short", "characters are short"]
)
async def test_no_answer_ends_with_a_scrap_of_the_next_page(chain: Chain, filler: int, max_tokens: int) -> None:
    short = "</p><p>".join([FILLER] * 40)
    job_id = await crawl(chain, First=FILLER * filler, Second=short)
    cursor = (await chain.jobs.result(job_id, max_tokens=500)).next_cursor
    assert cursor is not None
    start = cursor.split("-")[0] + "-p2.0"
    part = await chain.jobs.result(job_id, cursor=start, max_tokens=max_tokens)
    assert "# First" in part.text
    assert "# Second" not in part.text
    assert (part.first, part.last) == (2, 2)
    assert (part.next_cursor or "").startswith(start.replace("p2", "p3"))
