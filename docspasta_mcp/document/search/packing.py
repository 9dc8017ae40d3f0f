"""Pack the best passages of a manual into an answer that keeps its budget.

The best pages come first, each with its source and its passages in reading order; a passage stands under its headings,
with the head of the table that it is in, and the sentence before the code that it begins with. Links are shown as their
text. Each page ends with a reference that can be read on from, where they have their addresses. What is left of the
budget shows where else to look: further pages, each with the first words of its best passage. They count as not shown,
so that a cursor leads to them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from docspasta_mcp.document.render import cut
from docspasta_mcp.document.search.link_texts import link_texts
from docspasta_mcp.document.search.passages import HEADING, SEPARATOR
from docspasta_mcp.document.search.references import PageText, reference
from docspasta_mcp.model.markdown_blocks import split_blocks
from docspasta_mcp.model.tokens import count_tokens

NEAR = 0.3  # of the best score: what is further off fills no answer
FULL_SHARE = 0.9  # of an answer for whole passages; the rest shows the beginnings of those of further pages
GLIMPSE = 150  # characters of such a beginning
MAX_SHARE = 0.45  # of an answer for one passage; the rest of a longer one is read by its reference
MAX_SKIPPED = 6  # passages that do not fit and are kept for the next part
MAX_LEAD = 300  # characters of a sentence before a code block
MAX_TABLE_HEAD = 600
_FURTHER = "\nFurther pages, by the beginning of their best passage:\n"
_LEFT_OUT = "[…]\n"
_ENOUGH = 60  # tokens left below which nothing more is tried
_RULE = re.compile(r"[ \t]*+\|?(?:[ \t]*+:?-++:?[ \t]*+\|)++[ \t]*+:?-*+:?[ \t]*+$")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage to pack: `page` numbers its page, `score` is its rank's, `standing` its page's."""

    page: int
    start: int
    end: int
    headings: str
    score: float
    standing: float = 0.0


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

    excerpts: Sequence[Excerpt]
    order: Sequence[int]
    pages: Callable[[int], PageText | None]
    refer: Callable[[PageText, str], str]
    best: float


@dataclass
class _PageExcerpts:
    """The passages of one page so far."""

    page: PageText
    places: list[int] = field(default_factory=list[int])
    texts: dict[int, str] = field(default_factory=dict[int, str])


def pack(
    excerpts: Sequence[Excerpt],
    order: Sequence[int],
    pages: Callable[[int], PageText | None],
    *,
    max_tokens: int,
    max_chars: int,
    refer: Callable[[PageText, str], str],
    best: float,
) -> Packed:
    """Return an answer of as many of the best passages as fit.

    Args:
        excerpts: passages by falling score.
        order: places in `excerpts` to be packed, in turn.
        pages: returns a page, None if it is no longer in the document.
        max_tokens: of the text.
        max_chars: of the text.
        refer: returns the line that tells how to read on from a place in a page.
        best: the best score of all.
    """
    given = _Given(excerpts, order, pages, refer, best)
    packed = _full(given, max_tokens=round(FULL_SHARE * max_tokens), max_chars=max_chars)
    room = max_tokens - count_tokens(packed.text), max_chars - len(packed.text)
    glimpses = _glimpses(given, packed.pages, max_tokens=room[0], max_chars=room[1])
    rest = max_tokens - count_tokens(glimpses) - 2
    if rest > max_tokens * (1 + FULL_SHARE) / 2:  # there are few other pages, so that the best passages may have more
        packed = _full(given, max_tokens=rest, max_chars=max_chars - len(glimpses))
        room = max_tokens - count_tokens(packed.text), max_chars - len(packed.text)
        glimpses = _glimpses(given, packed.pages, max_tokens=room[0], max_chars=room[1])
    return replace(packed, text=packed.text + glimpses)


def _full(given: _Given, *, max_tokens: int, max_chars: int) -> Packed:
    """Return an answer of whole passages."""
    groups: dict[int, _PageExcerpts] = {}
    said: set[tuple[str, str]] = set()
    tokens = chars = 0
    skipped: list[int] = []
    following = 0
    is_near_end = False
    for turn, place in enumerate(given.order):
        one = given.excerpts[place]
        if groups and one.score < NEAR * given.best:
            is_near_end = True
            break
        page = given.pages(one.page)
        following = turn + 1
        if page is None or one.end <= page.start or one.start >= page.end:
            continue
        group = groups.get(one.page)
        frame = "" if group else _frame(page) + given.refer(page, reference(page, one.end))
        text = passage_text(one, page)
        if (said_here := (page.manual, _body(text))) in said:  # such as what works alike on two systems
            continue
        cost, size = count_tokens(frame) + count_tokens(text) + 3, len(frame) + len(text) + 6
        room = max_tokens - tokens
        limit = max(round(MAX_SHARE * max_tokens), 60)
        if cost > room or chars + size > max_chars or cost > limit + count_tokens(frame):
            is_large = cost > limit or not groups
            fits = min(room - count_tokens(frame) - 12, limit)
            if is_large and fits >= 60 and max_chars - chars - len(frame) > 400:
                text = _shortened(text, fits, max_chars - chars - len(frame) - 40)
                cost, size = count_tokens(frame) + count_tokens(text) + 3, len(frame) + len(text) + 6
            if cost > room or chars + size > max_chars:
                skipped.append(place)
                if len(skipped) >= MAX_SKIPPED or room < _ENOUGH:
                    break
                continue
        group = groups.setdefault(one.page, _PageExcerpts(page))
        said.add(said_here)
        group.places.append(place)
        group.texts[place] = text
        tokens, chars = tokens + cost, chars + size
    groups = dict(sorted(groups.items(), key=lambda one: -given.excerpts[one[1].places[0]].standing))
    text = "\n".join(_group_text(group, given.excerpts, given.refer) for group in groups.values())
    shown = tuple(place for group in groups.values() for place in group.places)
    return Packed(text, shown, tuple(skipped), following, tuple(groups), is_near_end)


def _glimpses(given: _Given, shown: Sequence[int], *, max_tokens: int, max_chars: int) -> str:
    """Return the beginnings of the best passages of further pages: where to look if what is shown does not answer."""
    parts: list[str] = []
    seen = set(shown)
    tokens, chars = max_tokens - count_tokens(_FURTHER), max_chars - len(_FURTHER)
    for place in given.order:
        one = given.excerpts[place]
        if one.score < NEAR * given.best:
            break
        page = None if one.page in seen else given.pages(one.page)
        if page is None or one.end <= page.start or one.start >= page.end:
            continue
        seen.add(one.page)
        text = _frame(page) + _glimpse(passage_text(one, page))
        tokens, chars = tokens - count_tokens(text) - 1, chars - len(text) - 1
        if tokens < 0 or chars < 0:
            break
        parts.append(text)
    return "\n".join((_FURTHER, *parts)) if parts else ""


def _glimpse(text: str) -> str:
    """Return the first words of a passage, without the headings over it, on one line."""
    words = " ".join(_body(text).replace("```", " ").split())
    return f"{words[:GLIMPSE].rpartition(' ')[0]} […]\n" if len(words) > GLIMPSE else f"{words}\n"


def passage_text(one: Excerpt, page: PageText) -> str:
    """Return a passage under the headings below its page's title, with what explains its beginning."""
    start, end = max(one.start, page.start), min(one.end, page.end)
    text = page.markdown[start:end].strip("\n")
    while (match := HEADING.match(text)) and not text.startswith("#" * 7):
        text = text[match.end() :].lstrip("\n")
    if not text:
        return ""
    before = _table_head(page.markdown, start, text) or _lead(page.markdown, start, text)
    under = one.headings.split(SEPARATOR)[1:]
    head = f"### {SEPARATOR.join(under)}\n\n" if under else ""
    return f"{head}{link_texts(before + text.rstrip())}\n"


def _body(text: str) -> str:
    """Return a passage's text without the headings over it."""
    return text.partition("\n\n")[2] if text.startswith("### ") else text


def _group_text(group: _PageExcerpts, excerpts: Sequence[Excerpt], refer: Callable[[PageText, str], str]) -> str:
    parts = [_frame(group.page)]
    under = ""
    end = -1
    for place in sorted(group.places, key=lambda place: excerpts[place].start):
        text = group.texts[place]
        head, _, rest = text.partition("\n\n") if text.startswith("### ") else ("", "", text)
        if 0 <= excerpts[place].start <= end:  # what explains its beginning stands above it already
            rest = rest.removeprefix(link_texts(_lead(group.page.markdown, excerpts[place].start, _code_of(rest))))
            text = f"{head}\n\n{rest}" if head else rest
        if head == under and rest:
            text = rest
        is_gap = 0 <= end < excerpts[place].start and head == under
        under = head
        if is_gap and parts[1:] and not parts[-1].endswith(_LEFT_OUT):
            parts.append(f"\n{_LEFT_OUT}\n")
        elif parts[1:]:
            parts.append("\n")
        parts.append(text)
        end = max(end, excerpts[place].end)
    return "".join(parts) + refer(group.page, reference(group.page, end))


def _frame(page: PageText) -> str:
    return f"## {page.shown or page.title}\n\nSource: page {page.number}, {page.url}\n\n"


def _code_of(text: str) -> str:
    """Return a passage's text from its first block of code on."""
    return next((text[block.start :] for block in split_blocks(text) if block.closing), "")


def _shortened(text: str, max_tokens: int, max_chars: int) -> str:
    piece = cut(text, 0, max_tokens=max(20, max_tokens), max_chars=max(80, max_chars))
    if not piece.end:
        return piece.text
    shown = piece.text
    left = max_tokens - count_tokens(shown) - 4
    if left > max_tokens // 2:  # little but headings and captions: what follows is too long, and shown in part
        more = cut(text, piece.end, max_tokens=left, max_chars=max(80, max_chars - len(shown))).text
        lines = more.strip("\n").splitlines()
        is_head_alone = len(lines) < 3 and any("|" in line for line in lines)  # of a table, without a row
        shown += "" if is_head_alone else more
    return f"{shown.rstrip()}\n\n{_LEFT_OUT}"


def _table_head(markdown: str, start: int, text: str) -> str:
    """Return the head of the table in the middle of which a passage begins."""
    line = text.partition("\n")[0]
    if "|" not in line:
        return ""
    place = start
    while place > 0:
        before = markdown.rfind("\n", 0, place - 1) + 1
        row = markdown[before:place].rstrip("\n")
        if "|" not in row:
            return ""
        if _RULE.match(row):
            top = markdown.rfind("\n", 0, before - 1) + 1
            head = markdown[top:place]
            return head if len(head) <= MAX_TABLE_HEAD else ""
        place = before
    return ""


def _lead(markdown: str, start: int, text: str) -> str:
    """Return the short paragraph before a passage that begins with code."""
    first = next(split_blocks(text.lstrip()), None)
    if first is None or not first.closing:
        return ""
    before = markdown[max(0, start - 4 * MAX_LEAD) : start].rstrip("\n")
    blocks = list(split_blocks(before))
    last = before[blocks[-1].start :].strip("\n") if blocks else ""
    if not last or len(last) > MAX_LEAD or HEADING.match(last) or blocks[-1].closing:
        return ""
    return f"{last}\n\n"
