"""What a body is, whatever its Content-Type says: sites send HTML as text/plain, and pictures as text/html.

A small part of WHATWG MIME Sniffing (§6, §7.2): only where the declared type is one that would be read as text.
"""

import codecs
import mimetypes
import re

from docspasta_mcp.model.content_types import HTML_TYPES

BINARY = "application/octet-stream"
_KNOWN = frozenset(mimetypes.MimeTypes().types_map[True].values())  # Python's own list, nothing of this machine

_HTML = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head)[\s>]", re.IGNORECASE | re.DOTALL)
_MAGIC = (
    b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"\xff\xd8\xff", b"%PDF-", b"PK\x03\x04", b"\x1f\x8b\x08",
    b"\x7fELF", b"\0asm", b"RIFF", b"OggS", b"ID3", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\0", b"BZh9", b"\x28\xb5\x2f\xfd",
    b"wOFF", b"wOF2", b"SQLite format 3\0",
)  # fmt: skip
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WIDE = ("utf-16", "utf16", "utf-32", "utf32", "ucs", "unicode")
_CONTROL = bytes((*range(9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)))  # §3, "binary data byte"
_SAMPLE = 1_445  # bytes, as §5.2 reads
_MAX_SHARE = 0.1  # of control characters; a text that a faulty program wrote has one here and there


def sniffed_type(content_type: str, charset: str, body: bytes) -> str:
    """Return the content type that a body really has.

    Args:
        content_type: the declared one, lower-case; empty if there is none.
        charset: the declared one. UTF-16 and UTF-32 are full of zero bytes.
        body: decoded from its transfer.
    """
    if content_type and not content_type.startswith("text/") and content_type not in HTML_TYPES:
        return content_type
    head = body[:_SAMPLE]
    if body.startswith(_MAGIC) or (not _is_wide(head, charset) and _share_of_control(head) > _MAX_SHARE):
        return BINARY
    return "text/html" if content_type == "text/plain" and _HTML.match(body[:_SAMPLE]) else content_type


def in_our_words(content_type: str) -> str:
    """Return a content type as our sentences name it: a site may send whole sentences in its place."""
    if not content_type:
        return "no content type"
    return f"the content type {content_type}" if content_type in _KNOWN else "a content type that nobody registered"


def _is_wide(head: bytes, charset: str) -> bool:
    return head.startswith(_BOMS) or charset.replace("_", "-").startswith(_WIDE)


def _share_of_control(head: bytes) -> float:
    return 1 - len(head.translate(None, _CONTROL)) / len(head) if head else 0.0
