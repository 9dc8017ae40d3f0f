"""Many crawls in turn: what is made of one download is kept for all pages of each."""

import io
import tarfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO, Any, TypeVar

import pytest

from docspasta_mcp.errors import PageRefused, PageUnreachable
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetched, Fetcher
from docspasta_mcp.fetch.file_sites import FileSites
from docspasta_mcp.fetch.folders import Folders
from docspasta_mcp.fetch.politeness import Politeness
from docspasta_mcp.fetch.specifications import Specification, Specifications
from docspasta_mcp.model.repository import FORGES
from docspasta_mcp.model.scope import Scope

T = TypeVar("T")
CRAWLS = 12
SPECIFICATION = "openapi: 3.0.3\ninfo: {title: Zoo, version: '4'}\npaths:\n"


class HereWorkers(Workers):
    """Does the work in this process."""

    async def run(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return work(*args, **kwargs)


class CountingFetcher(Fetcher):
    """Has some files, and counts what is asked for."""

    def __init__(self, files: Callable[[str], bytes | PageUnreachable | None]) -> None:
        super().__init__(timeout_s=5, max_bytes=1_000_000)
        self.files = files
        self.asked: Counter[str] = Counter()

    async def fetch(self, url: str, **_rest: Any) -> Fetched:
        self.asked[url] += 1
        body = self.files(url)
        if isinstance(body, PageUnreachable):
            raise body
        if body is None:
            raise PageRefused("http_404", "not here")
        return Fetched(url, "text/plain", "utf-8", body)

    async def download(self, url: str, into: IO[bytes], **_rest: Any) -> None:
        self.asked[url] += 1
        body = self.files(url)
        assert isinstance(body, bytes)
        into.write(body)


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    yield HereWorkers(1)  # noqa: PT022


def full_text(url: str) -> bytes:
    home = url.rpartition("/")[0]
    return "".join(f"# P{number}\nSource: {home}/p{number}\n\nwords\n\n" for number in range(5)).encode()


async def test_an_llms_full_txt_is_fetched_once_for_all_pages_of_many_manuals(workers: Workers) -> None:
    fetcher = CountingFetcher(full_text)
    editions = Editions(fetcher, workers)
    for _ in range(5):
        for number in range(CRAWLS):
            site = f"https://s{number}.example"
            text = await editions.full_text(f"{site}/llms-full.txt", "", Scope(site, "/"), allow_private=())
            assert len(text.pages) == 5
    assert set(fetcher.asked.values()) == {1}
    assert len(fetcher.asked) == CRAWLS


def archive(_url: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as opened:
        for name in ("README.md", "docs/a.md"):
            member = tarfile.TarInfo(f"thing-HEAD/{name}")
            member.size = 4
            opened.addfile(member, io.BytesIO(b"# x\n"))
    return packed.getvalue()


async def test_an_archive_is_fetched_once_for_all_pages_of_many_repositories(workers: Workers, tmp_path: Path) -> None:
    fetcher = CountingFetcher(archive)
    sites = FileSites(Folders({}, tmp_path), FORGES, fetcher, workers, max_file=1_000_000)
    for _ in range(3):
        for number in range(CRAWLS):
            site, _ = await sites.open(f"https://github.com/team/r{number}/blob/HEAD/docs/a.md", ())
            assert (site.root / "docs/a.md").is_file()
    assert set(fetcher.asked.values()) == {1}
    assert len(fetcher.asked) == CRAWLS


async def gathered(specifications: Specifications, site: str, body: bytes) -> Specification | None:
    fetched = Fetched(f"{site}/openapi.yaml", "application/yaml", "utf-8", body)
    return await specifications.gather(
        fetched, file=fetched.url, job_id=site, allow_private=(), may_enter=lambda _: True
    )


async def test_specifications_of_many_crawls_are_kept(workers: Workers) -> None:
    specifications = Specifications(CountingFetcher(lambda _: None), workers, Politeness(5))
    sites = [f"https://s{number}.example" for number in range(CRAWLS)]
    for site in sites:
        await gathered(specifications, site, f"{SPECIFICATION}  /a: {{}}\n".encode())
    assert all(specifications.kept(site, f"{site}/openapi.yaml") for site in sites)


async def test_a_try_goes_on_where_the_one_before_it_failed_and_keeps_the_sites_pace(workers: Workers) -> None:
    paths = "".join(f"  /{name}: {{$ref: '{name}.yaml'}}\n" for name in "abc")
    is_down = True

    def files(url: str) -> bytes | PageUnreachable:
        return PageUnreachable("http_503", "busy") if url.endswith("c.yaml") and is_down else b"get: {}"

    fetcher, politeness = CountingFetcher(files), Politeness(5)
    specifications, site = Specifications(fetcher, workers, politeness), "https://s.example"
    with pytest.raises(PageUnreachable, match="busy"):
        await gathered(specifications, site, (SPECIFICATION + paths).encode())
    is_down = False
    found = await gathered(specifications, site, (SPECIFICATION + paths).encode())
    assert found is not None
    assert [url.rpartition("/")[2] for url, _ in found.others] == ["a.yaml", "b.yaml", "c.yaml"]
    assert [fetcher.asked[f"{site}/{name}.yaml"] for name in "abc"] == [1, 1, 2]
    politeness.refused(site, 60)
    with pytest.raises(PageUnreachable, match="a pause"):
        await gathered(specifications, site, (SPECIFICATION + paths).encode())


async def test_a_process_that_does_not_know_a_folder_says_what_names_it(workers: Workers, tmp_path: Path) -> None:
    sites = FileSites(Folders({}, tmp_path), {}, CountingFetcher(full_text), workers, max_file=1_000)
    with pytest.raises(PageRefused, match="name it in its DOCSPASTA_FOLDERS, then retry the job") as refused:
        await sites.open("https://handbook.folder.invalid/", ("handbook.folder.invalid",))
    assert refused.value.reason == "no_folder"
