"""One name per page: what URLs that lead to the same page have in common, and what marks a trap.

`page_key` names a page; `plain_url` is what is fetched. Whether two names hold the same text is not seen here: that
is compared when a job ends.
"""

import hashlib
import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit, urlunsplit

from docspasta_mcp.model.hash_route import route_of
from docspasta_mcp.model.specification import name_of
from docspasta_mcp.model.storybook import framed, is_page

MAX_SEGMENTS = 20  # deeper paths grow by themselves
MAX_PARAMETERS = 8  # more of them is a form, not a page
QUERY_VARIANTS = 20  # of one path: more are sortings, filters or a calendar
DATED_PAGES = 30  # below one directory: more are an archive or a calendar

# Not `Index.html`, as LaTeX2HTML calls its index of words: most servers tell it from the index file of a directory.
_INDEX = re.compile(r"/(?:index|INDEX|[Dd]efault|DEFAULT)\.(?i:x?html?|php|aspx?|jsp)$")
_SUFFIX = re.compile(r"\.x?html?$")
_SESSION_PATH = re.compile(r";(?:jsessionid|sid|phpsessid)=[^/;?]*", re.IGNORECASE)
_NO_PAGE = re.compile(
    r"(?:php|asp|j)?sess(?:ion)?_?id|sid|cfid|cftoken|highlight|replytocom|print(?:able)?|spm|hsa_\w+|_hs\w+|yclid"
    r"|dclid|igshid|mkt_tok",
    re.IGNORECASE,
)
_ACTS = re.compile(
    r"admin|annotate|attach(?:file)?|backlink|check|copy|delete|deletepage|diff|draft|edit|export\w*|history|info|login|"
    r"logout|lock|markpatrolled|media|move|newsection|profile|print|protect|purge|raw|recent|recentchanges|refresh|register|"
    r"rename|resendpwd|revert|revisions|rollback|search|signin|signup|source|submit|subscribe|unprotect|unwatch|upload|watch",
    re.IGNORECASE,
)
_ACT_NAMES = frozenset(("action", "do", "cmd", "viewer"))
_LOOKS, _PRINTED = (
    frozenset(("view", "display", "mode", "format", "layout")),
    frozenset(("print", "printable", "printer")),
)
_OLD = frozenset(("oldid", "diff", "rev", "rev1", "rev2", "veaction", "redlink", "mobileaction"))
_REPEATED = re.compile(r"((?:/[^/]++){1,4}?)\1\1(?:/|$)")
_DATED = re.compile(r"^(.*?)/(?:19|20)\d\d[/-](?:0?[1-9]|1[0-2])(?:[/-]|$)")


_NAMING = frozenset(
    ("title", "id", "page", "topic", "article", "doc", "chapter", "section", "name", "pagename", "file")
)


def plain_url(url: str) -> str:
    """Return a parsed URL without session ids and parameters that do not change the page, and without a frame."""
    if ";" not in url and "?" not in url:
        return url
    url = framed(url)
    parts = urlsplit(url)
    query = parts.query
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [pair for pair in pairs if not _NO_PAGE.fullmatch(pair[0])]
    if len(kept) < len(pairs):
        query = urlencode(kept)
    return urlunsplit(parts._replace(path=_SESSION_PATH.sub("", parts.path), query=query))


def page_key(url: str) -> str:
    """Return what the spellings of one page's URL share: no scheme, `www.`, index file, final slash or session id."""
    place, _, query = plain_url(url).partition("://")[2].partition("#")[0].partition("?")
    if query:
        query = urlencode(sorted(parse_qsl(query, keep_blank_values=True)))
    if "#" in url and (route := route_of(url).rstrip("/")):
        query = f"{query}#{route}"
    return f"{_INDEX.sub('/', place.removeprefix('www.')).rstrip('/')}{'?' + query if query else ''}"


def is_same_page(one: str, other: str) -> bool:
    """Tell whether two URLs differ by spelling alone: case, query, `.html`, index file or final slash."""
    return bare_key(one) == bare_key(other)


def bare_key(url: str) -> str:
    """Return what URLs share that differ by spelling alone; see `is_same_page`."""
    return _SUFFIX.sub("", page_key(url).partition("?")[0].lower())


@lru_cache(maxsize=16_384)  # a page's links are those of the page before; an entry has some 300 bytes
def page_hash(url: str) -> str:
    """Return the hash that stands for a page in unique indexes: 32 hexadecimal digits.

    The last few thousand are kept, some 300 bytes each: pages of a site link to the same pages again and again.
    """
    return hashlib.sha256(page_key(url).encode()).hexdigest()[:32]


def is_trap(url: str) -> bool:
    """Tell whether a URL has the form of an endless space: a path that repeats itself, or a form's parameters."""
    path, _, query = url.partition("://")[2].partition("?")
    if query.count("&") >= MAX_PARAMETERS or path.count("/") > MAX_SEGMENTS:
        return True
    return bool(_REPEATED.search(path))


def is_action(url: str) -> bool:
    """Tell whether a URL is what can be done with a page of a wiki, and no page: edit it, compare it, see its past."""
    query = url.partition("#")[0].partition("?")[2]
    if "=" not in query:
        return False
    pairs = [(name.lower(), value) for name, value in parse_qsl(query, keep_blank_values=True)]
    return any(
        name in _OLD or (name in _ACT_NAMES and _ACTS.fullmatch(value)) or (name in _LOOKS and value in _PRINTED)
        for name, value in pairs
    )


def has_name(url: str) -> bool:
    """Tell whether a URL's query is the name of a page, as wikis have it (`?title=Install_it`), and nothing else.

    Numbers, dates and tokens are none, nor is what sorts, searches, or leads back somewhere.
    """
    name, mark, value = url.partition("#")[0].partition("?")[2].partition("=")
    if not mark or "&" in value or name.lower() not in _NAMING:
        return False
    text = unquote_plus(value)
    letters = sum(sign.isalpha() for sign in text)
    return "://" not in text and letters >= 2 and letters > sum(sign.isdigit() for sign in text)


def trap_group(url: str) -> tuple[str, int] | None:
    """Return the URL prefix whose pages are counted together, and how many of them are crawled at most.

    Queries of one path make a group, but for the pages of a specification, a book or a Storybook, and so do the dated
    paths below one directory; other pages have none.
    """
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    if parts.query and not name_of(url) and not is_page(url):
        return f"{base}{parts.path}?", QUERY_VARIANTS
    dated = _DATED.match(parts.path)
    return (f"{base}{dated[1]}/", DATED_PAGES) if dated else None
