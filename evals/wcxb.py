"""Score extraction on the documentation pages of WCXB, beside three other extractors on the same pages.

    python evals/wcxb.py [--data DIR] [--only docspasta] [--check] [--worst N]

DIR holds `score.py` and `wcxb-docs/` (html/ID.html.gz, ground-truth/ID.json); without it they are looked for in
`shared/eval` beside the project. Word F1, precision and recall, and the shares of must-have snippets found and of
must-not snippets leaked are those of that `score.py`, applied to what `docspasta-mcp convert` writes. The truth of six
pages is an abridgement: the second line leaves them out. --check ends with 1 if docspasta falls below its pins.
"""

import argparse
import gzip
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from types import ModuleType
from typing import Any

import anyio

from docspasta_mcp.cli.convert import convert, find_sources

ABRIDGED = frozenset({"0678", "2855", "2857", "2861", "2863", "2871"})
# F1 and `with` at least, `leaked` at most. Its texts have `[email protected]` for addresses that a browser shows.
PINS = {91: (0.9470, 0.976, 0.034), 85: (0.9724, 0.977, 0.031)}
_PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class PageScore:
    """What `score.py` says of one page."""

    id: str
    f1: float
    precision: float
    recall: float
    kept: float
    leaked: float

    @property
    def numbers(self) -> tuple[float, ...]:
        """The columns of the table."""
        return (self.f1, self.precision, self.recall, self.kept, self.leaked)


def find_data() -> Path | None:
    """Return the folder with the benchmark's data, if it lies beside the project."""
    places = (parent / "shared" / "eval" for parent in _PROJECT.parents)
    return next((place for place in places if (place / "wcxb-docs").is_dir()), None)


async def docspasta(data: Path) -> dict[str, str]:
    """Return the Markdown that `docspasta-mcp convert` makes of every page, by id."""
    converted = await convert(find_sources([data / "wcxb-docs" / "html"]), url=None, workers=2)
    return {page.source.name: page.markdown for page in converted}


def with_extractor(data: Path, extractor: Callable[[bytes, str], str]) -> dict[str, str]:
    """Return what another extractor makes of every page; a page on which it fails counts as empty."""
    texts: dict[str, str] = {}
    for file in sorted((data / "wcxb-docs" / "html").glob("*.html.gz")):
        name = file.name.removesuffix(".html.gz")
        try:
            texts[name] = extractor(gzip.decompress(file.read_bytes()), _truth(data, name)["url"])
        except Exception as error:
            sys.stderr.write(f"{name}: {error!r}\n")
            texts[name] = ""
    return texts


def scores(data: Path, texts: dict[str, str]) -> list[PageScore]:
    """Score every page as the `score.py` beside the data does."""
    method = _score_module(data)
    return [_page_score(method, name, _truth(data, name)["ground_truth"], text) for name, text in sorted(texts.items())]


def lines(pages: list[PageScore]) -> Iterator[tuple[int, tuple[float, ...]]]:
    """Yield the number of pages and the means of the columns: all pages, and those whose truth is complete."""
    for chosen in (pages, [page for page in pages if page.id not in ABRIDGED]):
        yield len(chosen), tuple(map(fmean, zip(*(page.numbers for page in chosen), strict=True)))


def missed_pins(pages: list[PageScore]) -> list[str]:
    """Return a sentence for each pin that the scores miss."""
    missed: list[str] = []
    for count, (f1, _, _, kept, leaked) in lines(pages):
        low_f1, low_kept, high_leaked = PINS[count]
        if f1 < low_f1 or kept < low_kept or leaked > high_leaked:
            missed.append(f"{count} pages: F1 {f1:.4f}, with {kept:.4f}, leaked {leaked:.4f}; pinned at {PINS[count]}")
    return missed


def _page_score(method: ModuleType, name: str, truth: dict[str, Any], markdown: str) -> PageScore:
    text = method.plain(markdown)
    found, wanted = method.words(text), method.words(truth.get("main_content") or "")
    overlap = (found & wanted).total()
    precision = overlap / found.total() if found else 0.0
    recall = overlap / wanted.total() if wanted else 0.0
    flat = method.squash(text)
    must: list[str] = truth.get("with") or []
    must_not: list[str] = truth.get("without") or []
    return PageScore(
        id=name,
        f1=2 * precision * recall / (precision + recall) if overlap else 0.0,
        precision=precision,
        recall=recall,
        kept=fmean(method.squash(snippet) in flat for snippet in must) if must else 1.0,
        leaked=fmean(method.squash(snippet) in flat for snippet in must_not) if must_not else 0.0,
    )


def _truth(data: Path, name: str) -> dict[str, Any]:
    return json.loads((data / "wcxb-docs" / "ground-truth" / f"{name}.json").read_text("utf-8"))


def _score_module(data: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("wcxb_score", data / "score.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"There is no score.py in {data}.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _others(only: list[str] | None) -> dict[str, Callable[[bytes, str], str]]:
    if only == ["docspasta"]:
        return {}
    sys.path.insert(0, str(_PROJECT))
    from evals.extractors import EXTRACTORS  # noqa: PLC0415  # needs the `evals` extra

    return {name: one for name, one in EXTRACTORS.items() if name != "docspasta" and (not only or name in only)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=find_data(), help="folder with score.py and wcxb-docs")
    parser.add_argument("--only", action="append", help="measure this extractor only; repeatable")
    parser.add_argument("--worst", type=int, default=0, help="show so many of docspasta's worst pages")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.data is None:
        raise SystemExit("The WCXB pages are not beside the project: name their folder with --data.")
    pages = scores(options.data, anyio.run(docspasta, options.data))
    for page in sorted(pages, key=lambda page: page.f1)[: options.worst]:
        print(page.id, " ".join(f"{number:.3f}" for number in page.numbers))
    print(f"{'extractor':12} {'pages':>5} {'F1':>6} {'P':>6} {'R':>6} {'with':>6} {'leaked':>6}")
    _print("docspasta", pages)
    for name, extractor in _others(options.only).items():
        _print(name, scores(options.data, with_extractor(options.data, extractor)))
    missed = missed_pins(pages)
    for sentence in missed:
        print(f"below its pin: {sentence}")
    if options.check and missed:
        raise SystemExit(1)


def _print(name: str, pages: list[PageScore]) -> None:
    for count, means in lines(pages):
        print(f"{name:12} {count:5} " + " ".join(f"{mean:6.4f}" for mean in means), flush=True)


if __name__ == "__main__":
    main()
