"""Pack the best passages of a manual into an answer that keeps its budget.

The best pages come first, each with its source and its passages in reading order under their headings. The best ones
are shown whole; the rest of the budget shows the beginnings of those that follow, since manuals say first what a thing
is: beside the whole ones of the same page, then by further pages. A beginning counts as not shown: a cursor leads
to it. Links are shown as their text. A page ends with a reference that can be read on from, where they have their
addresses.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

from docspasta_mcp.document.render import cut
from docspasta_mcp.document.search.beginnings import beginning, sentence_ends
from docspasta_mcp.document.search.excerpts import LEFT_OUT, Excerpt, body, frame, lead_of, passage_text
from docspasta_mcp.document.search.references import PageText, reference
from docspasta_mcp.model.tokens import count_tokens

NEAR = 0.3  # of the best score: what is further off fills no answer
WHOLE_SHARE = 0.75  # of an answer for whole passages
WHOLE_OF_NAMES = 0.9  # where names alone are asked for: what defines them is read, not looked for further
MAX_SHARE = 0.45  # of an answer for one passage; the rest of a longer one is read by its reference
MAX_SKIPPED = 6  # passages that do not fit and are kept for the next part
_FURTHER = "\nFurther pages, by the beginnings of their best passages:\n"
_ENOUGH = 60  # tokens left below which no whole passage is tried
_ENOUGH_SHORT = 30  # and no beginning


@dataclass(frozen=True, slots=True)
class Packed:
    """An answer. `shown` are places in the list that was given; `skipped` did not fit; `following` comes next."""

    text: str
    shown: tuple[int, ...]
    skipped: tuple[int, ...]
    following: int
    pages: tuple[int, ...]
    is_near_end: bool = False


@dataclass(frozen=True, slots=True)
class _Given:
    """What is to be packed; see `pack`."""

    excerpt: Callable[[int], Excerpt]
    order: Sequence[int]
    pages: Callable[[int], PageText | None]
    refer: Callable[[PageText, str], str]
    best: float
    texts: dict[int, str] = field(default_factory=dict[int, str])

    def text(self, place: int, page: PageText) -> str:
        """Return the text of a passage, which is asked for again where the room is shared out anew."""
        found = self.texts.get(place)
        if found is None:
            found = self.texts[place] = passage_text(self.excerpt(place), page)
        return found


@dataclass
class _PageExcerpts:
    """The passages of one page so far."""

    page: PageText
    places: list[int] = field(default_factory=list[int])
    texts: dict[int, str] = field(default_factory=dict[int, str])


@dataclass
class _Chosen:
    """What an answer has so far, by page, and the room that is left."""

    tokens: int
    chars: int
    groups: dict[int, _PageExcerpts] = field(default_factory=dict[int, _PageExcerpts])
    further: dict[int, _PageExcerpts] = field(default_factory=dict[int, _PageExcerpts])
    shown: list[int] = field(default_factory=list[int])
    skipped: list[int] = field(default_factory=list[int])
    said: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    following: int = 0
    is_near_end: bool = False

    def take(self, group: _PageExcerpts, place: int, over: str, text: str) -> bool:
        """Take a passage if there is room for it and what stands over the first of its page; tell whether there is."""
        cost, size = _cost(over, text)
        if cost > self.tokens or size > self.chars:
            return False
        group.places.append(place)
        group.texts[place] = text
        self.tokens, self.chars = self.tokens - cost, self.chars - size
        return True


def pack(
    excerpt: Callable[[int], Excerpt],
    order: Sequence[int],
    pages: Callable[[int], PageText | None],
    *,
    max_tokens: int,
    max_chars: int,
    refer: Callable[[PageText, str], str],
    best: float,
    is_lookup: bool = False,
) -> Packed:
    """Return an answer of as many of the best passages as fit.

    Args:
        excerpt: returns a passage by its place among all, which come by falling score; few are asked for.
        order: places to be packed, in turn.
        pages: returns a page, None if it is no longer in the document.
        max_tokens: of the text.
        max_chars: of the text.
        refer: returns the line that tells how to read on from a place in a page.
        best: the best score of all.
        is_lookup: whether names alone are asked for.
    """
    excerpt = cache(excerpt)
    given = _Given(excerpt, order, pages, refer, best)
    whole = round((WHOLE_OF_NAMES if is_lookup else WHOLE_SHARE) * max_tokens)
    chosen = _choose(given, whole, max_tokens, max_chars)
    if chosen.tokens > (max_tokens - whole) // 4:  # few passages are left, so that the best may have more
        chosen = _choose(given, whole + chosen.tokens, max_tokens, max_chars)
    groups = sorted(chosen.groups.values(), key=lambda one: -excerpt(one.places[0]).standing)
    text = "\n".join(_group_text(group, excerpt, refer) for group in groups)
    further = [frame(one.page) + "\n".join(one.texts.values()) for one in chosen.further.values()]
    text += "\n".join((_FURTHER, *further)) if further else ""
    shown, skipped = tuple(chosen.shown), tuple(chosen.skipped)
    return Packed(text, shown, skipped, chosen.following, tuple(chosen.groups), chosen.is_near_end)


def _choose(given: _Given, whole: int, max_tokens: int, max_chars: int) -> _Chosen:
    chosen = _Chosen(min(whole, max_tokens), max_chars)
    _add_whole(given, chosen, limit=max(round(MAX_SHARE * max_tokens), _ENOUGH))
    chosen.tokens += max_tokens - min(whole, max_tokens)
    if chosen.groups:
        _add_beginnings(given, chosen)
    return chosen


def _add_whole(given: _Given, chosen: _Chosen, *, limit: int) -> None:
    """Add whole passages; `limit` is of the tokens of one, but that the first may take what there is."""
    for turn, place in enumerate(given.order):
        one = given.excerpt(place)
        if chosen.groups and one.score < NEAR * given.best:
            chosen.is_near_end = True
            break
        chosen.following = turn + 1
        page = _page_of(one, given)
        if page is None:
            continue
        text = given.text(place, page)
        if (said := (page.manual, body(text))) in chosen.said:  # such as what works alike on two systems
            continue
        group = chosen.groups.get(one.page) or _PageExcerpts(page)
        over = "" if group.places else frame(page) + given.refer(page, reference(page, one.end))
        text = _fitting(text, over, chosen, limit)
        if not text or not chosen.take(group, place, over, text):
            chosen.skipped.append(place)
            if len(chosen.skipped) >= MAX_SKIPPED or chosen.tokens < _ENOUGH:
                break
            continue
        chosen.groups[one.page] = group
        chosen.said.add(said)
        chosen.shown.append(place)


def _fitting(text: str, over: str, chosen: _Chosen, limit: int) -> str:
    """Return a passage, cut if it is larger than one may be or nothing is shown yet; empty if there is no room."""
    cost, size = _cost(over, text)
    is_large = cost > limit + count_tokens(over)
    if not is_large and cost <= chosen.tokens and size <= chosen.chars:
        return text
    fits, chars = min(chosen.tokens - count_tokens(over) - 12, limit), chosen.chars - len(over)
    if (cost > limit or not chosen.groups) and fits >= _ENOUGH and chars > 400:
        return _shortened(text, fits, chars - 40)
    return ""


def _add_beginnings(given: _Given, chosen: _Chosen) -> None:
    """Add the beginnings of passages that are not shown: where to look if what is shown does not answer."""
    chosen.tokens -= count_tokens(_FURTHER)
    chosen.chars -= len(_FURTHER)
    shown = frozenset(chosen.shown)
    for place in given.order:
        one = given.excerpt(place)
        if one.score < NEAR * given.best or chosen.tokens < _ENOUGH_SHORT:
            break
        page = None if place in shown else _page_of(one, given)
        if page is None:
            continue
        text = given.text(place, page)
        groups = chosen.groups if one.page in chosen.groups else chosen.further
        group = groups.get(one.page) or _PageExcerpts(page)
        said = page.manual, body(text)
        if said in chosen.said or not said[1]:
            continue
        if chosen.take(group, place, "" if group.places else frame(page), beginning(text)):
            groups[one.page] = group
            chosen.said.add(said)


def _page_of(one: Excerpt, given: _Given) -> PageText | None:
    """Return a passage's page, if the passage is in the document."""
    page = given.pages(one.page)
    return None if page is None or one.end <= page.start or one.start >= page.end else page


def _cost(over: str, text: str) -> tuple[int, int]:
    """Return the tokens and characters of a passage with what stands over it, and what is between passages."""
    return count_tokens(over) + count_tokens(text) + 3, len(over) + len(text) + 6


def _group_text(group: _PageExcerpts, excerpt: Callable[[int], Excerpt], refer: Callable[[PageText, str], str]) -> str:
    parts = [frame(group.page)]
    under = ""
    end = -1
    for place in sorted(group.places, key=lambda place: excerpt(place).start):
        text, one = group.texts[place], excerpt(place)
        head, _, rest = text.partition("\n\n") if text.startswith("### ") else ("", "", text)
        if 0 <= one.start <= end:  # what explains its beginning stands above it already
            rest = rest.removeprefix(lead_of(rest, one, group.page))
            text = f"{head}\n\n{rest}" if head else rest
        if head == under and rest:
            text = rest
        is_gap = 0 <= end < one.start and head == under
        under = head
        if is_gap and parts[1:] and not parts[-1].endswith(LEFT_OUT):
            parts.append(f"\n{LEFT_OUT}\n")
        elif parts[1:]:
            parts.append("\n")
        parts.append(text)
        end = max(end, one.end)
    return "".join(parts) + refer(group.page, reference(group.page, end))


def _shortened(text: str, max_tokens: int, max_chars: int) -> str:
    piece = cut(text, 0, max_tokens=max(20, max_tokens), max_chars=max(80, max_chars))
    if not piece.end:
        return piece.text
    shown, end = piece.text, piece.end
    left = max_tokens - count_tokens(shown) - 4
    if left > max_tokens // 2:  # little but headings and captions: what follows is too long, and shown in part
        more = cut(text, end, max_tokens=left, max_chars=max(80, max_chars - len(shown)))
        lines = more.text.strip("\n").splitlines()
        if len(lines) > 2 or not any("|" in line for line in lines):  # else the head of a table, without a row
            shown, end = shown + more.text, more.end or len(text)
    line = text[:end].rpartition("\n")[2]
    return f"{_whole_sentences(shown, line).rstrip()}\n\n{LEFT_OUT}"


def _whole_sentences(shown: str, line: str) -> str:
    """Return a text without the part of a sentence that it ends with, unless that is much of it.

    Args:
        shown: the text.
        line: what it has of a line that was cut; empty if it ends with a whole one.
    """
    if not line or line.startswith("|") or not shown.endswith(line):  # a row, or code, below which its fence stands
        return shown
    begin = len(shown) - len(line)
    ends = sentence_ends(shown, max(begin, len(shown) * 2 // 3), len(shown))
    outside = [end for end in ends if shown.count("`", begin, end) % 2 == 0]
    return shown[: outside[-1]] if outside else shown
