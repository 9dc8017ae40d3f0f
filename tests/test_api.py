"""The public Python API, as the README shows it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import anyio.to_thread
import pytest

import docspasta_mcp
from docspasta_mcp.errors import InvalidRequest, InvalidSeedUrl, JobNotFound, PageRefused, ResultNotReady
from tests.sites import Site

pytestmark = pytest.mark.programs

ROOT = Path(__file__).parent.parent


@pytest.fixture
def environ(tmp_path: Path, manual_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCSPASTA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DOCSPASTA_ALLOW_PRIVATE", f"127.0.0.1:{manual_site.port}")


def test_the_public_names_are_these() -> None:
    names = ["DocspastaError", "Document", "__version__", "convert", "crawl", "read_document"]
    assert docspasta_mcp.__all__ == dir(docspasta_mcp) == names
    assert all(hasattr(docspasta_mcp, name) for name in names)
    with pytest.raises(AttributeError, match="has no attribute 'crawler'"):
        docspasta_mcp.crawler  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]
    assert list(docspasta_mcp.Document.__dataclass_fields__) == [
        "job_id", "state", "reason", "url", "done", "skipped", "failed", "notes", "markdown",
    ]  # fmt: skip


def test_importing_it_loads_nothing_else_of_ours_and_nobodys_library() -> None:
    code = "import docspasta_mcp, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in loaded if name.startswith("docspasta_mcp")] == ["docspasta_mcp"]
    assert not {"pydantic", "lxml", "anyio", "sqlalchemy"} & set(loaded)


@pytest.mark.usefixtures("environ")
def test_the_example_of_the_readme_prints_the_manual(tmp_path: Path, manual_site: Site) -> None:
    (example,) = re.findall(r"```python\n(import docspasta_mcp\n.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len([line for line in example.splitlines() if line]) == 3
    script = tmp_path / "three_lines.py"  # without a guard that keeps worker processes from running it again
    script.write_text(example.replace("https://docs.example.com/", f"{manual_site.url}/docs/"))
    ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=150, check=False,
                         env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.findall(r"^# (.+)", ran.stdout, re.MULTILINE)[1:] == ["Welcome", "Install", "Guide", "Deep", "Usage"]


@pytest.mark.usefixtures("environ")
async def test_a_document_is_read_again_by_its_job_even_beside_a_running_event_loop(manual_site: Site) -> None:
    made = await anyio.to_thread.run_sync(
        lambda: docspasta_mcp.crawl(f"{manual_site.url}/docs/", exclude=["/docs/guide/deep*"])
    )
    assert (made.state, made.done, made.failed, made.url) == ("completed", 4, 0, f"{manual_site.url}/docs/")
    assert "# Usage" in made.markdown
    assert "# Deep" not in made.markdown
    assert docspasta_mcp.read_document(made.job_id) == docspasta_mcp.read_document(made.url) == made
    page = await anyio.to_thread.run_sync(
        lambda: docspasta_mcp.crawl(f"{manual_site.url}/docs/install.html", exclude=["/docs/guide/deep*"], max_pages=1)
    )
    assert (page.job_id, re.findall(r"^# (.+)", page.markdown, re.MULTILINE)) == (made.job_id, ["Install"])
    assert page.notes[0].startswith("The manual is there already, with 4 pages: the page that you named is printed.")


@pytest.mark.usefixtures("environ")
def test_what_goes_wrong_is_an_error_of_its_kind_that_says_what_to_do(
    manual_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(JobNotFound, match="No job 'nosuch'"):
        docspasta_mcp.read_document("nosuch")
    with pytest.raises(JobNotFound, match="No job './nosuch'"):
        docspasta_mcp.read_document("./nosuch")
    with pytest.raises(InvalidSeedUrl, match="Give the address of a documentation page"):
        docspasta_mcp.crawl("ftp://docs.example/")
    with pytest.raises(ResultNotReady, match="There is no file or folder 'nosuch.md' here, and no host of this name"):
        docspasta_mcp.crawl("nosuch.md")
    with pytest.raises(InvalidRequest, match="max_pages is 0"):
        docspasta_mcp.crawl(manual_site.url, max_pages=0)
    with pytest.raises(ResultNotReady, match="answered 404"):
        docspasta_mcp.crawl(f"{manual_site.url}/nosuch/")
    monkeypatch.setenv("DOCSPASTA_WORKERS", "0")
    with pytest.raises(docspasta_mcp.DocspastaError, match="^DOCSPASTA_WORKERS: must be at least 1$"):
        docspasta_mcp.read_document("nosuch")


def test_a_page_is_converted_where_it_stands() -> None:
    html = "<html><body><main><h1>Título</h1><p>x <a href='c'>y</a></p></main></body></html>"
    assert (
        docspasta_mcp.convert(html, url="https://docs.example/a/b") == "# Título\n\nx [y](https://docs.example/a/c)\n"
    )
    assert docspasta_mcp.convert(f"<meta charset=latin-1>{html}".encode("latin-1")) == "# Título\n\nx [y](c)\n"
    with pytest.raises(PageRefused):
        docspasta_mcp.convert("<body><main><h1>404</h1><p>Nothing here.</p></main></body>")
    with pytest.raises(InvalidRequest):
        docspasta_mcp.convert(html, url="nowhere")
