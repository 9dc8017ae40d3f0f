"""URLs as this package compares them: strict to parse, one spelling per page.

`parse_url` refuses instead of repairing: a host that two parsers could read differently is not a host.
Whether an address may be dialled is not decided here but in `fetch.address_guard`.
"""

import hashlib
import ipaddress
import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

import idna

from docspasta_mcp.errors import InvalidUrl

MAX_URL_LENGTH = 2_000  # longer ones are traps or data, and do not fit an index
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")  # as a Host header spells them
DEFAULT_PORTS = {"http": 80, "https": 443}

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_ODD_SLASHES = re.compile(r"///|https?:(?!//[^/])", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]+)(?::([1-9][0-9]{0,4}))?")
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_OTHER_DOTS = re.compile("[\u3002\uff0e\uff61]")  # IDNA takes them for dots, a reader may not
_NUMBER_LABEL = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_UNRESERVED = re.compile(r"%(2D|2E|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A])", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
# Segments that neither begin with a dot nor hold anything to escape: what most links are, joined without parsing.
_PLAIN_REFERENCE = re.compile(r"/?[A-Za-z0-9_~-][A-Za-z0-9_.~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*/?")
_PATH_ALONE = re.compile(r"[\\/]?[^\\/:?]+(?:[\\/][^:]*)?$|[\\/]?[^\\/:?]*\?")
_TRACKING = re.compile(r"utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|_ga|_gl", re.IGNORECASE)
_PATH_SAFE = "/:@!$&'()*+,;=~%[]"
_QUERY_SAFE = _PATH_SAFE + "?"


@lru_cache(maxsize=8192)  # pages show each other's links; an entry has some 300 bytes
def parse_url(text: str) -> str:
    """Return the one spelling of an absolute http(s) URL, without its fragment.

    Scheme and host are lower-cased, the default port, dot segments, needless percent-escapes and
    tracking parameters dropped (RFC 3986 §6.2.2 and §6.2.3).

    Raises:
        InvalidUrl: not http(s), no host, user info, white space, control or invisible characters,
            a backslash, a host in a form that parsers disagree about, or longer than 2,000 characters.
    """
    if len(text) > MAX_URL_LENGTH:
        raise InvalidUrl(f"The URL is {len(text)} characters long; {MAX_URL_LENGTH} is the limit.")
    if _FORBIDDEN.search(text):
        said = "white space, a control character, a backslash or a byte that is not UTF-8"
        raise InvalidUrl(f"The URL {text!r} holds {said}.")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise InvalidUrl(f"{text!r} is not a URL: {error}.") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise InvalidUrl(f"{text!r} is not an http:// or https:// URL.")
    if "@" in parts.netloc:
        raise InvalidUrl("A URL with a user name or password in it is not fetched.")
    host, port = _authority(parts.netloc)
    netloc = host if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    query = _query(parts.query)
    url = f"{parts.scheme}://{netloc}{_path(parts.path)}{'?' + query if query else ''}"
    if len(url) > MAX_URL_LENGTH:  # escaping made it longer
        raise InvalidUrl(f"The URL is {len(url)} characters long when escaped; {MAX_URL_LENGTH} is the limit.")
    return url


def join_url(base: str, reference: str) -> str:
    """Return the absolute URL that `reference` names on the page `base`, in its one spelling.

    As browsers do, white space around the reference is dropped and spaces inside are escaped. What they drop
    silently from the middle, such as line breaks, is refused.

    Raises:
        InvalidUrl: see `parse_url`; also for three slashes at the start and for a scheme without its two, as in
            `http:/host`, which parsers disagree about.
    """
    if _PLAIN_REFERENCE.fullmatch(reference) and (place := _place(base)):
        url = place[reference[0] == "/"] + reference
        if len(url) <= MAX_URL_LENGTH:
            return url
    elif reference[:3] == "../" and (url := _climbed(base, reference)):
        return url
    reference = reference.strip(" \t\r\n\f").replace(" ", "%20")
    if "\\" in reference and _PATH_ALONE.match(reference):  # a slash to browsers; not where it could name a host
        path, mark, query = reference.partition("?")
        reference = path.replace("\\", "/") + mark + query.replace("\\", "%5C")
    if len(reference) > MAX_URL_LENGTH:
        raise InvalidUrl(f"The reference is {len(reference)} characters long; {MAX_URL_LENGTH} is the limit.")
    if _FORBIDDEN.search(reference) or _ODD_SLASHES.match(reference):
        raise InvalidUrl(f"{reference!r} holds a control character, a backslash or too many or too few slashes.")
    try:
        joined = urljoin(base, reference)
    except ValueError as error:
        raise InvalidUrl(f"{reference!r} is not a URL: {error}.") from error
    return parse_url(joined)


def _climbed(base: str, reference: str) -> str:
    """Return the URL of a reference that is plain after `../` steps, or an empty string."""
    place = _place(base)
    if place is None or "//" in place[0][len(place[1]) :]:
        return ""
    directory, origin = place
    while reference.startswith("../"):
        reference = reference[3:]
        if len(directory) > len(origin) + 1:
            directory = directory[: directory.rindex("/", 0, -1) + 1]
    url = directory + reference
    return url if _PLAIN_REFERENCE.fullmatch(reference) and reference[0] != "/" and len(url) <= MAX_URL_LENGTH else ""


@lru_cache(maxsize=256)
def _place(base: str) -> tuple[str, str] | None:
    """Return directory and origin of a URL that is in its one spelling, or None."""
    try:
        if parse_url(base) != base:
            return None
    except InvalidUrl:
        return None
    path = base.partition("?")[0]
    return path[: path.rindex("/") + 1], origin_of(base)


def origin_of(url: str) -> str:
    """Return scheme, host and port of a parsed URL, as in `https://docs.example`.

    By string search, as `path_of` is: a parsed URL has one form, and a long sitemap asks a million times.
    """
    start = _path_start(url)
    return url if start < 0 else url[:start]


def authority_of(url: str) -> str:
    """Return host and port of a parsed URL as a Host header has them."""
    return origin_of(url).partition("://")[2]


def host_of(url: str) -> str:
    """Return the host of a parsed URL, without brackets or port."""
    return urlsplit(url).hostname or ""


def path_of(url: str) -> str:
    """Return the path of a parsed URL, without its query."""
    start = _path_start(url)
    return url[start:].partition("?")[0].partition("#")[0] if start >= 0 else ""


def last_part_of(url: str) -> str:
    """Return what a page is called that says no title itself: the last part of its path, or its host without one.

    `Untitled` where there is no URL, or a last part of blanks.
    """
    return " ".join(unquote(url.rstrip("/").rpartition("/")[2]).split()) or "Untitled"


def _path_start(url: str) -> int:
    return url.find("/", url.find("://") + 3)


def url_hash(url: str) -> str:
    """Return the hash that stands for a parsed URL in unique indexes: 32 hexadecimal digits."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


def is_loopback(url: str) -> bool:
    """Tell whether a URL's host is this machine, by its name alone."""
    host = host_of(url)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _authority(netloc: str) -> tuple[str, int | None]:
    """Split host and port by a pattern of our own: `urlsplit` lower-cases, which turns a Kelvin sign into a k."""
    match = _AUTHORITY.fullmatch(netloc)
    port = int(match[2]) if match and match[2] else None
    if match is None or (port or 0) > 65_535:
        raise InvalidUrl(f"{netloc!r} is not a host with or without a port.")
    return _host(_without_root(match[1])), port


def _host(host: str) -> str:  # noqa: PLR0911  # one return for each form of host
    if host.startswith("["):
        return _ipv6(host)
    if _OTHER_DOTS.search(host):
        return _refuse(host)
    try:
        name = host.lower() if host.isascii() else idna.encode(host).decode()
        for label in name.split("."):
            if label.startswith("xn--") and idna.encode(idna.decode(label)).decode() != label:
                return _refuse(host)
    except idna.IDNAError:  # IDNA 2008 without mapping: look-alike digits and invisible characters are refused
        return _refuse(host)
    if not _HOST.fullmatch(name):
        return _refuse(host)
    if _NUMBER_LABEL.fullmatch(name.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(name))  # only a.b.c.d: no octal, hexadecimal or short form
        except ValueError:
            return _refuse(host)
    return name


def _without_root(host: str) -> str:
    """Drop the dot that names the root of the DNS (RFC 1034 §3.1): the same host, but not behind an address."""
    name = host.removesuffix(".")
    return host if _NUMBER_LABEL.fullmatch(name.rpartition(".")[2].lower()) else name


def _ipv6(host: str) -> str:
    try:
        address = ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        return _refuse(host)
    return _refuse(host) if address.scope_id is not None else f"[{address}]"


def _refuse(host: str) -> str:
    raise InvalidUrl(f"{host!r} is not a host name or an address in its plain form.")


def _path(path: str) -> str:
    """Escape a path in one way and take dot segments out (RFC 3986 §5.2.4)."""
    escaped = _plain_escapes(quote(path, safe=_PATH_SAFE)) or "/"
    segments = escaped.split("/")[1:]
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    if _TRACKING.search(query):
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([pair for pair in pairs if not _TRACKING.fullmatch(pair[0])])
    return _plain_escapes(quote(query, safe=_QUERY_SAFE))


def _plain_escapes(text: str) -> str:
    """Decode the escapes of unreserved characters, write the others in upper case, escape a lone %."""
    text = _UNRESERVED.sub(lambda match: chr(int(match[1], 16)), text)
    text = _ESCAPE.sub(lambda match: match[0].upper(), text)
    return re.sub(r"%(?![0-9A-F]{2})", "%25", text)
