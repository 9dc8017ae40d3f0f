"""Bytes to text as browsers do it (WHATWG HTML §13.2.3, Encoding Standard).

Order of evidence: byte order mark, HTTP header, a declaration in the first 1,024 bytes, UTF-8 if the bytes are valid
UTF-8, statistical detection, windows-1252.
"""

import codecs
import re

import webencodings

_COMMENT = re.compile(rb"<!--.*?(?:-->|$)", re.DOTALL)
_META = re.compile(rb"<meta\b[^>]*?charset\s*=\s*[\"']?\s*([\w:.-]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml\b[^>]*?encoding\s*=\s*[\"']([\w:.-]+)", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PRESCAN = 1024  # bytes, as the standard says
_SAMPLE = 32_768  # bytes; detection costs a second for a megabyte
_DETECTABLE = {  # encodings of the standard that are not Western, by the detector's names for them and their variants
    **dict.fromkeys(("cp932", "shift_jis", "shift_jis_2004", "shift_jisx0213"), "cp932"),
    **dict.fromkeys(("euc_jp", "euc_jis_2004", "euc_jisx0213"), "euc_jp"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "hz"), "gb18030"),
    **dict.fromkeys(("cp949", "euc_kr", "johab"), "cp949"),
    **dict.fromkeys(("big5", "cp950", "big5hkscs"), "big5hkscs"),
    **dict.fromkeys(("cp1251", "mac_cyrillic"), "cp1251"),
    **{"koi8_r": "koi8_r", "koi8_u": "koi8_u", "cp1253": "cp1253", "cp1255": "cp1255", "cp1256": "cp1256"},
}
_CONTROLS = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20)])
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def decode(body: bytes, charset: str = "") -> str:
    """Decode a body; what its encoding cannot say becomes U+FFFD, control characters are dropped.

    Args:
        body: raw bytes.
        charset: of the Content-Type header, or empty.
    """
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return _ILLEGAL.sub("", body[len(bom) :].decode(encoding, "replace"))
    encoding = _codec(charset) or _declared(body[:_PRESCAN])
    if encoding in ("", "utf-8"):
        try:
            return _legal(body)
        except UnicodeDecodeError:
            encoding = encoding or _detected(body)
    return _ILLEGAL.sub("", body.decode(encoding, "replace"))


def _legal(body: bytes) -> str:
    """Decode UTF-8 and drop control characters, which is much cheaper by bytes.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    text = body.decode()
    kept = body.translate(None, _CONTROLS)
    if len(kept) < len(body):
        text = kept.decode()
    return text.replace("\ufffe", "").replace("\uffff", "")


def _declared(head: bytes) -> str:
    """Return the codec that a page names itself; one that says UTF-16 in ASCII means UTF-8 (§13.2.3.2)."""
    match = _META.search(_COMMENT.sub(b"", head)) or _XML.search(head)
    codec = _codec(match[1].decode("ascii", "ignore")) if match else ""
    return "utf-8" if codec.startswith("utf-16") else codec


def _codec(label: str) -> str:
    """Return Python's codec for a label of the Encoding Standard, or an empty string."""
    encoding = webencodings.lookup(label.strip()) if label else None
    return encoding.codec_info.name if encoding is not None else ""


def _detected(body: bytes) -> str:
    """Guess from the bytes; whatever looks Western, which detection confuses, is windows-1252 as in browsers."""
    from charset_normalizer import from_bytes  # noqa: PLC0415  # 2 MB; next to no page needs it

    best = from_bytes(body[:_SAMPLE]).best()
    return _DETECTABLE.get(best.encoding, "windows-1252") if best is not None else "windows-1252"
