"""Print the notes of a release: its section of CHANGELOG.md.

python -m docs_site.release_notes 0.1.0
"""

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"


def release_notes(changelog: str, version: str) -> str:
    """Return what the changelog says of a version, without its heading.

    Raises:
        SystemExit: it has no section for the version, or an empty one.
    """
    section = re.search(rf"^## {re.escape(version)}\b[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if section is None or not section[1].strip():
        raise SystemExit(f"CHANGELOG.md has no section for {version}: move what is below Unreleased there.")
    return section[1].strip()


if __name__ == "__main__":
    print(release_notes(CHANGELOG.read_text(encoding="utf-8"), sys.argv[1]))  # noqa: T201
