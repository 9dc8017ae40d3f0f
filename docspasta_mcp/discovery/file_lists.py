"""Tell a server's list of a directory's files from a page: by its title, or as it names files and says nothing else."""

import re
from urllib.parse import unquote

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import raw_text, text_of
from docspasta_mcp.urls import path_of

MAX_OTHER_LINKS = 2  # to a directory above, or to the server's maker
MAX_WORDS = 20  # beside the names: headings of columns, and the server's name
MAX_WORDS_EACH = 3  # a month, a unit, a type
MAX_RUN = 12  # words of one piece of text; more is a sentence
MAX_LINE_WORDS = 12  # beside a single name
_TITLE = re.compile(
    r"(?:index of|directory listing for|listing directory|directory:|files within) ?\[?/", re.IGNORECASE
)
_ABOVE = re.compile(r"[./]*")
_CUT = ("..>", "…", "...")  # behind a name that is too long for its column
_WORD = re.compile(r"[^\W\d_]{2,}")


def is_file_list(document: HtmlElement, url: str) -> bool:
    """Tell whether the page at a URL is a server's list of a directory's files, as Apache and others write one."""
    title = document.find(".//head/title")
    is_called_so = bool(_TITLE.match(text_of(title))) if title is not None else False
    if is_called_so and document.find(".//main") is None and document.find(".//nav") is None:
        return True
    path = path_of(url)
    directory = path[: path.rindex("/") + 1] if "/" in path else "/"
    names = others = letters = 0
    for anchor in document.iter("a"):
        href = anchor.get("href", "")
        if not href or "://" in href or href[0] in "?#" or _ABOVE.fullmatch(href.partition("?")[0]):
            continue
        if href.startswith("/") and path.startswith(href):  # to a directory above
            letters += len(_WORD.findall(text_of(anchor)))
            continue
        text = text_of(anchor)
        letters += len(_WORD.findall(text))
        if _is_name(text, href, directory):
            names += 1
        else:
            others += 1
        if others > MAX_OTHER_LINKS + names // 10:
            return False
    body = document.find(".//body")
    if not names or body is None:
        return False
    if any(len(_WORD.findall(str(piece))) > MAX_RUN for piece in body.itertext()):
        return False
    words = len(_WORD.findall(raw_text(body))) - letters
    if names == 1:
        return not others and words <= MAX_LINE_WORDS
    return words <= MAX_WORDS + MAX_WORDS_EACH * names


def is_sorting(href: str) -> bool:
    """Tell whether a link of such a list leads to the same list in another order."""
    return href.startswith("?")


def _is_name(text: str, href: str, directory: str) -> bool:
    """Tell whether a link's text is the name of the file or directory that it leads to, which lies in this one."""
    place = unquote(href.partition("?")[0].partition("#")[0]).removeprefix("./").removeprefix(unquote(directory))
    name = place.removesuffix("/")
    if not name or "/" in name or not (place.endswith("/") or "." in name):
        return False
    if any(text.endswith(cut) and len(text) > len(cut) and name.startswith(text.removesuffix(cut)) for cut in _CUT):
        return True
    return text == place
