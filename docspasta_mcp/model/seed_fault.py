"""Messages for a seed page that cannot be read: why, and what would help.

The page that was named is the one that its caller wants most: that it is missing is told first, in the notes, the state
and the exit code.
"""

from dataclasses import dataclass

from docspasta_mcp.model.folder import called
from docspasta_mcp.model.page import NOT_THERE
from docspasta_mcp.model.page_files import PAGE_TYPES
from docspasta_mcp.wording import words

IS_FINE = frozenset(("", "redirected", "frames", "duplicate", "near_duplicate", "excluded", "cancelled", "listing"))
"""Reasons of a starting page that is not in the document, and that nobody misses."""

_MARK = ", where the crawl starts, cannot be read: "

_RENDER = (
    "A browser may show its text: install Chromium, Chrome or Edge beside docspasta-mcp, and crawl with render auto; "
    "or look for Markdown, an llms.txt or a repository."
)
_IN_FILE = "under [sites] in docspasta.toml, whose place `docspasta-mcp config` prints"
_TEXT_IN_FOLDERS = "Of a folder, plain text (.txt) is read where a page links to it or a list of contents names it."
_HINTS = {
    "certificate": "Set SSL_CERT_FILE to a file that holds the authority which signed it.",
    "http_401": f"Name its credentials {_IN_FILE}.",
    "http_403": f"The site may ask for credentials: they are named {_IN_FILE}.",
    "http_407": "The proxy wants credentials: see DOCSPASTA_PROXY.",
    "login_required": f"Name its credentials {_IN_FILE}.",
    "challenge": "Ask its owner for another way to the text, such as a repository or an archive.",
    "robots": "The operator of this server can opt out for a host of his own, under [sites] in docspasta.toml.",
    "robots_unreachable": "Try again later.",
    "content_type": f"HTML, Markdown, plain text and the files that docs/sources.md lists are read. {_TEXT_IN_FOLDERS}",
    "binary": "HTML, Markdown and plain text are read.",
    "missing_extra": "Install it: pip install 'docspasta-mcp[files]'.",
    "encrypted": "Save it without its password or lock, and crawl it with `docspasta-mcp crawl FOLDER`.",
    "scanned": "Have its text recognised first, for example by ocrmypdf.",
    "broken_file": "Does it open elsewhere?",
    "no_folder": "Is the path right, and may this program read it?",
    "empty_folder": f"Files that end with {', '.join(PAGE_TYPES)} are read, hidden ones are not. {_TEXT_IN_FOLDERS}",
    "links_outside": "Crawl the folder that they lead to.",
    "broken_archive": "Zip and tar archives are read, also in gzip, bzip2 and xz.",
    "archive_too_large": "Unpack it, and crawl the folder of its documentation.",
    "dns": "Check the host's name, and that this machine can resolve names.",
    "timeout": "Try again later.",
    "refused": "Check the port, and that the server runs.",
    "connection": "Check that the host answers on this port.",
    "invalid_url": "Is the URL right?",
    "javascript_required": _RENDER,
    "empty": _RENDER,
}


@dataclass(frozen=True, slots=True)
class SeedFault:
    """Why the page that a crawl starts from is not in the document: a stable code, and words for people."""

    url: str
    reason: str
    detail: str

    def note(self, *, goes_on: bool) -> str:
        """Return the message for the caller. `goes_on`: whether the document has other pages."""
        hint = "Is the URL right?" if self.reason in NOT_THERE else _hint(self.reason)
        others = "What its site names around it is crawled instead." if goes_on else ""
        return " ".join(filter(None, (f"{called(self.url)}{_MARK}{self.detail.rstrip('.')}.", hint, others)))


def is_seed_note(note: str) -> bool:
    """Tell whether a note is one on the page that a crawl starts from."""
    return _MARK in note


def _hint(reason: str) -> str:
    if reason == "blocked_address":
        return words().allow.format(place="HOST:PORT")
    is_trouble = reason.startswith("http_5") or reason in ("http_429", "http_408")
    return _HINTS.get(reason, "Try again later." if is_trouble else "")
