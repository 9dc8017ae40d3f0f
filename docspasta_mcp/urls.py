"""URLs as this package compares them: strict to parse, one spelling per page.

`parse_url` refuses instead of repairing: a host that two parsers could read differently is no host.
Whether an address may be dialled is not decided here but in `crawl.guard`.
"""

import hashlib
import ipaddress
import re
from posixpath import normpath
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urljoin, urlsplit

import idna

from docspasta_mcp.errors import InvalidUrl

MAX_URL_LENGTH = 2_000  # longer ones are traps or data, and do not fit an index
DEFAULT_PORTS = {"http": 80, "https": 443}

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_OTHER_DOTS = re.compile("[\u3002\uff0e\uff61]")  # IDNA takes them for dots, a reader may not
_NUMBER_LABEL = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_UNRESERVED = re.compile(r"%(2D|2E|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A])", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_TRACKING = re.compile(r"utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|_ga|_gl", re.IGNORECASE)
_PATH_SAFE = "/:@!$&'()*+,;=~%[]"
_QUERY_SAFE = _PATH_SAFE + "?"


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
        raise InvalidUrl(f"The URL {text!r} holds white space, a control character or a backslash.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise InvalidUrl(f"{text!r} is not a URL: {error}.") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise InvalidUrl(f"{text!r} is not an http:// or https:// URL.")
    if "@" in parts.netloc:
        raise InvalidUrl("A URL with a user name or password in it is not fetched.")
    if parts.netloc.endswith(":") or port == 0:
        raise InvalidUrl(f"{text!r} has no usable port.")
    host = _host(parts)
    netloc = host if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    query = _query(parts.query)
    url = f"{parts.scheme}://{netloc}{_path(parts.path)}{'?' + query if query else ''}"
    if len(url) > MAX_URL_LENGTH:  # escaping made it longer
        raise InvalidUrl(f"The URL is {len(url)} characters long when escaped; {MAX_URL_LENGTH} is the limit.")
    return url


def join_url(base: str, reference: str) -> str:
    """Return the absolute URL that `reference` names on the page `base`, in its one spelling.

    As browsers do, white space around the reference is dropped and spaces inside are escaped.

    Raises:
        InvalidUrl: see `parse_url`.
    """
    try:
        joined = urljoin(base, reference.strip(" \t\r\n\f").replace(" ", "%20"))
    except ValueError as error:
        raise InvalidUrl(f"{reference!r} is not a URL: {error}.") from error
    return parse_url(joined)


def origin_of(url: str) -> str:
    """Return scheme, host and port of a parsed URL, as in `https://docs.example`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def host_of(url: str) -> str:
    """Return the host of a parsed URL, without brackets or port."""
    return urlsplit(url).hostname or ""


def path_of(url: str) -> str:
    """Return the path of a parsed URL, without its query."""
    return urlsplit(url).path


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


def _host(parts: SplitResult) -> str:  # noqa: PLR0911  # one return for each form of host
    host = parts.hostname
    if not host:
        raise InvalidUrl(f"{parts.geturl()!r} has no host.")
    if "[" in parts.netloc:
        try:
            return f"[{ipaddress.IPv6Address(host)}]" if "%" not in host else _refuse(host)
        except ValueError:
            return _refuse(host)
    if not host.isascii():
        if _OTHER_DOTS.search(host):
            return _refuse(host)
        try:
            host = idna.encode(host).decode()  # IDNA 2008 without mapping: look-alike digits are refused
        except idna.IDNAError:
            return _refuse(host)
    if not _HOST.fullmatch(host):
        return _refuse(host)
    if _NUMBER_LABEL.fullmatch(host.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(host))  # only a.b.c.d: no octal, hexadecimal or short form
        except ValueError:
            return _refuse(host)
    return host


def _refuse(host: str) -> str:
    raise InvalidUrl(f"{host!r} is not a host name or an address in its plain form.")


def _path(path: str) -> str:
    escaped = _plain_escapes(quote(path, safe=_PATH_SAFE))
    if not any(segment in (".", "..") for segment in escaped.split("/")):
        return escaped or "/"
    is_directory = escaped.rsplit("/", 1)[1] in ("", ".", "..")
    clean = "/" + normpath(escaped).lstrip("/.")
    return clean + "/" if is_directory and clean != "/" else clean


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
