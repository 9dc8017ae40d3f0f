"""What only shows when a crawl has ended and its pages are looked at together: titles, all-in-one pages, plain text."""

import pytest

from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.model.messages import FinalizeJob
from tests.pipeline.test_steps import Chain
from tests.sites import Site

SITE = "Widget 2.1 documentation"
WORDS = ("anchor", "buffer", "cursor", "driver", "engine", "filter")


def told(word: str, part: str = "a") -> str:
    """Return paragraphs that no other page has."""
    return "".join(
        f"<p>The {word} {part}{n} does what its name says, and {word} {n} can be set up in {n + 3} ways of its own.</p>"
        for n in range(6)
    )


def titled(title: str, body: str) -> str:
    return f"<html><head><title>{title}</title></head><body><main>{body}</main></body></html>"


def contents(*names: str) -> str:
    return "<ul>" + "".join(f'<li><a href="{name}.html">{name}</a></li>' for name in names) + "</ul>"


def add_manual(site: Site, title: str, heading: str = "<h2>The {word}</h2>") -> None:
    """Add a manual of seven pages below /m/ whose titles are all of one form."""
    start = "<p>Start here, with whatever you like to read of these pages first, and go on with any other one.</p>"
    site.pages["/m/"] = titled(title.format(word="Start"), start + contents(*WORDS))
    for word in WORDS:
        site.pages[f"/m/{word}.html"] = titled(title.format(word=word), heading.format(word=word) + told(word))


async def test_a_title_that_most_pages_have_gives_way_to_each_pages_own_heading(chain: Chain) -> None:
    add_manual(chain.site, SITE)
    job_id = await chain.start("/m/")
    await chain.deliver_all()
    assert await chain.titles(job_id) == [f"1. [{SITE}", *(f"  {n}. [The {word}" for n, word in enumerate(WORDS, 2))]
    document = "".join([part async for part in await chain.jobs.document(job_id)])
    assert f"# {SITE}: the documentation at" in document
    assert document.count("\n# The buffer\n") == 1
    assert "## The buffer" not in document  # it is the title now
    assert "The buffer a5 does what" in document
    notes = (await chain.jobs.status(job_id)).notes
    assert "6 pages go by the first heading: the title is the same on most pages, the site's name." in notes


async def test_a_heading_that_most_pages_begin_with_names_none_of_them(chain: Chain) -> None:
    add_manual(chain.site, SITE, heading="<h2>Layer: admin</h2><h3>The {word}</h3>")
    job_id = await chain.start("/m/")
    await chain.deliver_all()
    assert await chain.titles(job_id) == [f"1. [{SITE}", *(f"  {n}. [The {word}" for n, word in enumerate(WORDS, 2))]


async def test_what_most_titles_end_with_is_cut_in_the_list_of_contents(chain: Chain) -> None:
    add_manual(chain.site, "The {word} — Widget 2.1", heading="<h1>The {word} — Widget 2.1</h1>")
    job_id = await chain.start("/m/")
    await chain.deliver_all()
    assert (await chain.titles(job_id))[1:] == [f"  {n}. [The {word}" for n, word in enumerate(WORDS, 2)]
    notes = (await chain.jobs.status(job_id)).notes
    assert any("without what most titles begin or end with" in note for note in notes)


async def test_titles_do_not_move_cursors_and_are_the_same_after_a_second_crawl(chain: Chain) -> None:
    add_manual(chain.site, SITE)
    job_id = await chain.start("/m/")
    messages = chain.queue.take()
    while not isinstance(messages[0], FinalizeJob):
        for message in messages:
            await chain.steps.run(message)
        messages = chain.queue.take()
    first = await chain.jobs.result(job_id, max_tokens=500)  # before the end
    await chain.steps.run(messages[0])
    texts = [first.text]
    while first.next_cursor:
        first = await chain.jobs.result(job_id, cursor=first.next_cursor, max_tokens=500)
        texts.append(first.text)
    whole = "\n".join(texts)
    assert [whole.count(f"The {word} a3 does what") for word in WORDS] == [1] * len(WORDS)
    status = await chain.jobs.status(job_id)
    chain.clock.advance(100 * 3600)
    again = await chain.start("/m/")
    await chain.deliver_all()
    assert again != job_id
    assert await chain.titles(again) == await chain.titles(job_id)
    assert (await chain.jobs.status(again)).corpus_hash == status.corpus_hash


async def test_a_page_made_of_other_pages_is_left_out_and_named(chain: Chain) -> None:
    add_manual(chain.site, "{word}")
    everything = "".join(f"<h2>The {word}</h2>{told(word)}" for word in WORDS)
    chain.site.pages["/m/whole.html"] = titled("The whole", f"<p>All of it.</p>{contents(*WORDS)}{everything}")
    chain.site.pages["/m/"] = titled("Start", f"<p>Start here, with any of these.</p>{contents(*WORDS, 'whole')}")
    job_id = await chain.start("/m/")
    await chain.deliver_all(times=2)
    status = await chain.jobs.status(job_id)
    assert (status.state, status.done, status.reasons) == ("completed", 7, {"union": 1})
    assert not any("whole" in line for line in await chain.titles(job_id))
    assert "/m/whole.html" in await chain.jobs.coverage(job_id)
    assert any("(union)" in note for note in status.notes)
    chain.clock.advance(100 * 3600)
    kept = await chain.start("/m/", include=("*/m/*",))
    await chain.deliver_all()
    assert "union" not in (await chain.jobs.status(kept)).reasons


@pytest.mark.parametrize("new", [3, 6])
async def test_a_page_with_more_of_its_own_than_others_have_stays(chain: Chain, new: int) -> None:
    add_manual(chain.site, "{word}")
    other = "".join(f"<p>Only here it is told that {n} and {n + 1} are not the same at all.</p>" for n in range(new))
    everything = "".join(f"<h2>The {word}</h2>{told(word)}" for word in WORDS[:2])
    chain.site.pages["/m/tour.html"] = titled("Tour", other + everything)
    chain.site.pages["/m/"] = titled("Start", f"<p>Start here, with any of these.</p>{contents(*WORDS, 'tour')}")
    job_id = await chain.start("/m/")
    await chain.deliver_all()
    assert (await chain.jobs.status(job_id)).reasons == {}


async def test_a_later_state_of_one_page_is_not_left_out(chain: Chain) -> None:
    add_manual(chain.site, "{word}")
    chain.site.pages["/m/buffer.html"] = titled("buffer", told("buffer") + told("buffer", "b") + told("buffer", "c"))
    later = told("buffer") + told("buffer", "b") + told("buffer", "c") + "<p>And what is new since, in a sentence.</p>"
    chain.site.pages["/m/later.html"] = titled("later", later)
    chain.site.pages["/m/"] = titled("Start", f"<p>Start here, with any of these.</p>{contents(*WORDS, 'later')}")
    job_id = await chain.start("/m/")
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert "union" not in status.reasons
    assert "what is new since" in (await chain.jobs.result(job_id, choice=Choice(query="new since"))).text
