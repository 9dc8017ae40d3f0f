"""Word documents, by mammoth: headings, lists, tables, links, footnotes and code by their styles."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportUnknownLambdaType=false
# pyright: reportAttributeAccessIssue=false

import io

import mammoth  # pyright: ignore[reportMissingTypeStubs]

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.formats.files.read import Converted
from docspasta_mcp.extract.formats.files.zipped import check_unfolding, is_encrypted_office

_STYLES = r"""
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Code'] => pre:separator('\n')
p[style-name='HTML Preformatted'] => pre:separator('\n')
p[style-name='Source Code'] => pre:separator('\n')
p[style-name='Macro Text'] => pre:separator('\n')
p[style-name='macro'] => pre:separator('\n')
p[style-name='Plain Text'] => pre:separator('\n')
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='List Bullet'] => ul > li:fresh
p[style-name='List Bullet 2'] => ul|ol > li > ul > li:fresh
p[style-name='List Bullet 3'] => ul|ol > li > ul|ol > li > ul > li:fresh
p[style-name='List Number'] => ol > li:fresh
p[style-name='List Number 2'] => ul|ol > li > ol > li:fresh
p[style-name='List Number 3'] => ul|ol > li > ul|ol > li > ol > li:fresh
p[style-name='List Continue'] => ul|ol > li > p:fresh
r[style-name='HTML Code'] => code
r[style-name='Verbatim Char'] => code
r[style-name='Code Char'] => code
"""


def convert(body: bytes, _charset: str) -> Converted:
    """Return a Word document as HTML.

    Raises:
        PageRefused: it is encrypted, or unfolds to too much.
    """
    if is_encrypted_office(body):
        raise PageRefused("encrypted", "The document asks for a password.")
    check_unfolding(body)
    found = mammoth.convert_to_html(  # pyright: ignore[reportUnknownMemberType]
        io.BytesIO(body), style_map=_STYLES, convert_image=mammoth.images.img_element(lambda _image: {"src": ""})
    )
    html = str(found.value)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return Converted(f"<!DOCTYPE html><html><body><main>{html}</main></body></html>", is_html=True)
