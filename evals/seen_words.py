"""Compare what a browser shows of a page with its Markdown: lost blocks, holes in others, code that differs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from re import compile as pattern
from re import sub
from unicodedata import normalize

from evals.case_reader import read_markdown
from evals.shown_pages import Block, Shown

_WORD = pattern(
    r"[\u3040-\u30ff\u3400-\u9fff]|(?:(?![\u3040-\u30ff\u3400-\u9fff])[^\W\u02c6])+"
)  # Chinese and Japanese set no spaces
_RUN = 3  # words that are looked up together: single ones are found anywhere
_FOUND = 0.5  # of a block's runs; with fewer it is lost
_CONTENT = 0.9  # of the found words are inside the content
_AROUND = 30  # words after a block's place that are compared with it


@dataclass(frozen=True, slots=True)
class Loss:
    """Words that are shown and not in the Markdown: where, which, and how many."""

    path: tuple[str, ...]
    text: str
    words: int


@dataclass(slots=True)
class Comparison:
    """What became of the words and code of a page."""

    seen: int = 0
    lost: list[Loss] = field(default_factory=list[Loss])
    holes: list[Loss] = field(default_factory=list[Loss])
    outside: list[Loss] = field(default_factory=list[Loss])
    navigation: Counter[str] = field(default_factory=Counter[str])
    codes: int = 0
    lost_codes: list[str] = field(default_factory=list[str])
    changed_codes: list[str] = field(default_factory=list[str])
    is_titled_twice: bool = False


def words_of(text: str) -> list[str]:
    """Return a text's words, in lower case."""
    return _WORD.findall(normalize("NFKC", sub("[\u200b\u00ad\ufeff]", "", text)).lower())


class _Read:
    """A page's Markdown as words, and where runs of them begin."""

    def __init__(self, markdown: str) -> None:
        page = read_markdown(markdown)
        self.words = words_of(page.view("text"))
        self.starts: dict[tuple[str, ...], int] = {}
        for length in range(_RUN, 0, -1):
            for place in range(len(self.words) - length + 1):
                self.starts.setdefault(tuple(self.words[place : place + length]), place)
        self.codes = {_trimmed(code.text) for code in page.codes} | {_trimmed(span) for span in page.spans}
        self.solid = _solid(markdown) + "\0" + "\0".join(map(_solid, self.codes))
        self.headings = page.headings

    def share(self, words: list[str]) -> float:
        """Return the share of a block's runs of words that the Markdown holds."""
        runs = _runs(words)
        return sum(run in self.starts for run in runs) / len(runs)


def compare(shown: Shown, markdown: str) -> Comparison:
    """Compare what is shown of a page with its Markdown."""
    result = Comparison()
    read = _Read(markdown)
    rows: list[tuple[Block, list[str], float]] = []
    for block in shown.blocks:
        words = words_of(block.text)
        if words and block.navigation:
            result.navigation[block.navigation] += len(words)
        elif words:
            rows.append((block, words, read.share(words)))
    content = _content(rows)
    for block, words, share in rows:
        is_lost = share < _FOUND
        if content not in block.inside:
            if is_lost:
                result.outside.append(Loss(block.path, " ".join(words), len(words)))
            continue
        result.seen += len(words)
        if is_lost:
            result.lost.append(Loss(block.path, " ".join(words), len(words)))
        elif share < 1 and len(words) >= _RUN:
            result.holes += (Loss(block.path, text, count) for text, count in _holes(words, read))
    result.codes = len(shown.codes)
    for code in map(_trimmed, shown.codes):
        if code not in read.codes:
            (result.changed_codes if _solid(code) in read.solid else result.lost_codes).append(code)
    result.is_titled_twice = len(read.headings) > 1 and read.headings[0].casefold() == read.headings[1].casefold()
    return result


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[place : place + _RUN]) for place in range(max(1, len(words) - _RUN + 1))]


def _content(rows: Sequence[tuple[Block, list[str], float]]) -> int:
    """Return the number of the deepest element that holds nearly all of the words that were found."""
    held: Counter[int] = Counter()
    depths: dict[int, int] = {}
    total = 0
    for block, words, share in rows:
        depths.update((number, depth) for depth, number in enumerate(reversed(block.inside)))
        if share >= _FOUND and len(words) >= _RUN:
            total += len(words)
            held.update(dict.fromkeys(block.inside, len(words)))
    able = [number for number, count in held.items() if count >= _CONTENT * total]
    return max(able, key=lambda number: depths[number], default=0)


def _holes(words: list[str], read: _Read) -> Iterator[tuple[str, int]]:
    """Yield the runs of a block's words that are missing where the Markdown has the others."""
    number, place = next((number, read.starts[run]) for number, run in enumerate(_runs(words)) if run in read.starts)
    start = max(0, place - number - _AROUND)
    there = read.words[start : place - number + len(words) + _AROUND]
    for kind, first, last, low, high in SequenceMatcher(None, words, there, autojunk=False).get_opcodes():
        gone = "".join(words[first:last])
        if kind not in ("delete", "replace") or gone in "".join(there[low:high]):
            continue
        around = words[max(0, first - _RUN + 1) : last + _RUN - 1]
        if read.share(around) < 1:  # else the words stand elsewhere: the block's beginning was found in another place
            before, after = " ".join(words[max(0, first - 3) : first]), " ".join(words[last : last + 3])
            yield f"{before} [{' '.join(words[first:last])}] {after}", last - first


def _trimmed(code: str) -> str:
    lines = code.replace("\u00a0", " ").replace("\u200b", "").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _solid(text: str) -> str:
    return "".join(text.split())
