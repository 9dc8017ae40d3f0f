"""What attacks a pattern or a scanner by its length alone: every token that it names, repeated without its end."""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from re import _constants as codes  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]  # no public parser
from re import _parser as parser  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
from typing import Any

import docspasta_mcp

SIZE = 6_000  # characters: a quadratic scanner takes a hundredth of a second for so many
NOTICED_S = 0.004  # below this a ratio is noise
MAX_RATIO = 3.0  # of CPU time for twice the length
MEASURED_S = 15.0  # of CPU time at most for a ratio that is too high: caches that others use up make long texts slower
_SAMPLES = {"CATEGORY_DIGIT": "7", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a", "CATEGORY_NOT_SPACE": "x",
            "CATEGORY_NOT_DIGIT": "x", "CATEGORY_NOT_WORD": "-"}  # fmt: skip


def patterns() -> dict[str, re.Pattern[str] | re.Pattern[bytes]]:
    """Return every compiled pattern of the package by module and name."""
    found: dict[str, re.Pattern[str] | re.Pattern[bytes]] = {}
    for module in pkgutil.walk_packages(docspasta_mcp.__path__, "docspasta_mcp."):
        if module.name.endswith("__main__") or ".migrations" in module.name:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            for place, pattern in enumerate(_compiled(value)):
                found[f"{module.name.removeprefix('docspasta_mcp.')}.{name}.{place}"] = pattern
    return found


def is_anchored(name: str) -> bool:
    """Tell whether the package only matches a pattern where a text begins, so that it never looks for a place."""
    module, attribute, _ = name.rsplit(".", 2)
    folder = Path(docspasta_mcp.__file__).parent
    own = f"docspasta_mcp.{module}".replace(".", "/").removeprefix("docspasta_mcp/")
    sources = [folder / f"{own}.py"] if attribute.startswith("_") else sorted(folder.rglob("*.py"))
    text = "\n".join(source.read_text("utf-8") for source in sources if source.is_file())
    uses = set(re.findall(rf"\b{attribute}\.(\w+)\(", text)) - {"items", "values"}
    for one in re.findall(rf"\bfor (?:\w+, )?(\w+) in {attribute}\b", text):  # patterns in a table
        uses.update(re.findall(rf"\b{one}\.(\w+)\(", text))
    return bool(uses) and uses <= {"match", "fullmatch"}


def _compiled(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _compiled(one)
    elif isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from _compiled(one)


def fragments(pattern: re.Pattern[Any]) -> list[str]:
    """Return texts to repeat: each stretch of what a pattern looks for, its beginnings, and pairs of its tokens."""
    pattern_text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    stretches = list(dict.fromkeys(filter(None, _stretches(parser.parse(pattern_text, pattern.flags & ~re.UNICODE)))))
    tokens = list(dict.fromkeys(char for text in stretches for char in text))[:12]
    pairs = ["".join(pair) for pair in permutations(tokens[:7], 2)]
    whole = "".join(stretches)
    starts = [whole[:size] for size in range(1, min(len(whole), 14))]
    return list(dict.fromkeys([*tokens, *pairs, *stretches, *starts, *(text + " " for text in stretches)]))[:90]


def _stretches(tree: Any) -> Iterator[str]:
    """Yield a sample of each sequence in a parsed pattern: literals, and one character of each class."""
    text = ""
    for code, argument in tree:
        if code is codes.LITERAL:
            text += chr(argument)
        elif code is codes.NOT_LITERAL:
            text += "x" if argument != ord("x") else "y"
        elif code is codes.IN:
            text += _sample(argument)
        elif code is codes.ANY:
            text += "x"
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            inner = list(_stretches(argument[2]))
            text += inner[0] if inner else ""
            yield from inner
        elif code is codes.SUBPATTERN:
            inner = list(_stretches(argument[3]))
            text += inner[0] if inner else ""
            yield from inner
        elif code is codes.ATOMIC_GROUP:
            yield from _stretches(argument)
        elif code is codes.BRANCH:
            inner = [text for branch in argument[1] for text in _stretches(branch)]
            text += inner[0] if inner else ""
            yield from inner
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _stretches(argument[1])
    yield text


def _sample(items: Any) -> str:
    is_negated = items[0][0] is codes.NEGATE
    if is_negated:
        return "x"
    code, argument = items[0]
    if code is codes.LITERAL:
        return chr(argument)
    if code is codes.RANGE:
        return chr(argument[0])
    return _SAMPLES.get(str(argument), "x")


def growth(work: Callable[[str], Any], fragment: str, *, size: int = SIZE, head: str = "", tail: str = "") -> float:
    """Return how much more CPU time twice as many repetitions take; 1 where it cannot be noticed."""
    return growth_of(work, lambda count: head + fragment * count + tail, max(1, size // len(fragment)))


def growth_of(work: Callable[[str], Any], text: Callable[[int], str], count: int, *, best_of: int = 2) -> float:
    """Return how much more CPU time the text for twice a count takes than the text for it.

    Memory that no longer fits a cache makes one doubling dear (3.1 was seen for work that takes 16 times as long for
    16 times the rows), and never two in a row: after a ratio that is too high the doublings on both sides are measured.
    """
    found = ratio(work, text(count), text(2 * count), best_of=best_of)
    if found < MAX_RATIO:
        return found
    around = (
        (max(1, count // 2), count),
        (2 * count, 4 * count),
    )  # work may be refused that is longer, and cost nothing
    return min(found, max(ratio(work, text(once), text(twice), best_of=best_of) for once, twice in around))


def ratio(work: Callable[[str], Any], once: str, twice: str, *, best_of: int = 2) -> float:
    """Return how much more CPU time the second text takes than the first; 1 where it cannot be noticed.

    Other work of the machine, whose speed may change for half a second and more, can only lengthen a measurement: the
    least of each counts, the two are measured in turn, and a ratio that is too high is measured on.
    """
    short = long = float("inf")
    rounds, spent = 0, 0.0
    while rounds < best_of or (spent < MEASURED_S and long >= MAX_RATIO * short):
        rounds, last = rounds + 1, (cpu_s(work, twice), cpu_s(work, once))
        long, short, spent = min(long, last[0]), min(short, last[1]), spent + sum(last)
        if long < NOTICED_S:
            return 1.0
    return long / max(short, NOTICED_S / 8)


def cpu_s(work: Callable[[str], Any], text: str) -> float:
    """Return the CPU time that work on a text takes."""
    began = time.process_time()
    work(text)
    return time.process_time() - began
