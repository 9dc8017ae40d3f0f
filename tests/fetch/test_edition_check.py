"""Markdown editions of a site's pages: read instead of the HTML if a sample of both agrees, and else not."""

from collections.abc import AsyncIterator

import pytest

from docspasta_mcp.fetch.fetcher import Fetched
from docspasta_mcp.fetch.llms_full import split_full
from docspasta_mcp.model.edition import MarkdownEdition, MarkdownEditionKind, SiblingPattern
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.messages import StartCrawl
from docspasta_mcp.store import Store
from tests.fakes import Clock
from tests.pipeline.test_steps import Chain
from tests.sites import TEXT, Answer, Site, page

NAMES = ("alpha", "beta", "gamma", "delta")
PATHS = ("/m/", *(f"/m/{name}.html" for name in NAMES))


@pytest.fixture
async def chain(store: Store, site: Site, clock: Clock) -> AsyncIterator[Chain]:
    for name, path in zip(("home", *NAMES), PATHS, strict=True):
        site.pages[path] = page(name, html_body(name), links=PATHS)
    made = Chain(store, site, clock)
    yield made
    await made.fetcher.aclose()


def html_body(name: str) -> str:
    return f'<p>All about {name} {name}.</p><pre><code class="language-sh">run  {name}\n\tthen</code></pre>'


def markdown(name: str, more: str = "") -> str:
    return f"# {name}\n\n{TEXT}\n\nAll about {name} {name}.\n\n```sh\nrun  {name}\n\tthen\n```\n{more}"


def text(body: str) -> Answer:
    return Answer(body, content_type="text/markdown")


def md_siblings(site: Site) -> None:
    site.pages.update({f"/m/{name}.html.md": text(markdown(name)) for name in NAMES})
    lines = "".join(f"- [{name}](/m/{name}.html.md)\n" for name in NAMES)
    site.pages["/m/llms.txt"] = Answer(f"# M\n\n## All\n{lines}", content_type="text/plain")


def alternates(site: Site) -> None:
    site.pages.update({f"/m/{name}.md": text(markdown(name)) for name in NAMES})
    link = '<link rel="alternate" type="text/markdown" href="/m/index.md">'
    site.pages["/m/"] = str(site.pages["/m/"]).replace("<head>", f"<head>{link}")


def negotiation(site: Site) -> None:
    for name, path in zip(("home", *NAMES), PATHS, strict=True):
        site.pages[path] = Answer(str(site.pages[path]), markdown=markdown(name))


def full(site: Site) -> None:
    parts = "\n".join(
        f"# {name}\nSource: {site.url}/m/{name}.html\n{markdown(name)[len(name) + 2 :]}" for name in NAMES
    )
    site.pages["/m/llms-full.txt"] = Answer(parts, content_type="text/plain")


async def crawl(chain: Chain) -> tuple[str, str, list[str]]:
    """Return a job's id, its notes, and what was asked for behind the first look, which keeps its pages, in order."""
    job_id = await chain.start("/m/")
    await chain.steps.run(chain.queue.take()[0])
    chain.site.requests.clear()
    for message in chain.queue.take():
        if not isinstance(message, StartCrawl):  # which a busy machine publishes twice
            await chain.steps.run(message)
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.failed) == ("completed", 0)
    return job_id, "\n".join(status.notes), sorted(chain.site.requests)


@pytest.mark.parametrize(
    ("provide", "name", "asked"),
    [
        (md_siblings, "(appended .md)", []),  # the first look keeps what it has compared
        (alternates, "(inside .md)", []),
        (negotiation, "content negotiation", sorted(f"/m/{name}.html" for name in NAMES)),
        (full, "llms-full.txt", []),
    ],
)
async def test_an_edition_that_agrees_is_read_instead_of_the_html(
    chain: Chain, provide: object, name: str, asked: list[str]
) -> None:
    provide(chain.site)  # pyright: ignore[reportCallIssue]
    job_id, notes, requests = await crawl(chain)
    assert (name in notes, "4 sampled pages agree" in notes) == (True, True)
    assert requests == asked
    document = "".join([part async for part in await chain.jobs.document(job_id)])
    assert all(f"```sh\nrun  {one}\n\tthen\n```" in document for one in ("home", *NAMES))
    assert [title.split("[")[1] for title in await chain.titles(job_id)] == ["home", *NAMES]
    assert notes in await chain.jobs.coverage(job_id)


@pytest.mark.parametrize(
    ("gamma", "why"),
    [
        (text(markdown("gamma").replace("run  ", "run ")), "lacks 1 of 1 code blocks"),
        (text(markdown("gamma").replace(TEXT, "Soon.")), "differs from its HTML"),
        (text(markdown("gamma").replace("# gamma", "# kappa")), "has another title"),
        (Answer("<!doctype html><p>Not found", content_type="text/html"), "has none"),
    ],
)
async def test_an_edition_that_disagrees_in_one_page_is_refused_with_the_reason(
    chain: Chain, gamma: Answer, why: str
) -> None:
    md_siblings(chain.site)
    chain.site.pages["/m/gamma.html.md"] = gamma
    _, notes, requests = await crawl(chain)
    assert ("read as HTML" in notes, "gamma" in notes, why in notes) == (True, False, True)
    assert requests == []  # all of them were sampled


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        (
            page("delta", html_body("delta") + '<p><a href="/m/deep.html">deep</a>', links=PATHS),
            "leads to 1 page only in",
        ),
        (
            page("delta", html_body("delta"), links=(*PATHS, "/m/x.html", "/m/y.html")),
            "leads to 2 pages only in its HTML",
        ),
    ],
)
async def test_an_edition_is_refused_where_only_html_leads_on(chain: Chain, extra: str, why: str) -> None:
    md_siblings(chain.site)
    chain.site.pages["/m/delta.html"] = extra
    assert why in (await crawl(chain))[1]


async def test_links_of_an_edition_lead_to_pages(chain: Chain) -> None:
    md_siblings(chain.site)
    chain.site.pages["/m/beta.html.md"] = text(markdown("beta", "\n[deep](deep.html.md#part)\n"))
    chain.site.pages["/m/beta.html"] = page(
        "beta", html_body("beta") + '<a href="deep.html#part">deep</a>', links=PATHS
    )
    chain.site.pages["/m/deep.html.md"] = text(markdown("deep"))
    job_id, _, requests = await crawl(chain)
    assert "/m/deep.html.md" in requests
    document = "".join([part async for part in await chain.jobs.document(job_id)])
    assert f"Source: {chain.site.url}/m/deep.html (" in document
    assert f"[deep]({chain.site.url}/m/deep.html#part)" in document


async def test_a_page_whose_edition_is_missing_or_says_nothing_is_read_as_html(chain: Chain) -> None:
    md_siblings(chain.site)
    pages = (*PATHS, "/m/one.html", "/m/two.html")
    chain.site.pages["/m/"] = page("home", html_body("home"), links=pages)
    chain.site.pages.update({f"/m/{name}.html": page(name, html_body(name)) for name in ("one", "two")})
    job_id = await chain.start("/m/")
    first = chain.queue.take()[0]
    chain.site.pages.update({f"/m/{name}.html.md": text(markdown(name)) for name in ("one", "two")})
    await chain.steps.run(first)
    del chain.site.pages["/m/one.html.md"]
    chain.site.pages["/m/two.html.md"] = text("# two\n")
    await chain.deliver_all()
    document = "".join([part async for part in await chain.jobs.document(job_id)])
    assert ("run  one" in document, "run  two" in document) == (True, True)


async def test_the_verdict_is_given_once_and_kept_through_restarts(chain: Chain) -> None:
    md_siblings(chain.site)
    job_id = await chain.start("/m/")
    (message,) = chain.queue.take()
    await chain.steps.run(message)
    chain.site.pages["/m/gamma.html.md"] = text(markdown("gamma").replace("run  ", "run "))
    chain.restart()
    await chain.steps.run(message)
    await chain.deliver_all(times=2)
    assert "sampled pages agree" in "\n".join((await chain.jobs.status(job_id)).notes)


async def test_an_llms_full_txt_that_changed_since_it_was_compared_is_not_read(chain: Chain) -> None:
    full(chain.site)
    job_id = await chain.start("/m/")
    await chain.steps.run(chain.queue.take()[0])
    chain.restart()
    changed = str(chain.site.pages["/m/llms-full.txt"]).replace("run  ", "walk ")
    chain.site.pages["/m/llms-full.txt"] = Answer(changed, content_type="text/plain")
    await chain.deliver_all()
    document = "".join([part async for part in await chain.jobs.document(job_id)])
    assert ("run  beta" in document, "walk" in document) == (True, False)


async def test_pages_read_another_way_are_not_taken_over(chain: Chain) -> None:
    md_siblings(chain.site)
    await crawl(chain)
    chain.clock.advance(2 * 86_400)
    assert (await crawl(chain))[2][0] == "/m/"
    chain.clock.advance(2 * 86_400)
    chain.site.pages["/m/gamma.html.md"] = text(markdown("gamma").replace("run  ", "run "))
    job_id, notes, requests = await crawl(chain)
    assert ("read as HTML" in notes, requests) == (True, [])
    job = await chain.store.jobs.get(job_id, owner="local")
    assert job is not None
    assert job.refreshes == ""


async def test_a_page_that_nearly_says_the_same_and_a_markdown_file_beside_its_page_are_left_out(chain: Chain) -> None:
    long = f"<p>{' '.join(f'word{number}' for number in range(300))}</p>"
    for path, day in (("/m/long.html", 1), ("/m/again.html", 2), ("/m/third.html", 3)):
        chain.site.pages[path] = page("Long", f"{long}<p>Seen on day {day}.</p>")
    chain.site.pages["/m/alpha.md"] = text("# alpha\n\nThe source.\n")
    chain.site.pages["/m/"] = page(
        "home", html_body("home"), links=(*PATHS, "/m/long.html", "/m/again.html", "/m/alpha.md")
    )
    chain.site.pages["/m/beta.html"] = page("beta", '<a href="third.html">third</a>')
    job_id, _, _ = await crawl(chain)
    status = await chain.jobs.status(job_id)
    assert status.reasons == {"duplicate": 1, "near_duplicate": 2}
    titles = [title.split("[")[1] for title in await chain.titles(job_id)]
    assert titles == ["home", "alpha", "beta", "Long", "gamma", "delta"]
    assert "near_duplicate: 2, as" in await chain.jobs.coverage(job_id)


async def test_a_dry_run_and_a_tiny_site_are_not_sampled(chain: Chain) -> None:
    md_siblings(chain.site)
    await chain.start("/m/", dry_run=True)
    assert [path for path in chain.site.requests if path.endswith(".md")] == []


LISTED = (NavEntry(0, "https://d.example/a", "Alpha"), NavEntry(0, "https://d.example/b", "Beta & co"))


@pytest.mark.parametrize(
    "file",
    [
        "# Alpha\nSource: https://d.example/a\n\nOne.\n\n# Beta\nSource: https://d.example/b\n\nTwo.\n",
        "URL: /a\n\n# Alpha\n\nOne.\n\n---\n\nURL: /b\n\n# Beta\n\nTwo.\n",
        "---\nurl: /a\ntitle: Alpha\n---\n\nOne.\n\n---\nurl: /b\n---\n# Beta\n\nTwo.\n",
        "# Alpha\n\n> **Source:** <https://d.example/a>\n\nOne.\n\n***\n\n# Beta\n\n> **Source:** <https://d.example/b>\n\nTwo.\n",
        "# Manual\n\n## Alpha\n\nOne.\n\n## Beta & Co.\n\nTwo.\n",
    ],
)  # fmt: skip
def test_llms_full_txt_is_split_at_the_boundaries_that_generators_write(file: str) -> None:
    code = "\n```md\n# Beta\nSource: https://d.example/c\n```\n"
    sections = split_full(Fetched("https://d.example/llms-full.txt", "text/plain", "", (file + code).encode()), LISTED)
    assert [section.url for section in sections] == ["https://d.example/a", "https://d.example/b"]
    first, second = (section.text for section in sections)
    assert first == "# Alpha\n\nOne.\n"
    assert second.startswith("# Beta")
    assert second.endswith(f"Two.\n{code}")


def test_a_line_of_the_text_ends_no_page_and_fragments_of_one_are_one() -> None:
    file = "# Alpha\nSource: /a#one\n\nURL: /v1/charges\nmore\n\n# Part\nSource: /a#two\n\nTwo.\n"
    (section,) = split_full(Fetched("https://d.example/llms-full.txt", "text/plain", "", file.encode()), LISTED)
    assert section.url == "https://d.example/a"
    assert section.text == "# Alpha\n\nURL: /v1/charges\nmore\n\n# Part\n\nTwo.\n"


@pytest.mark.parametrize("body", ["<!DOCTYPE html><p>Source: /a</p>", "Nothing here.\n\n# A title\n", ""])
def test_a_file_that_names_no_page_gives_none(body: str) -> None:
    assert split_full(Fetched("https://d.example/llms-full.txt", "text/plain", "", body.encode()), ()) == ()


@pytest.mark.parametrize(
    ("page_url", "pattern", "suffix", "md_sibling"),
    [
        ("https://d.example/a", SiblingPattern.APPENDED, "", "https://d.example/a.md"),
        ("https://d.example/a.html", SiblingPattern.APPENDED, ".html", "https://d.example/a.html.md"),
        ("https://d.example/a/", SiblingPattern.APPENDED, "/", "https://d.example/a/index.html.md"),
        ("https://d.example/a.html", SiblingPattern.REPLACED, ".html", "https://d.example/a.md"),
        ("https://d.example/a/", SiblingPattern.REPLACED, "/", "https://d.example/a.md"),
        ("https://d.example/", SiblingPattern.REPLACED, "/", "https://d.example/index.md"),
        ("https://d.example/a/", SiblingPattern.INSIDE, "/", "https://d.example/a/index.md"),
    ],
)
def test_a_twin_and_its_page_lead_to_each_other(
    page_url: str, pattern: SiblingPattern, suffix: str, md_sibling: str
) -> None:
    markdown_edition = MarkdownEdition(MarkdownEditionKind.MD_SIBLING, pattern=pattern, suffix=suffix)
    assert (markdown_edition.md_sibling_of(page_url), markdown_edition.page_of(md_sibling)) == (md_sibling, page_url)


def test_a_source_on_another_site_is_a_line_of_the_text() -> None:
    file = (
        "# Alpha\nSource: https://d.example/a\n\nOne.\n\n# Quoted\nSource: https://other.example/q\n\nTheirs.\n\n"
        "# Beta\nSource: https://d.example/b\n\nTwo.\n"
    )
    sections = split_full(Fetched("https://d.example/llms-full.txt", "text/plain", "", file.encode()), ())
    assert [section.url for section in sections] == ["https://d.example/a", "https://d.example/b"]
    assert "Theirs." in sections[0].text


async def test_an_llms_full_txt_of_another_site_is_not_used(chain: Chain) -> None:
    full(chain.site)
    theirs = str(chain.site.pages["/m/llms-full.txt"].body).replace(chain.site.url, "https://other.example")  # pyright: ignore[reportAttributeAccessIssue]
    chain.site.pages["/m/llms-full.txt"] = Answer(theirs, content_type="text/plain")
    job_id, notes, _ = await crawl(chain)
    document = "".join([part async for part in await chain.jobs.document(job_id)])
    assert ("llms-full" in notes, "run  alpha" in document) == (False, True)


@pytest.mark.parametrize("code", ["1. ```sh\n   a\n   ```\n2. b", "> ```\n> a", "```\nnever closed"])
def test_code_of_one_page_swallows_no_other(code: str) -> None:
    pages = [
        f"# Page {n}\nSource: https://d.example/p{n}\n\nWords of it.\n\n{code if n == 2 else ''}\n" for n in range(1, 5)
    ]
    sections = split_full(Fetched("https://d.example/llms-full.txt", "text/plain", "", "\n".join(pages).encode()), ())
    assert [section.url for section in sections] == [f"https://d.example/p{n}" for n in range(1, 5)]
