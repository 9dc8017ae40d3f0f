"""Words as the index knows them: stems of a page's language, identifiers whole and in parts, bigrams where none are.

A term has only letters, digits and `_.-`, and is in lower case without accents. `http.postBuffer` gives
`http.postbuffer`, `http`, `post`, `buffer`; `--force-with-lease` gives `force-with-lease` and its parts; `-x` stays
as it is. Chinese, Japanese, Korean and Thai, which part words otherwise or not at all, give pairs of characters.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any, cast

import Stemmer

from docspasta_mcp.document.search.signs import named_signs

MAX_TERM = 64  # characters; longer ones are digests and data
_MAX_CACHED = 50_000  # words with what stands around them; a manual has some ten thousand, with 250 bytes each
_MAX_TEXTS = 8_000  # headings whose terms are kept; they are 300 characters at most
_TOKEN = re.compile(r"-{0,2}\w+(?:(?:::|[.\-])\w+)*")
_SPACED = bytes(
    code if code > 127 or chr(code).isalnum() or chr(code) in "_-.:" else 32  # a space
    for code in range(256)
)
"""Makes spaces of characters that no token has: splitting there takes half as long as looking for tokens."""

_PLAIN = re.compile(r"[a-z]+|[A-Z][a-z]+|[A-Z]+")
_PART = re.compile(r"[^\W\d_]+|\d+")
_COMPONENTS = re.compile(r"::|[.\-]")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PAIRED = "ᄀ-ᇿぁ-ヿㄱ-ㆎ㐀-䶿一-鿿가-힯豈-﫿ก-๿\U00020000-\U0003ffff"
_PAIRED_RUN = re.compile(f"[{_PAIRED}]+|[^{_PAIRED}]+")
_IS_PAIRED = re.compile(f"[{_PAIRED}]")
_TARGET = re.compile(r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)")  # begins with plain text, which is found quickly
_ADDRESS = re.compile(r"https?://[^\s)>\]]+")
_LANGUAGES = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nb": "norwegian", "nl": "dutch",
    "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

COMMON = frozenset(
    re.split(
        r"\s+",
        "a about all also am an and another any are as at be because been being between but by can could did do does "
        "doing for from get gets give given had has have having he her here his how i if in instead into is it its "
        "itself just let like make makes may me mean means might must my need needs no not of on one only or other our "
        "out over possible same say see she should so some something such take tell than that the their them then "
        "there these they thing things this those to too until up use used uses using very want was way we were what "
        "when where whether which while who why will with without work works would you your",
    )
)
"""English words that tell nothing of what is looked for."""


class Analyser:
    """Turns texts of one language into terms."""

    def __init__(self, stemmer: str) -> None:
        """Prepare; `stemmer` is Snowball's name of a language."""
        self._stemmer: Any = cast("Any", Stemmer).Stemmer(stemmer, 0)  # it has no types; its own cache is no quicker
        self._known: dict[bytes, tuple[str, ...]] = {}

    def terms(self, text: str) -> list[str]:
        """Return all terms of a text, in order; targets of links are not text."""
        if "](" in text:
            text = _TARGET.sub("]", text)
        if "://" in text:
            text = _ADDRESS.sub("]", text)
        found: list[str] = []
        known = self._known
        for piece in text.encode("utf-8", "replace").translate(_SPACED).split():
            terms = known.get(piece)
            found += self._learn(piece) if terms is None else terms
        return found

    def words(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """Return the tokens of a text with the terms of each, the whole one first."""
        return [(token, self._of_token(token)) for token in _TOKEN.findall(text)]

    def spans(self, text: str) -> list[tuple[int, int, tuple[str, ...]]]:
        """Return where the tokens of a text begin and end, with the terms of each."""
        return [(one.start(), one.end(), self._of_token(one[0])) for one in _TOKEN.finditer(text)]

    def _learn(self, piece: bytes) -> tuple[str, ...]:
        """Return the terms of what stands between two characters that no token has."""
        bare = piece.rstrip(b".:-")  # no token ends so, and most of what ends so is a word at the end of a sentence
        if bare.isalpha() and (bare.islower() or bare.istitle() or bare.isupper()):
            terms = self._known.get(bare) or (self._stem(bare.decode().lower())[:MAX_TERM],)
        else:
            terms = tuple(term for token in _TOKEN.findall(piece.decode()) for term in self._of_token(token))
        if len(piece) <= MAX_TERM:
            if len(self._known) >= _MAX_CACHED:
                self._known.clear()
            self._known[piece] = terms
        return terms

    def _of_token(self, token: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys([term[:MAX_TERM] for term in self._terms(token) if term]))

    def _terms(self, token: str) -> list[str]:
        if _PLAIN.fullmatch(token):
            return [self._stem(token.lower())]
        if not token.isascii():
            token = fold(token)
            if _IS_PAIRED.search(token):
                return self._paired(token)
        bare = token.lstrip("-")
        if token != bare and len(bare) == 1:
            return [f"-{bare}"]  # an option of one letter; its case tells it from others
        return self._identifier(bare)

    def _identifier(self, name: str) -> list[str]:
        parts = _PART.findall(name)
        if not (name.islower() or name.isupper()):
            parts = [hump for part in parts for hump in _HUMP.split(part)]
        found: list[str] = []
        if len(parts) > 1 or "_" in name:
            found.append(whole(name))
            if "_" in name:
                components = _COMPONENTS.split(name)
                found += [one.lower() for one in components if one != name and "_" in one.strip("_")]
        return found + [self._stem(part.lower()) for part in parts]

    def _paired(self, token: str) -> list[str]:
        found: list[str] = []
        for run in _PAIRED_RUN.findall(token):
            if not _IS_PAIRED.match(run):
                for other in _TOKEN.findall(run):
                    found += self._identifier(other.lstrip("-"))
            elif len(run) == 1:
                found.append(run)
            else:
                found += [run[place : place + 2] for place in range(len(run) - 1)]
        return found

    def _stem(self, word: str) -> str:
        return self._stemmer.stemWord(word) if len(word) > 2 else word


def whole(name: str) -> str:
    """Return the term that stands for an identifier as a whole."""
    return name.lstrip("-").replace("::", ".").lower()


def fold(text: str) -> str:
    """Return a text without accents, in the compatible form of its characters."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char) or _IS_PAIRED.match(char))
    return unicodedata.normalize("NFC", bare)


def _stemmer_of(language: str) -> str:
    return _LANGUAGES.get(language.lower().partition("-")[0].partition("_")[0], "english")


@cache
def _analyser(stemmer: str) -> Analyser:
    return Analyser(stemmer)


def analyser(language: str) -> Analyser:
    """Return the analyser of a BCP 47 language's texts; an unknown or empty one counts as English.

    As many are kept as there are stemmers, whatever pages call their language.
    """
    return _analyser(_stemmer_of(language))


@lru_cache(maxsize=_MAX_TEXTS)
def head_terms(text: str) -> frozenset[str]:
    """Return the terms of a title, heading or path, as questions are compared with them."""
    return frozenset(analyser("en").terms(text))


@lru_cache(maxsize=_MAX_TEXTS)
def name_terms(names: str) -> frozenset[str]:
    """Return the terms of what a passage defines, its signs among them."""
    return head_terms(names) | named_signs(names)


def main_languages(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the languages by which a question is read: those given, each once, English if none."""
    short = dict.fromkeys(tag.lower().partition("-")[0] for tag in tags if tag)
    return tuple(short)[:3] or ("en",)
