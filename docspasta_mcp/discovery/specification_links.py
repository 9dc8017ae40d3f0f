"""Find the API specifications that a page shows: Swagger UI, Redoc, Scalar, RapiDoc, Stoplight Elements and the like.

Such a page is empty without its scripts, and its content is the specification. Some name it in a file beside them
(`swagger-initializer.js`), or in one that lists several (`swagger-config`).
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from docspasta_mcp.discovery.context_values import INITIALIZERS, is_initializer
from docspasta_mcp.discovery.links import base_url
from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.extract.dom import text_length
from docspasta_mcp.extract.paths import Paths
from docspasta_mcp.urls import join_url

MAX_NAMED = 50  # specifications of one page
MAX_VIEWER_TEXT = 400  # characters that a viewer's page shows without its scripts
MAX_SCRIPT = 500_000  # characters of a script that are looked through; those that start a viewer are short
_PLACES = Paths(
    "//script|//redoc|//*[contains(name(), '-')]|//@id[. = 'api-reference' or . = 'swagger-ui' or . = 'redoc']/.."
)
_ATTRIBUTES = ("spec-url", "specurl", "data-spec-url", "apidescriptionurl", "data-url", "document-url")
_IDS = ("api-reference", "swagger-ui", "redoc")
_VIEWERS = re.compile(
    r"Swagger-?UI|\bRedoc\b|\bScalar\b|rapi-?doc|elements-api|api-reference|openapi-explorer|AsyncApi", re.IGNORECASE
)
_FIELD = re.compile(
    r"(?<![\w.])[\"']?(?P<name>url|specUrl|spec-url|spec_url|configUrl|apiDescriptionUrl)[\"']?\s*[:=]\s*"
    r"[\"'`](?P<url>[^\"'`\s<>{}$\\]{1,2000})[\"'`]"
)
_INIT = re.compile(r"\bRedoc\.init\(\s*[\"'`](?P<url>[^\"'`\s<>{}$\\]{1,2000})[\"'`]")
_NO_SPECIFICATION = re.compile(r"\.(?:css|m?js|png|svg|ico|jpe?g|html?)$", re.IGNORECASE)
_SAMPLE = "petstore.swagger.io"  # what Swagger UI shows as long as nobody sets it up


def named_specifications(document: HtmlElement, url: str) -> tuple[str, ...]:
    """Return the URLs of the specifications that a parsed page shows, or of the files that name them.

    Args:
        document: the page, with its scripts.
        url: where it was found.
    """
    found: list[str] = []
    is_viewer = False
    for element in _PLACES(document):
        tag = str(element.tag)
        if "-" in tag or tag == "redoc" or element.get("id") in _IDS:
            found += filter(None, (element.get(name, "") for name in _ATTRIBUTES))
            found += _in_script(element.get("data-configuration", ""))
        is_viewer = is_viewer or element.get("id") == "swagger-ui"
        if element.tag == "script":
            source = element.get("src", "")
            if source.partition("?")[0].endswith(INITIALIZERS):
                found.append(source)
            text = (element.text or "")[:MAX_SCRIPT]
            if _VIEWERS.search(text):
                is_viewer = True
                found += _in_script(text)
    if is_viewer:
        asked = dict(parse_qsl(urlsplit(url).query))
        found = [*filter(None, (asked.get("configUrl"), asked.get("url"))), *found]
    return _absolute(found, base_url(document, url))


def is_viewer(document: HtmlElement) -> bool:
    """Tell whether a page that names a specification has nothing else to say: its text is next to none."""
    return text_length(document) <= MAX_VIEWER_TEXT


def specifications_in_file(text: str, url: str) -> tuple[str, ...]:
    """Return the specifications that a viewer's own script or configuration names; none if it is not such a file."""
    if is_initializer(url):
        return _absolute(_in_script(text[:MAX_SCRIPT]), url)
    try:
        config: Any = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(config, dict) or not ({"url", "urls", "configUrl"} & config.keys()):
        return ()
    fields = cast("dict[str, Any]", config)
    listed: Any = fields.get("urls")
    entries = cast("list[Any]", listed) if isinstance(listed, list) else []
    several = [cast("dict[str, Any]", one).get("url") for one in entries if isinstance(one, dict)]
    names = several or [fields.get("url"), fields.get("configUrl")]
    return _absolute([name for name in names if isinstance(name, str)], url)


def _in_script(text: str) -> Iterator[str]:
    """Yield what a script or a JSON attribute names; a list of specifications goes before a single one."""
    text = text.replace("\\/", "/")
    for pattern in (_FIELD, _INIT):
        for match in pattern.finditer(text):
            yield match["url"]


def _absolute(found: Iterable[str], base: str) -> tuple[str, ...]:
    urls: dict[str, None] = {}
    for reference in found:
        try:
            url = join_url(base, reference.partition("#")[0])
        except InvalidUrl:
            continue
        parts = urlsplit(url)
        is_sample = parts.hostname == _SAMPLE and urlsplit(base).hostname != _SAMPLE
        is_file = _NO_SPECIFICATION.search(parts.path) and not is_initializer(url)
        if not is_sample and not is_file and len(urls) < MAX_NAMED:
            urls[url] = None
    return tuple(urls)
