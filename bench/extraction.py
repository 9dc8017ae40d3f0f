"""Measure what a page costs to read, step by step, in one process.

    python bench/extraction.py [--pages N] [FOLDER ...]

Without folders it reads the manuals of Python and PostgreSQL as Debian installs them (python3-doc, postgresql-doc-15).
Times are CPU milliseconds a page, the best of three rounds over the same pages.
"""

import argparse
import random
import time
from pathlib import Path

from lxml.html import HtmlElement

from docspasta_mcp.discovery.links import base_url
from docspasta_mcp.discovery.page_context import read_page_context
from docspasta_mcp.extract.charset import decode
from docspasta_mcp.extract.clues import clues_of
from docspasta_mcp.extract.content import extract
from docspasta_mcp.extract.main_content import main_content
from docspasta_mcp.extract.markdown import convert, finish
from docspasta_mcp.extract.page import read_page
from docspasta_mcp.extract.parse import parse_html
from docspasta_mcp.extract.selectors import names_of
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.runtime.tuning import freeze_what_crawls

_URL = "https://docs.example/page.html"
_SCOPE = Scope("https://docs.example", "/")
_MANUALS = ("/usr/share/doc/python3-doc/html", "/usr/share/doc/postgresql-doc-15/html")
_STEPS = ("decode+parse", "links", "select", "normalise", "convert", "score")


def step_times(body: bytes) -> list[float]:
    """Return the CPU seconds of each step for one page."""
    marks = [time.process_time()]
    source = decode(body).encode()
    document: HtmlElement = parse_html(source)
    marks.append(time.process_time())
    base = base_url(document, _URL)
    read_page_context(document, _URL, _SCOPE)
    marks.append(time.process_time())
    other = parse_html(source)
    start = time.process_time()
    clues = clues_of(source)
    main_content(other, clues.profiles, names_of(other) | clues.rare)
    select_s = time.process_time() - start
    marks.append(time.process_time())
    content = extract(document, base, clues)
    marks.append(time.process_time())
    finish(content.title, convert(content.root, content.placeholders), content.placeholders)
    marks.append(time.process_time())
    read_page(body, url=_URL, content_type="text/html", charset="", scope=_SCOPE)
    whole = time.process_time() - marks[-1]
    steps = [marks[1] - marks[0], marks[2] - marks[1], select_s, marks[4] - marks[3] - select_s, marks[5] - marks[4]]
    return [*steps, max(0.0, whole - sum(steps)), whole]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=list(map(Path, _MANUALS)))
    parser.add_argument("--pages", type=int, default=150, help="pages of each folder, drawn at random")
    options = parser.parse_args()
    freeze_what_crawls()  # as a worker does
    print(f"{'folder':36} {'pages':>5} {'KB':>6} " + " ".join(f"{name:>12}" for name in (*_STEPS, "whole page")))
    for folder in options.folders:
        files = sorted(folder.rglob("*.html"))
        random.Random(1).shuffle(files)
        bodies = [file.read_bytes() for file in files[: options.pages]]
        if not bodies:
            print(f"{folder}: no HTML files")
            continue
        rounds = [[sum(times) for times in zip(*map(step_times, bodies), strict=True)] for _ in range(3)]
        best = [min(times) / len(bodies) * 1000 for times in zip(*rounds, strict=True)]
        size = sum(map(len, bodies)) / len(bodies) / 1000
        print(
            f"{str(folder)[-36:]:36} {len(bodies):5} {size:6.1f} " + " ".join(f"{one:12.2f}" for one in best),
            flush=True,
        )


if __name__ == "__main__":
    main()
