"""Which pages of a crawl are rendered, by a renderer that shows what a script would have filled."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from docspasta_mcp.errors import InvalidRequest, PageRefused
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.browser.rendering import RenderRequest
from docspasta_mcp.fetch.fetcher import Fetched
from docspasta_mcp.fetch.politeness import Politeness
from docspasta_mcp.jobs.export import ExportKind
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.page import Claim
from docspasta_mcp.pipeline.page_reader import FIRST_PAGES, PageReader
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Store
from tests.fakes import Clock
from tests.pipeline.test_steps import Chain
from tests.sites import Answer, Site, page
from tests.store.test_races import new_job

SHELL = '<!DOCTYPE html><html><body><div id="root"></div><script src="/app.js"></script></body></html>'


class FakeRenderer:
    """Shows a page for each path, the shell itself for others; a path that is an error fails."""

    def __init__(self) -> None:
        self.shows: dict[str, str | PageRefused] = {}
        self.asked: list[str] = []

    async def render(self, request: RenderRequest) -> Fetched:
        path = "/" + request.url.split("/", 3)[3]
        self.asked.append(path)
        await anyio.lowlevel.checkpoint()
        shown = self.shows.get(path, SHELL)
        if isinstance(shown, PageRefused):
            raise shown
        return Fetched(request.url, "text/html", "utf-8", shown.encode())

    async def aclose(self) -> None:
        pass


@pytest.fixture
def renderer() -> FakeRenderer:
    return FakeRenderer()


@pytest.fixture
async def chain(store: Store, site: Site, clock: Clock, renderer: FakeRenderer) -> AsyncIterator[Chain]:
    made = Chain(store, site, clock)
    made.renderer = renderer
    made.restart()
    yield made
    await made.fetcher.aclose()


async def crawl(chain: Chain, **options: Any) -> str:
    job_id = await chain.start("/docs/", **options)
    await chain.deliver_all()
    return job_id


def application(site: Site, renderer: FakeRenderer, *names: str) -> None:
    """Serve an application whose start page leads to pages of these names, all of them shells."""
    site.pages["/docs/"] = SHELL
    renderer.shows["/docs/"] = page("Start", links=tuple(f"/docs/{name}" for name in names))
    for name in names:
        site.pages[f"/docs/{name}"] = SHELL
        renderer.shows[f"/docs/{name}"] = page(name.title())


async def test_a_shell_is_rendered_and_its_links_are_followed(chain: Chain, site: Site, renderer: FakeRenderer) -> None:
    application(site, renderer, "install", "usage")
    job_id = await crawl(chain)
    status = await chain.jobs.status(job_id)
    assert (status.state, status.done, status.failed) == ("completed", 3, 0)
    assert "3 pages were rendered in a browser." in status.notes
    assert renderer.asked == ["/docs/", "/docs/install", "/docs/usage"]
    assert await chain.titles(job_id) == ["1. [Start", "2. [Install", "3. [Usage"]


async def test_a_page_that_has_its_text_in_the_source_is_not_rendered(
    chain: Chain, site: Site, renderer: FakeRenderer
) -> None:
    site.pages["/docs/"] = page("Start", links=("/docs/app",))
    site.pages["/docs/app"] = SHELL
    renderer.shows["/docs/app"] = page("App")
    status = await chain.jobs.status(await crawl(chain))
    assert status.done == 2
    assert "1 page was rendered in a browser." in status.notes
    assert renderer.asked == ["/docs/app"]


async def test_all_pages_are_rendered_if_the_caller_says_so(chain: Chain, site: Site, renderer: FakeRenderer) -> None:
    site.pages["/docs/"] = page("Start", "<p>as it is sent</p>")
    renderer.shows["/docs/"] = page("Start", "<p>as it is shown</p>")
    job_id = await crawl(chain, render="always")
    assert "as it is shown" in (await chain.jobs.result(job_id)).text


@pytest.mark.parametrize("has_browser", [True, False])
async def test_without_rendering_a_shell_says_what_would_help(
    chain: Chain, site: Site, renderer: FakeRenderer, *, has_browser: bool
) -> None:
    application(site, renderer, "install")
    if not has_browser:
        chain.renderer = None
        chain.restart()
    status = await chain.jobs.status(await crawl(chain, render="never" if has_browser else "auto"))
    assert (status.state, status.reasons) == ("failed", {"javascript_required": 1})
    assert any("Chromium, Chrome or Edge" in note for note in status.notes)
    assert renderer.asked == []


async def test_where_rendering_shows_nothing_either_it_is_given_up(
    chain: Chain, site: Site, renderer: FakeRenderer
) -> None:
    names = [f"p{number}" for number in range(FIRST_PAGES + 4)]
    site.pages["/docs/"] = page("Start", links=tuple(f"/docs/{name}" for name in names))
    site.pages.update({f"/docs/{name}": SHELL for name in names})
    status = await chain.jobs.status(await crawl(chain))
    assert len(renderer.asked) == FIRST_PAGES
    assert status.reasons == {"empty": FIRST_PAGES, "javascript_required": 4}


@pytest.mark.parametrize("render", ["auto", "always"])
async def test_a_page_of_a_title_alone_is_skipped_if_a_browser_shows_no_more(
    chain: Chain, site: Site, renderer: FakeRenderer, render: str
) -> None:
    title = "<html><head><title>Part</title><script src='/x.js'></script></head><body><main><h1>Part</h1></main></body></html>"
    site.pages["/docs/"] = renderer.shows["/docs/"] = page("Start", links=("/docs/part.html",))
    site.pages["/docs/part.html"] = renderer.shows["/docs/part.html"] = title
    status = await chain.jobs.status(await crawl(chain, render=render))
    assert (status.state, status.done, status.failed, status.reasons) == ("completed", 1, 0, {"empty": 1})
    assert renderer.asked[-1] == "/docs/part.html"


async def test_a_page_without_a_script_says_no_more_in_a_browser(
    chain: Chain, site: Site, renderer: FakeRenderer
) -> None:
    site.pages["/docs/"] = page("Start", links=("/docs/part.html", "/docs/wait.html"))
    site.pages["/docs/part.html"] = "<html><body><main><h1>Part</h1></main></body></html>"
    site.pages["/docs/wait.html"] = "<html><body><div class='spinner'>Please wait…</div></body></html>"
    status = await chain.jobs.status(await crawl(chain))
    assert status.done == 1
    assert renderer.asked == []


async def test_a_shell_that_a_browser_cannot_fill_fails_whatever_the_mode(
    chain: Chain, site: Site, renderer: FakeRenderer
) -> None:
    site.pages["/docs/"] = renderer.shows["/docs/"] = page("Start", links=("/docs/app",))
    site.pages["/docs/app"] = SHELL
    status = await chain.jobs.status(await crawl(chain, render="always"))
    assert (status.state, status.done, status.failed, status.reasons) == ("partial", 1, 1, {"empty": 1})


async def test_a_page_that_cannot_be_rendered_fails_with_its_reason(
    chain: Chain, site: Site, renderer: FakeRenderer
) -> None:
    application(site, renderer, "install")
    renderer.shows["/docs/install"] = PageRefused("render_memory", "It takes too much.")
    status = await chain.jobs.status(await crawl(chain))
    assert (status.done, status.reasons) == (1, {"render_memory": 1})


async def test_a_refresh_renders_again_and_reads_only_what_has_changed(
    chain: Chain, site: Site, renderer: FakeRenderer
) -> None:
    application(site, renderer, "install", "usage")
    site.pages["/docs/usage"] = Answer(SHELL, headers={"ETag": '"same"'})
    first = await chain.jobs.status(await crawl(chain))
    chain.clock.advance(86_400 * 2)
    renderer.shows["/docs/usage"] = page("Usage", "<p>New words.</p>")
    again = await crawl(chain)
    status = await chain.jobs.status(again)
    assert status.corpus_hash != first.corpus_hash
    assert "3 pages were rendered in a browser." in status.notes
    assert "New words." in (await chain.jobs.result(again)).text


async def test_two_choices_of_rendering_are_two_crawls(chain: Chain, site: Site, renderer: FakeRenderer) -> None:
    application(site, renderer)
    first = await crawl(chain)
    assert await crawl(chain) == first
    assert await crawl(chain, render="auto") == first
    assert await crawl(chain, render="always") != first


async def test_routes_behind_a_hash_are_pages(chain: Chain, site: Site, renderer: FakeRenderer) -> None:
    site.pages["/docs/"] = SHELL
    base = f"{site.url}/docs/"
    links = ("#/install", "#/usage?id=place", "#/usage", "#/", "#place")
    renderer.shows["/docs/"] = page("Start", links=links)
    renderer.shows["/docs/#/install"] = page("Install", f'<p>See <a href="{base}#/usage">usage</a>.</p>', links=links)
    renderer.shows["/docs/#/usage"] = page("Usage", links=links)
    job_id = await crawl(chain)
    assert await chain.titles(job_id) == ["1. [Start", "2. [Install", "3. [Usage"]
    assert f"{base}#/install" in await chain.jobs.contents(job_id)
    assert site.requests.count("/docs/") == 1  # by the first look: routes are not asked for
    part = await chain.jobs.result(job_id, choice=Choice(pages=(f"{base}#/usage",)))
    assert "# Usage" in part.text
    files = {chunk.path: chunk.text async for chunk in await chain.jobs.export(job_id, ExportKind.FOLDER)}
    assert "[usage](usage.md)" in files["install.md"]


async def test_a_pattern_may_name_routes(chain: Chain, site: Site, renderer: FakeRenderer) -> None:
    site.pages["/docs/"] = SHELL
    renderer.shows["/docs/"] = page("Start", links=("#/api/a", "#/guide/b"))
    renderer.shows |= {f"/docs/#/{name}": page(name) for name in ("api/a", "guide/b")}
    await crawl(chain, exclude=["#/api/*"])
    assert renderer.asked == ["/docs/", "/docs/#/guide/b"]


async def test_routes_that_all_show_the_same_are_places_on_one_page(
    chain: Chain, site: Site, renderer: FakeRenderer
) -> None:
    links = tuple(f"#/pets/operation{number}" for number in range(20))
    site.pages["/docs/"] = SHELL
    whole = page("API", links=links)
    renderer.shows |= {"/docs/": whole, **{f"/docs/{link}": whole for link in links}}
    status = await chain.jobs.status(await crawl(chain))
    assert status.done == 1
    assert len(renderer.asked) == 1 + FIRST_PAGES


async def test_routes_need_a_browser(chain: Chain, site: Site) -> None:
    chain.renderer = None
    chain.restart()
    site.pages["/docs/"] = page("Start", links=("#/install",))
    status = await chain.jobs.status(await crawl(chain))
    assert (status.done, status.left_out) == (1, {"hash_route": 1})
    assert any("only where a browser renders them" in note for note in status.notes)


def with_settings(chain: Chain, toml: str, **environ: str) -> None:
    file = chain.settings.data_dir / "docspasta.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(toml)
    allowed = {"DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{chain.site.port}", "DOCSPASTA_CONFIG": str(file)}
    chain.settings = Settings.from_env(allowed | environ)
    chain.restart()


@pytest.mark.parametrize("by_site", [True, False])
async def test_what_the_operator_does_not_render_no_caller_can(
    chain: Chain, site: Site, renderer: FakeRenderer, *, by_site: bool
) -> None:
    application(site, renderer)
    table = f'[sites."http://127.0.0.1:{site.port}"]\nrender = "never"\n' if by_site else ""
    with_settings(chain, table, DOCSPASTA_RENDER="auto" if by_site else "never")
    with pytest.raises(InvalidRequest, match="the operator renders no page of this site: leave it out"):
        await chain.start("/docs/", render="always")
    assert (await chain.jobs.status(await crawl(chain))).reasons == {"javascript_required": 1}


async def test_an_unknown_mode_is_refused(chain: Chain) -> None:
    with pytest.raises(InvalidRequest, match="render is 'sometimes'; give auto, never, always"):
        await chain.start("/docs/", render="sometimes")


async def test_pages_that_are_rendered_at_once_are_counted_together() -> None:
    job = replace(new_job(), options=JobOptions.model_validate({"render": "auto"}))
    renderer = FakeRenderer()
    reader = PageReader(Workers(1), Politeness(FIRST_PAGES), renderer)

    async def read(url: str) -> None:
        claim = Claim(1, job.id, 1, url, 1, 1, 1)
        with contextlib.suppress(PageRefused):
            if "#" in url:
                await reader.rendered(job, claim, url, None, lambda _: True)
            else:
                fetched = Fetched(url, "text/html", "utf-8", SHELL.encode())
                await reader.read(
                    job, claim, fetched, file_format=None, markdown_edition=None, known=None, may_enter=lambda _: True
                )

    async with anyio.create_task_group() as tasks:
        for number in range(FIRST_PAGES):
            tasks.start_soon(read, f"https://d.example/#/{number}")
    await read("https://d.example/page")
    assert len(renderer.asked) == FIRST_PAGES
