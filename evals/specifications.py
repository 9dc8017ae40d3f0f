"""Read public API specifications, and count their operations by a parser that is not ours.

    python -m evals.specifications [--work DIR]

The specifications come in packages of npm: GitHub's, Blockfrost's, Star Trek's, the USPTO's, pet stores of OpenAPI 2,
3.0 and 3.1. `oas`, the parser that ReadMe's reference pages are made with, lists the operations of each; every one must
be a heading of our pages. Ends with 1 if one is lost.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from docspasta_mcp.extract.formats.openapi.pages import pages_of
from docspasta_mcp.extract.formats.openapi.parse import parse_document
from evals.sites import default_work
from evals.tools import node_folder, run

_FILES = (
    "@octokit/openapi/generated/api.github.com.json",
    "@octokit/openapi/generated/ghes-3.17.json",
    "@blockfrost/openapi/openapi.yaml",
    "@readme/oas-examples/2.0/json/petstore.json",
    "@readme/oas-examples/3.0/json/star-trek.json",
    "@readme/oas-examples/3.0/json/uspto.json",
    "@readme/oas-examples/3.0/json/callbacks.json",
    "@readme/oas-examples/3.1/json/petstore.json",
    "@readme/oas-examples/3.1/json/webhooks.json",
)
_COUNT = """
import Module from 'oas';
import YAML from 'yaml';
import fs from 'node:fs';
const Oas = Module.default ?? Module, found = {};
for (const file of process.argv.slice(2)) {
  const text = fs.readFileSync(file, 'utf8');
  const document = file.endsWith('.json') ? JSON.parse(text) : YAML.parse(text, {maxAliasCount: -1});
  const oas = Oas.init(document);
  found[file] = Object.entries(oas.getPaths()).flatMap(
    ([path, methods]) => Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`));
}
console.log(JSON.stringify(found));
"""
_HEADING = re.compile(r"^#{2,} `((?:[A-Z]+) [^`]+)`", re.MULTILINE)


def counted_elsewhere(work: Path) -> dict[str, list[str]]:
    """Return the operations of each specification as the other parser lists them."""
    folder = node_folder(work, "specifications")
    (folder / "count.mjs").write_text(_COUNT)
    files = [folder / "node_modules" / name for name in _FILES if (folder / "node_modules" / name).exists()]
    return json.loads(run(["node", "count.mjs", *files], cwd=folder))


def read_here(file: Path) -> tuple[set[str], int]:
    """Return the operations that are headings of our pages, and how many pages there are."""
    document: Any = parse_document(file.read_text())
    pages = pages_of("https://docs.example/openapi", {"https://docs.example/openapi": document})
    return {heading for page in pages for heading in _HEADING.findall(page.markdown)}, len(pages)


def main() -> int:
    """Compare and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=default_work())
    found = counted_elsewhere(parser.parse_args().work)
    print(f"{'specification':<52}{'operations':>11}{'lost':>6}{'pages':>7}{'s':>7}")
    lost_at_all = 0
    for name, operations in found.items():
        begun = time.perf_counter()
        own, pages = read_here(Path(name))
        lost = sorted(set(operations) - own)
        lost_at_all += len(lost)
        shown = name.partition("node_modules/")[2]
        print(f"{shown:<52}{len(operations):>11}{len(lost):>6}{pages:>7}{time.perf_counter() - begun:>7.2f}")
        for one in lost[:5]:
            print(f"    lost: {one}")
    return 1 if lost_at_all or len(found) < 5 else 0  # five at least, of different sizes


if __name__ == "__main__":
    sys.exit(main())
