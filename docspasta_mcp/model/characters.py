"""Characters that act on a terminal or that nobody sees: which are dropped, and which belong where they stand."""

import re

_C1 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}  # HTML §13.2.5.80 reads them so
_CONTROLS = dict.fromkeys((*range(9), *range(11, 32), 127), "") | _C1
_A_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_JOINED = "\u0600-\u10ff\u1780-\u18af\u1cd0-\u1cff\ua8e0-\ua8ff\ua9e0-\uaaff\U00011000-\U00011fff"  # Arabic to Indic
_VIRAMA = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
_EMOJI = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_SELECTORS = "[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
_UNSEEN = re.compile(
    "(?P<kept>"
    "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"  # a flag such as Scotland's
    f"|(?<=[{_JOINED}])[\u200c\u200d](?=[{_JOINED}])|(?<=[{_VIRAMA}])[\u200c\u200d]"
    f"|(?<=[{_EMOJI}])\u200d(?=[{_EMOJI}])"
    f"|{_SELECTORS})(?P<more>{_SELECTORS}*)"
    "|[\xad\u061c\u115f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_A_SUSPECT = re.compile(  # what `_UNSEEN` can match begins with; looked for in a tenth of its time
    "[\U0001f3f4\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef\xad\u061c\u115f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def drop_controls(text: str) -> str:
    """Remove C0, C1 and DEL but tab and line ends; C1 becomes what HTML takes it for, as `&#150;` is a dash."""
    if not _A_CONTROL.search(text):
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)


def drop_invisible(text: str) -> str:
    """Remove zero-width, bidirectional, tag and filler characters (Unicode TR36 §2.10.4).

    Joiners between letters of scripts that need them and in emoji, flags, and one variation selector are kept.
    """
    return (
        text if text.isascii() or not _A_SUSPECT.search(text) else _UNSEEN.sub(lambda match: match["kept"] or "", text)
    )


def has_invisible(text: str) -> bool:
    """Tell whether a text has characters that `drop_invisible` would remove."""
    if text.isascii() or not _A_SUSPECT.search(text):
        return False
    return any(not match["kept"] or match["more"] for match in _UNSEEN.finditer(text))
