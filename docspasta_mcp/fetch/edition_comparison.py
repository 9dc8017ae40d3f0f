"""Compare a page's Markdown edition with its HTML: the words, the code blocks and the title must agree.

`edition_check` chooses the pages; what only the HTML leads to is judged there.
"""

import re
from collections import Counter
from dataclasses import dataclass

from docspasta_mcp.extract.reading import Reading
from docspasta_mcp.extract.worker_tasks import read_page
from docspasta_mcp.fetch.fetcher import Fetched
from docspasta_mcp.model.edition import MarkdownEdition
from docspasta_mcp.model.markdown_blocks import fences
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.scope import Scope

MIN_F1 = 0.9  # of the words; editions made from one source measure 0.95 to 1
_NO_WORDS = re.compile(r"\]\((?:(?!\]\()[^)])*\)|^[ \t]*\[[^\]\n]+\]:.*$|<[^<>]+>", re.MULTILINE)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class EditionComparison:
    """One page both ways: word F1, and what its Markdown lacks. `shown` are pages that its HTML's navigation has."""

    f1: float
    fault: str = ""
    links: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


def compare(
    html: Fetched, edition: Fetched, page: str, scope: Scope, markdown_edition: MarkdownEdition
) -> EditionComparison:
    """Compare a page's HTML with its Markdown edition; meant for a worker process.

    Raises:
        PageRefused: one of them cannot be read.
    """
    url = scope.normal(html.url)
    ours = read_page(html.body, url=url, content_type=html.content_type, charset=html.charset, scope=scope)
    theirs = read_page(
        edition.body,
        url=page,
        content_type=edition.content_type,
        charset=edition.charset,
        scope=scope,
        markdown_edition=markdown_edition,
    )
    f1 = _f1(_words(ours.markdown), _words(theirs.markdown))
    lost = _codes(ours) - _codes(theirs)
    context = ours.context
    links = {page_key(link): link for link in context.links}
    for link in theirs.context.links:
        links.pop(page_key(link), None)
    shown = tuple(entry.url for tree in context.navigation for entry in tree if entry.url)
    fault = ""
    if lost:
        fault = f"lacks {lost.total()} of {_codes(ours).total()} code blocks of its HTML"
    elif f1 < MIN_F1:
        fault = f"differs from its HTML (word F1 {f1:.2f})"
    elif not _words(ours.title) <= _words(theirs.title) and not _words(theirs.title) <= _words(ours.title):
        fault = "has another title than its HTML"
    return EditionComparison(f1, fault, tuple(links.values()), shown or tuple(filter(None, [context.following])))


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(_NO_WORDS.sub(" ", text).lower()))


def _f1(ours: Counter[str], theirs: Counter[str]) -> float:
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 1.0


def _codes(reading: Reading) -> Counter[str]:
    """Return the code blocks, without their fences and white space at line ends."""
    blocks: list[str] = []
    for is_code, part in fences(reading.markdown):
        if is_code:
            lines = part.strip("\n").split("\n")[1:-1]
            indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
            blocks.append("\n".join(line[indent:].rstrip() for line in lines).strip("\n"))
    return Counter(block for block in blocks if block)
