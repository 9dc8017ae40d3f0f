"""Which of several languages or versions is crawled where the page that was asked for is of none: by their names."""

import re
from collections.abc import Set

from docspasta_mcp.discovery.evidence import ScopeEvidence

_NUMBER = re.compile(r"\d+")
_PRERELEASE = re.compile(r"\d[._-]?(?:a|b|rc|dev|alpha|beta|pre|snapshot)", re.IGNORECASE)
_AFFIXES = re.compile(r"^(?:v|version-?|release-?|rel-?)(?=\d)|[._]x$")
_NAMED_VERSIONS = ("latest", "stable", "current", "lts")  # what a site calls its newest release, in this order


def same_version(name: str, wanted: str) -> bool:
    """Tell whether a directory is called after a version: `v2.1`, `2.1.x` or `release-2.1` for 2.1."""
    return bool(wanted) and _AFFIXES.sub("", name.lower()) == _AFFIXES.sub("", wanted.lower())


def preferred_language(names: Set[str], evidence: ScopeEvidence) -> str:
    """Return the language of the page that was asked for, else English, else the first."""
    for wanted in (evidence.language, evidence.language.split("-")[0], "en", "en-us", "en-gb"):
        for name in sorted(names):
            if wanted and name.lower().replace("_", "-") == wanted:
                return name
    return min(names)


def preferred_version(names: Set[str]) -> str:
    """Return the newest release: by its name if the site names one, else by number."""
    for name in _NAMED_VERSIONS:
        if name in names:
            return name
    numbered = [name for name in names if _NUMBER.search(name)]
    released = [name for name in numbered if not _PRERELEASE.search(name)]
    best = released or numbered
    return max(best, key=lambda name: [int(part) for part in _NUMBER.findall(name)]) if best else min(names)
