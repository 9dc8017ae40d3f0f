r"""Score Markdown against a page's truth.

The Markdown is read by markdown-it-py (CommonMark with GFM tables), for every extractor alike:

* words: multiset of lower-cased `\w+` in its text. Precision forgives the page's optional words.
* code: share of the true blocks that are there byte for byte; blank lines around a block do not count.
* language: share of the true blocks with a language whose fence names it, whether or not the bytes are right.
* headings: F1 over heading texts, by their words. Cells: share of the true table cells that are cells.
* boilerplate: share of the output's words that are surplus and occur in navigation, sidebars and footers. Repeated
  content counts here as well if it uses their words.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lxml import html
from markdown_it import MarkdownIt
from markdown_it.token import Token

from evals.truth import PageTruth

_WORD = re.compile(r"\w+")
_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_SAME_LANGUAGE = {
    **dict.fromkeys(("py", "python3", "pycon", "python-repl", "ipython3", "pytb", "py3tb"), "python"),
    **dict.fromkeys(("sh", "shell", "zsh", "shell-session", "shellsession", "console", "sh-session"), "bash"),
    **dict.fromkeys(("plaintext", "plain", "txt", "none", "default", "nohighlight", "output"), "text"),
    **{"js": "javascript", "mjs": "javascript", "ts": "typescript", "yml": "yaml", "md": "markdown", "rs": "rust"},
    **dict.fromkeys(("xml", "markup", "vue-html", "htm"), "html"),
    **{"html+jinja": "jinja", "html+django": "jinja", "cfg": "ini", "c++": "cpp"},
}


@dataclass(frozen=True, slots=True)
class Output:
    """What an extractor's Markdown says."""

    words: Counter[str]
    codes: tuple[tuple[str, str], ...]
    headings: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(slots=True)
class Score:
    """Counts of one page or, added up, of many; the properties are what the table shows."""

    pages: int = 0
    f1_sum: float = 0.0
    words: int = 0
    boilerplate: int = 0
    codes: int = 0
    codes_exact: int = 0
    named: int = 0
    named_right: int = 0
    heading_f1_sum: float = 0.0
    cells: int = 0
    cells_found: int = 0
    faults: list[str] = field(default_factory=list[str])

    def __iadd__(self, other: "Score") -> "Score":
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    @property
    def row(self) -> tuple[float, ...]:
        """F1, exact code, right language, heading F1, cell recall, boilerplate: NaN where there is nothing to count."""
        return (
            _share(self.f1_sum, self.pages),
            _share(self.codes_exact, self.codes),
            _share(self.named_right, self.named),
            _share(self.heading_f1_sum, self.pages),
            _share(self.cells_found, self.cells),
            _share(self.boilerplate, self.words),
        )


def read_markdown(markdown: str) -> Output:
    """Take Markdown apart."""
    words: Counter[str] = Counter()
    codes: list[tuple[str, str]] = []
    headings: list[str] = []
    cells: list[str] = []
    opened = ""
    for token in _PARSER.parse(markdown):
        if token.type in ("fence", "code_block"):
            codes.append((token.content, token.info.split(" ")[0] if token.info else ""))
            words.update(words_of(token.content))
        elif token.type == "html_block":
            words.update(words_of(_html_text(token.content)))
        elif token.type == "inline":
            text = _inline_text(token.children or ())
            words.update(words_of(text))
            if opened == "heading_open":
                headings.append(text)
            elif opened in ("td_open", "th_open"):
                cells.append(text)
        opened = token.type
    return Output(words, tuple(codes), tuple(headings), tuple(cells))


def score(truth: PageTruth, markdown: str, furniture: Iterable[str]) -> Score:
    """Score one page."""
    output = read_markdown(markdown)
    wanted, optional = words_of(*truth.text), words_of(*truth.optional)
    surplus = output.words - wanted - optional
    missing = wanted - output.words
    counted = output.words.total() - (output.words - wanted - surplus).total()
    navigation = words_of(*furniture)
    result = Score(pages=1, words=output.words.total())
    hits = wanted.total() - missing.total()
    result.f1_sum = _f1(hits, counted, wanted.total())
    result.boilerplate = sum(count for word, count in surplus.items() if word in navigation)
    _score_codes(result, truth, output)
    result.heading_f1_sum = _heading_f1(result, truth, output)
    wanted_cells, cells = Counter(map(flat, truth.cells)), Counter(map(flat, output.cells))
    del wanted_cells[""]
    lost = wanted_cells - cells
    result.cells, result.cells_found = wanted_cells.total(), wanted_cells.total() - lost.total()
    for kind, what in (("missing words", missing), ("surplus words", surplus), ("lost cells", lost)):
        if what:
            result.faults.append(f"{kind} ({what.total()}): {' | '.join(_few(what))}")
    return result


def words_of(*texts: str) -> Counter[str]:
    """Return the words of texts."""
    return Counter(word for text in texts for word in _WORD.findall(text.lower()))


def flat(text: str) -> str:
    """Return text with single spaces."""
    return " ".join(text.split())


def language_name(name: str) -> str:
    """Return one name for a language's many."""
    name = name.lower().strip("{}. ")
    return _SAME_LANGUAGE.get(name, name)


def _score_codes(result: Score, truth: PageTruth, output: Output) -> None:
    exact = Counter(text.strip("\n") for text, _ in output.codes)
    languages = {flat(text): language_name(language) for text, language in output.codes}
    for text, language in truth.codes:
        result.codes += 1
        key = text.strip("\n")
        if exact[key] > 0:
            exact[key] -= 1
            result.codes_exact += 1
        else:
            near = [other for other in exact if flat(other)[:20] == flat(key)[:20]]
            result.faults.append(f"code not exact: {key[:150]!r} got {near[0][:150] if near else None!r}")
        name = language_name(language)
        if name in ("", "text"):
            continue
        result.named += 1
        if languages.get(flat(text)) == name:
            result.named_right += 1
        elif flat(text) in languages:
            result.faults.append(f"language {language!r} got {languages[flat(text)]!r}: {key[:60]!r}")


def _heading_f1(result: Score, truth: PageTruth, output: Output) -> float:
    may_be = [_bare(text) for text in truth.optional_headings]
    wanted = Counter(map(_bare, truth.headings))
    found = Counter(
        text
        for text in map(_bare, output.headings)
        if text in wanted or not any(text in optional for optional in may_be)
    )
    if wanted != found:
        result.faults.append(f"headings missing {_few(wanted - found)}, surplus {_few(found - wanted)}")
    return _f1((wanted & found).total(), found.total(), wanted.total())


def _bare(text: str) -> str:
    """Return a heading's words alone, so that a permalink mark which a peer leaves costs it nothing."""
    return " ".join(_WORD.findall(text))


def _f1(hits: int, found: int, wanted: int) -> float:
    return 2 * hits / (found + wanted) if found + wanted else 1.0


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _few(counter: Counter[str]) -> list[str]:
    return [text[:80] for text, _ in counter.most_common(25)]


def _inline_text(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak") or (
            token.type == "html_inline" and token.content.startswith("<br")
        ):
            parts.append(" ")
    return "".join(parts)


def _html_text(text: str) -> str:
    return str(html.fragment_fromstring(text, create_parent="div").text_content())
