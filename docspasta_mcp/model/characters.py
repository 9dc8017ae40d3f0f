"""Characters that act on a terminal or that nobody sees: which are dropped, and which belong where they stand.

Between two signs that are seen at most one variation selector and one joiner may stand: whatever is longer could carry
a text of its own.
"""

import re

from docspasta_mcp.runtime.unseen import FILLERS, SELECTORS

_C1 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}  # HTML §13.2.5.80 reads them so
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # JSON may hold one alone; no UTF-8 does
_CONTROLS = dict.fromkeys((*range(9), *range(11, 32), 127), "") | _C1 | _SURROGATES
_A_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_ASCII = bytes(range(128))

_UNSEEN = re.compile(f"[{FILLERS}{SELECTORS}]+")
_A_SUSPECT = re.compile(  # in wide strokes: a fifth of the time
    "[\xad\u034f\u061c\u115f\u1160\u17b4-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\uffff"
    "\U0001bca0-\U000e0fff]"
)
_A_SELECTOR = re.compile(f"[{SELECTORS}]")
_JOINED = re.compile(  # letters of scripts whose words need joiners, Arabic to Indic
    "[\u0600-\u10ff\u1780-\u18af\u1cd0-\u1cff\ua8e0-\ua8ff\ua9e0-\uaaff\U00011000-\U00011fff]"
)
_ARABIC = re.compile("[\u0620-\u08ff]")  # a letter keeps its joined form before a full stop by a joiner
_VIRAMA = frozenset("\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca")
_EMOJI = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")
_MONGOLIAN = re.compile("[\u1820-\u18aa]")
_MARK = re.compile("[\u0300-\u036f\u0591-\u05bd]")  # a grapheme joiner keeps the order of such marks
_CHOSEONG = re.compile("[\u1100-\u115e\ua960-\ua97c]")  # an old syllable without a vowel has its filler
_FLAG = "\U0001f3f4"
_REGIONS = tuple(  # the three whose flags are recommended (UTS 51): other tags would be letters that nobody sees
    "".join(chr(0xE0000 + ord(letter)) for letter in name) + "\U000e007f" for name in ("gbeng", "gbsct", "gbwls")
)


def drop_controls(text: str) -> str:
    """Remove C0, C1 and DEL but tab and line ends; C1 becomes what HTML takes it for, as `&#150;` is a dash.

    Half of a pair of surrogates, which no text can be written with, becomes U+FFFD.
    """
    if not _A_CONTROL.search(text):
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)


def drop_invisible(text: str) -> str:
    """Remove zero-width, bidirectional, tag and filler characters (Unicode TR36 §2.10.4).

    Joiners between letters of scripts that need them and in emoji, flags, and one variation selector are kept.
    """
    return _UNSEEN.sub(_kept, text) if _is_suspect(text) else text


def has_invisible(text: str) -> bool:
    """Tell whether a text has characters that `drop_invisible` would remove."""
    return _is_suspect(text) and any(_kept(run) != run[0] for run in _UNSEEN.finditer(text))


def beyond_ascii(text: str) -> str:
    """Return the characters of a text that are not ASCII; to look at each of the others takes four times as long."""
    if text.isascii():
        return ""
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")


def _is_suspect(text: str) -> bool:
    return _A_SUSPECT.search(beyond_ascii(text)) is not None


def _kept(run: re.Match[str]) -> str:
    """Return what of a run of unseen characters belongs between the signs before and behind it."""
    text = run.string
    before = text[run.start() - 1] if run.start() else ""
    after = text[run.end() : run.end() + 1]
    if before == _FLAG:
        region = next((one for one in _REGIONS if run[0].startswith(one)), "")
        if region:
            return region
    selector = _A_SELECTOR.search(run[0]) if before and not before.isspace() else None
    return f"{selector[0] if selector else ''}{_joiner(run[0], before, after)}"


def _joiner(unseen: str, before: str, after: str) -> str:
    """Return the one joiner or filler of a run that the signs around it need."""
    return next((sign for sign in unseen if _belongs(sign, before, after)), "")


def _belongs(sign: str, before: str, after: str) -> bool:
    match sign:
        case "\u200c" | "\u200d" if before in _VIRAMA or (_JOINED.match(before) and _JOINED.match(after)):
            return True
        case "\u200d":
            is_letter = _ARABIC.match(before) or _ARABIC.match(after)
            return bool(is_letter or (_EMOJI.match(before) and _EMOJI.match(after)))
        case "\u034f":
            return bool(_MARK.match(before) and _MARK.match(after))
        case "\u1160":
            return bool(_CHOSEONG.match(before))
        case _:
            return "\u180b" <= sign <= "\u180f" and bool(_MONGOLIAN.match(before))
