"""Crawls of repositories by their archives: one request, true addresses, the order of the repository's own list."""

import io
import tarfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest

from docspasta_mcp.errors import ConfigError
from docspasta_mcp.fetch import file_sites
from docspasta_mcp.jobs.status import JobStatus
from docspasta_mcp.model.repository import FORGES, ForgeKind, Repository, repository_of
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from tests.conftest import settings_for
from tests.sites import TEXT, Answer, Site


def tree(home: str) -> dict[str, str]:
    return {
        "README.md": f"# Thing\n\n{TEXT} [Guide]({home}/blob/main/docs/guide/a.md) [How](CONTRIBUTING.md) [Code](src/thing.py)\n",
        "CONTRIBUTING.md": f"# Contributing\n\n{TEXT} How to.\n",
        "pyproject.toml": "",
        "src/thing.py": "x",
        "mkdocs.yml": "nav: [index.md, guide/b.md, guide/a.md]\n",
        "docs/index.md": f"# Start\n\n{TEXT} [A](./guide/a.md#x)\n",
        "docs/guide/a.md": f"# A\n\n{TEXT} Aye.\n",
        "docs/guide/b.md": f"# B\n\n{TEXT} Bee.\n",
    }


def archive(files: dict[str, str], top: str = "thing-0123abc/") -> Answer:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as opened:
        for name, text in files.items():
            member = tarfile.TarInfo(top + name)
            member.size = len(text.encode())
            opened.addfile(member, io.BytesIO(text.encode()))
    return Answer(packed.getvalue(), content_type="application/x-gzip")


@pytest.fixture(scope="module")
def forge() -> Iterator[Site]:
    with Site() as served:
        yield served


@pytest.fixture(scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory, forge: Site) -> AsyncIterator[Node]:
    settings = settings_for(tmp_path_factory.mktemp("node"), forge)
    forges = {forge.url: "github", f"{forge.url.replace('127.0.0.1', 'localhost')}": "gitlab"}
    allowed = (*settings.allow_private, f"localhost:{forge.port}")
    async with running_node(settings.model_copy(update={"forges": forges, "allow_private": allowed})) as opened:
        yield opened


async def crawl(node: Node, url: str) -> JobStatus:
    started = await node.jobs.start(url, force_refresh=True)
    with anyio.fail_after(60):
        while (status := await node.jobs.wait(started.job_id, 20)).state == "running":
            pass
    return status


async def document(node: Node, status: JobStatus) -> str:
    return (await node.jobs.result(status.job_id, max_tokens=20_000)).text


def titles(text: str) -> list[str]:
    return [line[2:] for line in text.split("\n") if line.startswith("# ")]


async def test_a_repository_is_read_by_one_request_for_its_archive(node: Node, forge: Site) -> None:
    home = f"{forge.url}/team/thing"
    forge.pages["/team/thing/archive/HEAD.tar.gz"] = Answer(status=302, headers={"Location": "/codeload/thing"})
    forge.pages["/codeload/thing"] = archive(tree(home))
    forge.requests.clear()
    status = await crawl(node, f"{home}.git")
    text = await document(node, status)
    assert titles(text) == ["Thing", "Start", "B", "A", "Contributing"]
    assert forge.requests == ["/team/thing/archive/HEAD.tar.gz", "/codeload/thing"]
    assert f"Source: {home}/blob/HEAD/docs/guide/a.md (fetched 20" in text
    assert status.scope_reason.startswith("the files of the repository; its mkdocs.yml lists the pages")
    assert status.reasons.get("content_type") == 1, "the link to the code leads to no page"


async def test_a_repository_of_which_one_folder_is_read_keeps_its_addresses(node: Node, forge: Site) -> None:
    home = f"{forge.url}/acme/lonely"
    files = {"LICENSE": "x", "src/a.c": "x", "doc/api.md": f"# API\n\n{TEXT}\n", "doc/intro.md": f"# Intro\n\n{TEXT}\n"}
    forge.pages["/acme/lonely/archive/HEAD.tar.gz"] = archive(files)
    text = await document(node, await crawl(node, home))
    assert titles(text) == ["API", "Intro"]
    assert f"Source: {home}/blob/HEAD/doc/intro.md" in text


async def test_a_directory_at_a_branch_is_read_whatever_the_branch_is_called(node: Node, forge: Site) -> None:
    home = f"{forge.url}/team/branchy"
    forge.pages["/team/branchy/archive/release/2.0.tar.gz"] = archive(tree(home))
    forge.requests.clear()
    status = await crawl(node, f"{home}/tree/release/2.0/docs/guide")
    assert titles(await document(node, status)) == ["A", "B"]
    assert forge.requests == ["/team/branchy/archive/release.tar.gz", "/team/branchy/archive/release/2.0.tar.gz"]
    assert status.scope == f"{home}/blob/release%2F2.0/docs/guide/"


async def test_a_private_repository_is_asked_for_with_the_token_of_its_forge(tmp_path: Path) -> None:
    with Site() as forge, Site() as store:
        home = f"{forge.url}/team/secret"
        forge.pages["/team/secret/archive/HEAD.tar.gz"] = Answer(status=302, headers={"Location": f"{store.url}/kept"})
        store.pages["/kept"] = archive(tree(home))
        (tmp_path / "docspasta.toml").write_text(
            f'[sites."http://127.0.0.1:{forge.port}"]\nheaders = {{ Authorization = "Bearer ${{FORGE_TOKEN}}" }}\n'
        )
        environ = {
            "DOCSPASTA_DATA_DIR": str(tmp_path / "data"),
            "DOCSPASTA_CONFIG": str(tmp_path / "docspasta.toml"),
            "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{forge.port},127.0.0.1:{store.port}",
            "DOCSPASTA_FORGES": f"{forge.url}=github",
            "FORGE_TOKEN": "t0ken",
        }
        async with running_node(Settings.from_env(environ)) as own:
            status = await crawl(own, home)
        assert status.done == 5
        assert [headers.get("authorization") for headers in forge.headers] == ["Bearer t0ken"]
        assert [headers.get("authorization") for headers in store.headers] == [None], "of another origin"


async def test_a_project_on_gitlab_is_read_by_its_archive(node: Node, forge: Site) -> None:
    home = f"http://localhost:{forge.port}/group/sub/thing"
    forge.pages["/group/sub/thing/-/archive/v1/thing-v1.tar.gz"] = archive(tree(home))
    status = await crawl(node, f"{home}/-/tree/v1/docs")
    text = await document(node, status)
    assert titles(text) == ["Start", "A", "B"]
    assert f"Source: {home}/-/blob/v1/docs/guide/b.md" in text


async def test_a_second_crawl_has_the_archive_again_and_tells_what_changed(node: Node, forge: Site) -> None:
    home = f"{forge.url}/team/again"
    forge.pages["/team/again/archive/HEAD.tar.gz"] = archive(tree(home))
    first = await crawl(node, home)
    changed = {**tree(home), "docs/guide/b.md": f"# B\n\n{TEXT} Bee, and more.\n"}
    forge.pages["/team/again/archive/HEAD.tar.gz"] = archive(changed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_sites, "FRESH_S", 0.0)
        second = await crawl(node, home)
    assert "Bee, and more." in await document(node, second)
    assert second.corpus_hash != first.corpus_hash


@pytest.mark.parametrize(
    ("path", "answer", "reason"),
    [
        ("/team/gone", None, "http_404"),
        ("/team/private", Answer("<html>Sign in", content_type="text/html"), "login_required"),
        ("/team/broken", Answer(b"\x1f\x8bnothing", content_type="application/gzip"), "broken_archive"),
        ("/team/empty/tree/HEAD/nowhere", archive({"README.md": "# x"}), "http_404"),
    ],
)
async def test_a_repository_that_cannot_be_had_says_why(
    node: Node, forge: Site, path: str, answer: Answer | None, reason: str
) -> None:
    if answer is not None:
        forge.pages[f"{'/'.join(path.split('/')[:3])}/archive/HEAD.tar.gz"] = answer
    status = await crawl(node, f"{forge.url}{path}")
    assert (status.state, status.done, status.reasons) == ("failed", 0, {reason: 1})
    assert "where the crawl starts, cannot be read" in " ".join(status.notes)


@pytest.mark.parametrize(
    ("url", "home", "ref", "below"),
    [
        ("https://github.com/encode/httpx", "https://github.com/encode/httpx", "HEAD", ""),
        ("https://github.com/encode/httpx/", "https://github.com/encode/httpx", "HEAD", ""),
        ("https://github.com/a/b/tree/main", "https://github.com/a/b", "main", ""),
        ("https://github.com/a/b/blob/v1/docs/x%20y.md", "https://github.com/a/b", "v1", "docs/x y.md"),
        ("https://gitlab.com/g/s/p/-/tree/v1/docs", "https://gitlab.com/g/s/p", "v1", "docs"),
        ("https://gitlab.com/g/p", "https://gitlab.com/g/p", "HEAD", ""),
    ],
)
def test_addresses_of_repositories_are_known(url: str, home: str, ref: str, below: str) -> None:
    found = repository_of(url, FORGES)
    assert found == Repository(ForgeKind.GITLAB if "gitlab" in url else ForgeKind.GITHUB, home, ref, below)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/encode",
        "https://github.com/encode/httpx/issues/1",
        "https://github.com/a/b/wiki",
        "https://github.com/topics/python",
        "https://gitlab.com/g/p/-/issues",
        "https://github.com.example.org/a/b",
        "https://docs.github.com/en/rest",
    ],
)
def test_other_pages_of_forges_are_sites(url: str) -> None:
    assert repository_of(url, FORGES) is None


@pytest.mark.parametrize("value", ["git.example.com", "git.example.com=github", "https://git.example.com=svn"])
def test_a_wrong_forge_is_told(value: str) -> None:
    with pytest.raises(ConfigError, match="DOCSPASTA_FORGES"):
        Settings.from_env({"DOCSPASTA_FORGES": value})
