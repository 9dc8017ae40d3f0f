"""Judge small pages, each of a kind that readers reported lost: what must and what must not be in their Markdown.

    python -m evals.cases [--data DIR] [--only NAME]... [--all] [--keep DIR] [--at-least N]

DIR holds `checks.json` and the pages that it names; without it, `shared/eval/cases` beside the project is taken. Prints
a line for each case, a wrong one with its first failing check (--all: with all of them), and ends with exit code 1 if
one is wrong, or if fewer than N are right. --keep writes the Markdown that was judged to a folder.

A check is an object with a `kind`. `is` is literal, `re` a regular expression; a text has single spaces.

    has, hasnt           `is` or `re`, in: text (default), prose (no code blocks), raw, lines or code
    code                 a code block that is `is`, or matches `re`; `lang` lists what its fence may say
    heading, label       a heading; or a heading, a summary, an item, a paragraph, the bold words that one begins with
    order                `re`: patterns that are found one after another
    row                  `cells`: a pattern for each cell of a table's row, null for any
    item                 an item of a list: `is`, `depth`, `number`
    link, image, target  patterns of the whole `text` and the whole address `to`; a target is either
    none                 no document, and the reason matches `re`
    any                  `of`: checks of which one passes
"""

import argparse
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from docspasta_mcp.cli.convert import Conversion, InputFile, convert
from evals.case_reader import CasePage, read_markdown, squashed, trimmed

PAGE = "https://docs.example.org/guide/page.html"  # where each page is taken to be
_PROJECT = Path(__file__).resolve().parent.parent

Check = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a case's Markdown, a line each; nothing if it is right."""

    name: str
    converted: Conversion
    faults: tuple[str, ...]


def find_data() -> Path | None:
    """Return the folder with the cases, if it lies beside the project."""
    places = (parent / "shared" / "eval" / "cases" for parent in _PROJECT.parents)
    return next((place for place in places if (place / "checks.json").is_file()), None)


async def judge(data: Path, only: list[str] | None = None) -> list[Verdict]:
    """Convert the cases as `docspasta-mcp convert` does, each as the page `PAGE`, and judge them."""
    cases: dict[str, Any] = json.loads((data / "checks.json").read_text("utf-8"))
    verdicts: list[Verdict] = []
    for name, case in cases.items():
        if only and name not in only:
            continue
        source = InputFile(data / case["in"] / f"{name}.html", name)
        [converted] = await convert([source], url=PAGE, workers=1)
        verdicts.append(Verdict(name, converted, tuple(faults_of(case["checks"], converted))))
    return verdicts


def faults_of(checks: list[Check], converted: Conversion) -> list[str]:
    """Return the checks that fail, as text."""
    message = f"{converted.reason}: {converted.detail}" if converted.reason else ""
    page = None if message else read_markdown(converted.markdown)
    if page is None and checks[0]["kind"] != "none":
        return [f"no document: {message}"]
    return [
        f"{check['kind']} " + json.dumps({key: check[key] for key in check if key != "kind"}, ensure_ascii=False)
        for check in checks
        if not passes(check, page, message)
    ]


def passes(check: Check, page: CasePage | None, message: str = "") -> bool:
    """Tell whether a check passes.

    Args:
        check: as the head of this file says.
        page: None if there is no document.
        message: why there is none.
    """
    kind = check["kind"]
    if kind == "any":
        return any(passes(one, page, message) for one in check["of"])
    if page is None or kind == "none":
        return page is None and kind == "none" and bool(re.search(check["re"], message))
    match kind:
        case "has" | "hasnt":
            text = page.view(check.get("in", "text"))
            found = squashed(check["is"]) in squashed(text) if "is" in check else re.search(check["re"], text)
            return bool(found) == (kind == "has")
        case "code":
            return any(
                (
                    trimmed(check["is"]) == code.text
                    if "is" in check
                    else re.fullmatch(check["re"], code.text, re.DOTALL)
                )
                and code.language in check.get("lang", [code.language])
                for code in page.codes
            )
        case "heading":
            return any(_is(check, text) for text in page.headings)
        case "label":
            return any(_is(check, text.rstrip(": ")) for text in page.labels)
        case "order":
            return _in_order(check["re"], page.view("text"))
        case "row":
            return any(_has_cells(row, check["cells"]) for row in page.rows)
        case "item":
            return any(
                squashed(check["is"]) == item.text
                and check.get("depth", item.depth) == item.depth
                and check.get("number", item.number) == item.number
                for item in page.items
            )
        case "link" | "image" | "target":
            pairs = {"link": page.links, "image": page.images}.get(kind, page.links + page.images)
            return any(
                re.fullmatch(check.get("text", ".*"), text, re.DOTALL) and re.fullmatch(check["to"], target)
                for text, target in pairs
            )
        case _:
            raise ValueError(f"There is no check of the kind {kind!r}.")


def _is(check: Check, text: str) -> bool:
    return squashed(check["is"]) == text if "is" in check else bool(re.fullmatch(check["re"], text, re.DOTALL))


def _in_order(patterns: list[str], text: str) -> bool:
    at = 0
    for pattern in patterns:
        found = re.compile(pattern).search(text, at)
        if found is None:
            return False
        at = found.end()
    return True


def _has_cells(row: list[str], patterns: list[str | None]) -> bool:
    cells = zip(patterns, row, strict=False)
    return len(row) >= len(patterns) and all(pattern is None or re.search(pattern, cell) for pattern, cell in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=find_data(), help="folder with checks.json")
    parser.add_argument("--only", action="append", help="judge this case only; repeatable")
    parser.add_argument("--all", action="store_true", help="print every failing check")
    parser.add_argument("--keep", type=Path, help="write the Markdown to this folder")
    parser.add_argument("--at-least", type=int, help="end with 0 if so many are right")
    options = parser.parse_args()
    if options.data is None:
        raise SystemExit("The cases are not beside the project: name their folder with --data.")
    verdicts = anyio.run(judge, options.data, options.only)
    for verdict in verdicts:
        shown = verdict.faults if options.all else verdict.faults[:1]
        print(f"{'wrong' if shown else 'right'}  {verdict.name}" + "".join(f"\n       {fault}" for fault in shown))
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            text = verdict.converted.markdown or f"({verdict.converted.reason}: {verdict.converted.detail})\n"
            (options.keep / f"{verdict.name}.md").write_text(text, "utf-8")
    right = sum(not verdict.faults for verdict in verdicts)
    print(f"cases: {right} of {len(verdicts)} right")
    if right < (len(verdicts) if options.at_least is None else options.at_least):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
