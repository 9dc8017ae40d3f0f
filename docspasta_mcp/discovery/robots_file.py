"""Read a robots.txt (RFC 9309): the rules of the group that addresses one robot, sitemaps, the pause it asks for.

Forgiving as other robots are: known misspellings, spaces for hyphens, and a forgotten colon.
"""

import math
import re
from dataclasses import dataclass, field

from docspasta_mcp.discovery.robots_paths import PathRule

_BREAK = re.compile(r"\r\n?|\n")
_LINE = re.compile(
    r"[ \t]*(user[- ]?agent|dis{1,2}al{1,2}ow|diasllow|disallaw|allow|site-?maps?|crawl[- ]delay)"
    r"(?:[ \t]*:|[ \t]|$)(.*)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[a-z_-]+")
_ANYONE = "*"
_INDEX = "index.html"


@dataclass(slots=True)
class _AgentGroup:
    """What all groups that address the same robot say together."""

    rules: list[PathRule] = field(default_factory=list[PathRule])
    delay_s: float = 0.0

    def take(self, kind: str, value: str) -> None:
        """Take in what a line says; one without a value, such as `Disallow:`, says nothing."""
        if kind == "c":
            self.delay_s = _seconds(value, self.delay_s)
        elif value:
            self.rules.append(PathRule(value, kind == "a"))
            if kind == "a" and value.endswith(f"/{_INDEX}"):  # the directory's own page, by another name
                self.rules.append(PathRule(f"{value.removesuffix(_INDEX)}$", allows=True))


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """What a robots.txt says to one robot."""

    rules: tuple[PathRule, ...]
    sitemaps: tuple[str, ...]
    delay_s: float


def read_robots(text: str, name: str) -> RobotsFile:
    """Return what a robots.txt says to the robot of a name; groups for it go before those for anyone (§2.2.1)."""
    groups: dict[str, _AgentGroup] = {}
    sitemaps: list[str] = []
    addressed: list[_AgentGroup] = []
    is_head = False  # more robots may be named: nothing has been said to them yet
    for line in _BREAK.split(text):
        match = _LINE.match(line.partition("#")[0])
        if match is None:  # what is not known must not end a group (§2.2.4)
            continue
        kind, value = match[1][0].lower(), match[2].strip()
        if kind == "s":  # sitemaps belong to no group
            sitemaps += [value] if value else []
        elif kind == "u":
            addressed = addressed if is_head else []
            is_head = True
            if robot := _addressed(value, name):
                addressed.append(groups.setdefault(robot, _AgentGroup()))
        else:
            is_head = False
            for group in addressed:
                group.take(kind, value)
    own = groups.get(name) or groups.get(_ANYONE) or _AgentGroup()
    return RobotsFile(tuple(own.rules), tuple(sitemaps), own.delay_s)


def _addressed(value: str, name: str) -> str:
    """Return which of the two robots that matter a name addresses: its product token is compared whole (§2.2.1)."""
    if value == _ANYONE:
        return _ANYONE
    token = _TOKEN.match(value.lower())
    return name if token and token[0] == name else ""


def _seconds(value: str, before: float) -> float:
    """Return a pause, or what was said before where it makes no sense."""
    try:
        seconds = float(value)
    except ValueError:
        return before
    return seconds if math.isfinite(seconds) and seconds >= 0 else before
