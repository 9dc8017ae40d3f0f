"""Look at real manuals as a browser shows them, and tell what their Markdown lacks.

    python -m evals.visible [PACKAGE ...] [--pages 15] [--sample N] [--work DIR] [--keep DIR] [--show 12] [--check]

Debian packages of many generators are fetched with `apt-get download`, fifteen pages of each are converted as
`docspasta-mcp convert` does, and loaded in Debian's Chromium without scripts. Each block of text that is shown is
looked up in the Markdown by its runs of three words. A block of which less than half is found is *lost*; words that
are missing in another block are a *hole*. Both are counted inside the content, the deepest element that holds nine
tenths of what was found; `NAVIGATION` lists, by selector, what is judged to be none of it. A `pre` counts as exact if
its text, blanks at the ends of lines aside, is a code block or a code span of the Markdown.

Any package of HTML files may be named. Prints a line a package, then what is lost by kind, then the words of
navigation by selector. --sample takes N pages of small packages; --check ends with 1 if a target is missed: 0.1 % of
the words lost, 99.7 % of the code exact.
"""

import argparse
import re
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from docspasta_mcp.cli.convert import Conversion, InputFile, convert
from evals.debian_manuals import MANUALS, DebianManual, fetch, small_manuals
from evals.navigation_selectors import NAVIGATION
from evals.seen_words import Comparison, Loss, compare
from evals.shown_pages import Window, window
from evals.sites import default_work

_MOST_LOST, _LEAST_EXACT = 0.001, 0.997


@dataclass(slots=True)
class Tally:
    """What was found on the pages of a package, or of all."""

    pages: int = 0
    failed: list[str] = field(default_factory=list[str])
    seen: int = 0
    lost: int = 0
    holes: int = 0
    outside: int = 0
    codes: int = 0
    lost_codes: int = 0
    changed_codes: int = 0
    titled_twice: int = 0
    navigation: Counter[str] = field(default_factory=Counter[str])

    def add(self, found: Comparison) -> None:
        """Add a page."""
        self.pages += 1
        self.seen += found.seen
        self.lost += sum(one.words for one in found.lost)
        self.holes += sum(one.words for one in found.holes)
        self.outside += sum(one.words for one in found.outside)
        self.codes += found.codes
        self.lost_codes += len(found.lost_codes)
        self.changed_codes += len(found.changed_codes)
        self.titled_twice += found.is_titled_twice
        self.navigation += found.navigation

    def join(self, other: "Tally") -> None:
        """Add all pages of another tally."""
        for name in ("pages", "failed", "seen", "lost", "holes", "outside", "codes", "lost_codes", "changed_codes",
                     "titled_twice", "navigation"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def line(self) -> str:
        """Return the figures as they are printed."""
        exact = 1 - (self.lost_codes + self.changed_codes) / self.codes if self.codes else 1.0
        return (
            f"{self.pages:5} {self.seen:8} {100 * self.lost / max(1, self.seen):7.2f} {self.lost:6} {self.holes:6} "
            f"{self.outside:8} {self.codes:5} {100 * exact:7.2f} {self.lost_codes:5} {self.changed_codes:7} "
            f"{self.titled_twice:6}{'  failed: ' + ', '.join(self.failed) if self.failed else ''}"
        )


@dataclass(slots=True)
class Kinds:
    """The losses of one sort by where they stand, with an example of each."""

    words: Counter[str] = field(default_factory=Counter[str])
    examples: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, file: str, loss: Loss) -> None:
        """Add a loss; numbers and ids do not tell kinds apart."""
        kind = " > ".join(re.sub(r"#[^.]*|\d+", "", name) for name in loss.path)
        self.words[kind] += loss.words
        self.examples.setdefault(kind, f"{file}: {loss.text[:200]}")

    def show(self, title: str, most: int) -> None:
        """Print the kinds with most words."""
        if self.words and most:
            print(f"\n{title}: {len(self.words)} kinds")
        for kind, words in self.words.most_common(most):
            print(f"{words:6}  {kind}\n        {self.examples[kind]}")


@dataclass(slots=True)
class Report:
    """What all packages showed."""

    total: Tally = field(default_factory=Tally)
    lost: Kinds = field(default_factory=Kinds)
    holes: Kinds = field(default_factory=Kinds)
    outside: Kinds = field(default_factory=Kinds)
    codes: list[str] = field(default_factory=list[str])

    def add(self, manual: DebianManual, pages: list[tuple[Path, Conversion]], browser: Window) -> Tally:
        """Look at the pages of a package; return its tally."""
        tally = Tally()
        for file, converted in pages:
            name = f"{manual.package}/{file.name}"
            shown = browser.look_at(file, NAVIGATION)
            if converted.reason or shown is None:
                tally.failed.append(f"{file.name} ({converted.reason or 'not shown'})")
                continue
            found = compare(shown, converted.markdown)
            tally.add(found)
            for kinds, losses in ((self.lost, found.lost), (self.holes, found.holes), (self.outside, found.outside)):
                for loss in losses:
                    kinds.add(name, loss)
            self.codes += [f"{name} lost: {code[:160]!r}" for code in found.lost_codes]
            self.codes += [f"{name} changed: {code[:160]!r}" for code in found.changed_codes]
            if found.is_titled_twice:
                self.codes.append(f"{name} titled twice")
        self.total.join(tally)
        return tally


async def _converted(pages: dict[DebianManual, list[Path]], keep: Path | None) -> dict[DebianManual, list[Conversion]]:
    """Convert all pages, a manual after the other; the browser wants the thread for itself afterwards."""
    done: dict[DebianManual, list[Conversion]] = {}
    for manual, files in pages.items():
        sources = [InputFile(file, file.name) for file in files]
        done[manual] = await convert(sources, url="https://docs.example/manual/", workers=2)
        folder = anyio.Path(keep or "", manual.package)
        if keep:
            await folder.mkdir(parents=True, exist_ok=True)
        for one in done[manual] if keep else ():
            text = one.markdown or f"({one.reason}: {one.detail})\n"
            await anyio.Path(folder, f"{one.source.name}.md").write_text(text, "utf-8")
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE")
    parser.add_argument("--pages", type=int, default=15, help="of each package")
    parser.add_argument("--sample", type=int, help="so many pages, of small packages")
    parser.add_argument("--work", type=Path, default=default_work() / "debian")
    parser.add_argument("--keep", type=Path, help="write the Markdown to this folder")
    parser.add_argument("--show", type=int, default=12, help="kinds to print of each sort")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    manuals = small_manuals() if options.sample else MANUALS
    known = {manual.package: manual for manual in manuals}
    chosen = [known.get(name, DebianManual(name, "?")) for name in options.packages or known]
    report = Report()
    folders = fetch(chosen, options.work)
    if not folders:
        print("SKIPPED: no package can be had.")
        return
    each, more = divmod(options.sample, len(folders)) if options.sample else (options.pages, 0)
    pages = {
        manual: manual.pages(folder, each + (number < more)) for number, (manual, folder) in enumerate(folders.items())
    }
    done = anyio.run(_converted, pages, options.keep)
    print(f"{'package':26} {'generator':22} pages    words  lost %  words  holes  outside", end=" ")
    print("codes exact %  lost changed  twice")
    with window() as browser:
        for manual, files in pages.items():
            tally = report.add(manual, list(zip(files, done[manual], strict=True)), browser)
            print(f"{manual.package:26} {manual.generator:22} {tally.line()}", flush=True)
    total = report.total
    print(f"{f'all {len(pages)} packages':26} {len({m.generator for m in pages}):2} generators          {total.line()}")
    report.lost.show("Lost", options.show)
    report.holes.show("Holes", options.show)
    report.outside.show("Not found outside the content", options.show // 2)
    print("\n" + "\n".join(report.codes[: 3 * options.show]) if report.codes and options.show else "")
    print(
        "\nJudged navigation, in words: "
        + ", ".join(f"{name} {count}" for name, count in total.navigation.most_common())
    )
    exact = 1 - (total.lost_codes + total.changed_codes) / max(1, total.codes)
    if options.check and (not total.seen or total.lost > _MOST_LOST * total.seen or exact < _LEAST_EXACT):
        raise SystemExit(1)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
