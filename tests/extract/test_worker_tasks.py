import subprocess
import sys

import pytest
from anyio.lowlevel import checkpoint

from docspasta_mcp.extract.worker_tasks import load_reader
from docspasta_mcp.extract.workers import Workers

SCRIPT = """
import sys
from docspasta_mcp.extract.worker_tasks import read_page
from docspasta_mcp.model.scope import Scope

def read(text, encoding):
    body = f"<html><title>t</title><body><main><h1>t</h1><p>{text}</p></main>".encode(encoding)
    scope = Scope("https://docs.example", "/")
    return read_page(body, url="https://docs.example/", content_type="text/html", charset="", scope=scope).markdown

sys.modules["docspasta_mcp.extract.markdown"] = None  # as if memory ran out while it loads
try:
    read("plain words", "ascii")
except ImportError:
    del sys.modules["docspasta_mcp.extract.markdown"]
assert "plain" in read("plain words " * 20, "ascii")
assert not {"pydantic", "httpx"} & sys.modules.keys()
assert "日本語の文書" in read("これは日本語の文書です。" * 40, "cp932")
"""


def test_a_worker_loads_its_parser_again_after_a_failure_and_nothing_of_the_server() -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_pages_are_read_under_a_hard_limit_of_address_space_below_a_workers_own() -> None:
    code = """
import resource, anyio
from docspasta_mcp.extract.workers import Workers
hard = 3 << 29
resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
async def main():
    print(await Workers(1).run(len, "four"))
if __name__ == "__main__":
    anyio.run(main)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("4\n", 0), done.stderr


async def test_a_worker_that_was_warmed_has_its_parser_when_the_first_page_comes() -> None:
    workers = Workers(1)
    workers.warm(load_reader, most=100)
    workers.warm(load_reader, most=100)  # a second crawl that starts meanwhile
    await checkpoint()  # for the first request
    assert await workers.run(eval, "'docspasta_mcp.extract.page' in __import__('sys').modules")
