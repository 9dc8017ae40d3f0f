"""Frame random documents that attack their reader, as get_result does, and count what came through.

    python bench/answers.py [--documents 2000] [--seed 1]

A document is made of headings, lists, tables, code and prose of any length, with look-alikes of the boundary, control
and unseen characters, bytes and entities, anywhere. It is read as HTML or as Markdown and framed with a random budget.
Prints how many answers were over their bounds, held a look-alike or an unseen character outside of code, held a control
character anywhere, or had their code changed; exits 1 if one did.
"""

import argparse
import html
import random
import re
import sys
from collections import Counter

from docspasta_mcp.extract.page import read_page
from docspasta_mcp.model.characters import has_invisible
from docspasta_mcp.model.markdown_blocks import fences
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.server.mcp.bounds import MAX_ANSWER
from docspasta_mcp.server.mcp.frame import defused, framed

FAKE = "0123456789abcdef"
_BUDGETS = (500, 1_000, 8_000, 20_000)
_DASHES = "-\u2010\u2013\u2014\u2212\uff0d\u2500\u2e3a\u2796"
_BETWEEN = (" ", "\t", "\u00a0", "\u3000", " **", " `` ")
_LOOK_ALIKE = re.compile(
    rf"(?<![\\{re.escape(_DASHES)}])[{re.escape(_DASHES)}]{{3,}}[^\S\n]*\*{{0,2}}[0-9a-f]{{8,}}", re.IGNORECASE
)
_SPAN = re.compile(r"(?<!`)(`+)(?!`)[^\n]+?(?<!`)\1(?!`)")  # closed by as many ticks as opened it
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UNSEEN = (
    "\u200b",
    "\u200d",
    "\u202e",
    "\u2066",
    "\u061c",
    "\u3164",
    "\u115f",
    "\u2800",
    "\ufff9",
    "\U000e0041",
    "\ufe0f\ufe01",
    "\ufe0f\u200b\ufe01\u200b\ufe02",
    "\u034f\u1160\uffa0",
    "\U0001f3f4\U000e0069\U000e0067\U000e006e\U000e006f\U000e0072\U000e0065\U000e007f",
)
_TAGS = ("h2", "p", "li", "td", "blockquote", "pre", "b", "code", "dt")


def _words(chance: random.Random) -> str:
    """Return a line of words with something that attacks in it."""
    attack = chance.choice((
        chance.choice(_DASHES) * chance.randrange(3, 8) + chance.choice(_BETWEEN) + FAKE,
        "\x1b]52;c;x\x07", "\x9b31m", "\x7f", chance.choice(_UNSEEN), "", "",
    ))  # fmt: skip
    return "some words " * chance.choice((1, 3, 3, 40, 3_000)) + attack + " more words"


def _document(chance: random.Random) -> tuple[str, str]:
    lines = [_words(chance) for _ in range(chance.randrange(1, 30))]
    if chance.random() < 0.5:
        marks = ("## ", "- ", "> ", "1. ", "", "| a | ")
        return "text/markdown", "# T\n\n" + "\n\n".join(
            f"```\n{line}\n```" if chance.random() < 0.2 else chance.choice(marks) + line for line in lines
        )
    body = "".join(f"<{tag}>{html.escape(line)}</{tag}>" for line in lines for tag in [chance.choice(_TAGS)])
    return "text/html", "<h1>T</h1>" + body.replace("\x1b", chance.choice(("\x1b", "&#27;", "&#x1b;")))


def _faults(chance: random.Random) -> list[str]:
    kind, source = _document(chance)
    url = "https://docs.example/a"
    page = read_page(
        source.encode(), url=url, content_type=kind, charset="utf-8", scope=Scope("https://docs.example", "/")
    )
    budget = chance.choice(_BUDGETS)
    answer = framed(["docspasta job"], page.markdown, "next_cursor: x", max_tokens=budget)
    inside = answer.split("\n----- ", 2)[1].partition("\n")[2]
    prose = "".join(_SPAN.sub("", part) for is_code, part in fences(inside) if not is_code)
    code = [part for is_code, part in fences(page.markdown) if is_code]
    found = {
        "over the budget": count_tokens(answer) > budget,
        "over 40,000 characters": len(answer) > MAX_ANSWER,
        "a look-alike": bool(_LOOK_ALIKE.search(prose)),
        "a control character": bool(_CONTROL.search(answer)),
        "an unseen character": has_invisible(prose),
        "changed code": [part for is_code, part in fences(defused(page.markdown)) if is_code] != code,
    }
    return [name for name, is_so in found.items() if is_so]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    faults: Counter[str] = Counter()
    for number in range(given.documents):
        faults.update(_faults(random.Random(given.seed * 1_000_003 + number)))  # repeatable
    for name, count in sorted(faults.items()):
        print(f"{count} of {given.documents} answers: {name}")
    print(f"answers: {given.documents} random documents, {faults.total()} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
