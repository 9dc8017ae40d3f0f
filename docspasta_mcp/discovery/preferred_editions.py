"""Which of several languages or versions is crawled where the page that was asked for is of none: by their names."""

import re
from collections.abc import Iterable, Set

from docspasta_mcp.discovery.evidence import ScopeEvidence

_NUMBER = re.compile(r"\d+")
_PRERELEASE = re.compile(r"\d[._-]?(?:a|b|rc|dev|alpha|beta|pre|snapshot)", re.IGNORECASE)
_AFFIXES = re.compile(r"^(?:v|version-?|release-?|rel-?)(?=\d)|[._]x$")
_LINE = re.compile(r"v?(\d+\.\d+)[._]\w")
_NAMED_VERSIONS = ("latest", "stable", "current", "lts")  # what a site calls its newest release, in this order


def same_version(name: str, wanted: str) -> bool:
    """Tell whether a directory is called after a version: `v2.1`, `2.1.x` or `release-2.1` for 2.1."""
    return bool(wanted) and _AFFIXES.sub("", name.lower()) == _AFFIXES.sub("", wanted.lower())


def nearest_version(names: Iterable[str], wanted: str) -> str:
    """Return the name of a version that was asked for, else of the line that it belongs to: `1.2.x` for 1.2.3."""
    known = sorted(names)
    return next((name for form in _forms(wanted) for name in known if same_version(name, form)), "")


def version_names(wanted: str) -> list[str]:
    """Return what sites may call a version that was asked for, the likeliest first."""
    return [name for form in _forms(wanted) for name in (form, f"v{form}", f"{form}.x", f"v{form}.x")]


def _forms(wanted: str) -> list[str]:
    """Return a version, and the line of releases that it belongs to."""
    line = _LINE.match(wanted)
    return list(dict.fromkeys([wanted, *([line[1]] if line else [])])) if wanted else []


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
