"""Write a book for tests: chapters c3, c2, c1 in this order, with or without a table of contents."""

import io
import zipfile
from typing import Literal

_CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
_NAV = (
    '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body><h1>Contents</h1>'
    '<nav epub:type="toc"><ol><li><span>Part</span><ol><li><a href="text/c3.xhtml">Third</a></li>'
    '<li><a href="text/c1.xhtml">First</a></li><li><a href="text/c1.xhtml#more">More</a></li></ol></li></ol></nav>'
    "</body></html>"
)
_NCX = (
    '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>Part</text></navLabel>'
    '<navPoint><navLabel><text>Third</text></navLabel><content src="text/c3.xhtml"/></navPoint>'
    '<navPoint><navLabel><text>First</text></navLabel><content src="text/c1.xhtml"/></navPoint>'
    "</navPoint></navMap></ncx>"
)


def book(*, locked: bool = False, chapters: int = 2, contents: Literal["nav", "ncx", ""] = "") -> bytes:
    """Return a book; its table of contents leaves out the second chapter."""
    saved = io.BytesIO()
    names = [f"c{number}" for number in range(chapters, 0, -1)]
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", _CONTAINER)
        if locked:
            archive.writestr("META-INF/rights.xml", "<rights/>")
        items = '<item id="toc" href="toc.xhtml" properties="nav"/>'
        if contents == "ncx":
            items = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
            archive.writestr("OEBPS/toc.ncx", _NCX)
        items += "".join(f'<item id="{name}" href="text/{name}.xhtml"/>' for name in names)
        spine = "".join(f'<itemref idref="{name}"/>' for name in ("toc", *names))
        archive.writestr(
            "OEBPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            "<dc:title>The Book</dc:title><dc:creator>Ada</dc:creator><dc:creator>Bea</dc:creator></metadata>"
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
        )
        archive.writestr(
            "OEBPS/toc.xhtml", _NAV if contents == "nav" else "<html><body><h1>Contents</h1></body></html>"
        )
        for name in names:
            archive.writestr(
                f"OEBPS/text/{name}.xhtml",
                f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><h1>Chapter {name}</h1>'
                f'<p>Words of {name} that go on for a while, <a href="c1.xhtml#top">see there</a>, or '
                '<a href="https://printed.example/">elsewhere</a><span class="link-target"> [https://printed.example/]'
                f"</span>.</p><pre>code  {name}</pre></body></html>",
            )
    return saved.getvalue()
