"""Crawl a manual and write it as one file a page, named after its title.

python examples/python_api.py URL FOLDER
"""

import re
import sys
from pathlib import Path

import docspasta_mcp


def pages_of(document: str) -> dict[str, str]:
    """Return the pages of a document by their titles. Each begins with its title and its source."""
    parts = re.split(r"^(?=# .+\n\nSource: )", document, flags=re.MULTILINE)[1:]
    return {part.splitlines()[0].removeprefix("# "): part for part in parts}


def main(url: str, folder: Path) -> None:
    """Crawl, and write what was found."""
    try:
        manual = docspasta_mcp.crawl(url, max_pages=200)
    except docspasta_mcp.DocspastaError as error:
        sys.exit(str(error))
    folder.mkdir(parents=True, exist_ok=True)
    for number, (title, text) in enumerate(pages_of(manual.markdown).items(), 1):
        name = re.sub(r"\W+", "-", title.lower()).strip("-") or "page"
        (folder / f"{number:03}-{name}.md").write_text(text, encoding="utf-8")
    print(f"{manual.state}: {manual.done} pages in {folder}, {manual.failed} failed")
    for note in manual.notes:
        print(f"note: {note}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]))
