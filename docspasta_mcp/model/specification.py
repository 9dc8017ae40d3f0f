"""The pages of a file that is read as many: of an API specification, and of a book. Each has a URL of its own.

A page's URL is the file's with the page's name as the parameter `openapi-page` or `epub-chapter`, so that it leads a
reader to the file.
"""

from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from docspasta_mcp.urls import path_of

PARAMETER = "openapi-page"
BOOK = "epub-chapter"
PARAMETERS = (PARAMETER, BOOK)
DATA_TYPES = (
    "application/json",
    "application/yaml",
    "application/x-yaml",
    "text/yaml",
    "text/x-yaml",
    "text/json",
    "application/vnd.oai.openapi",
    "application/vnd.oai.openapi+json",
    "application/openapi+json",
    "application/openapi+yaml",
    "application/vnd.aai.asyncapi",
    "application/vnd.aai.asyncapi+json",
    "application/vnd.aai.asyncapi+yaml",
    "application/graphql",
)
_GRAPHQL = (".graphql", ".graphqls", ".gql")
_SUFFIXES = (".json", ".yaml", ".yml", *_GRAPHQL)
_VAGUE = ("text/plain", "application/octet-stream", "binary/octet-stream", "")  # what servers call a YAML file
_NAMES = ("openapi", "swagger", "api-docs", "apidocs", "asyncapi")


def page_of(file: str, name: str, parameter: str = PARAMETER) -> str:
    """Return the URL of a page of a file; the overview, which has no name, is the file itself."""
    if not name:
        return file
    parts = urlsplit(file)
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=f"{query}{parameter}={quote(name, safe='/')}"))


def name_of(url: str) -> str:
    """Return the name of the page within its file; empty for an overview, and for all other pages."""
    if not any(one in url for one in PARAMETERS):
        return ""
    given = dict(parse_qsl(urlsplit(url).query))
    return next((given[one] for one in PARAMETERS if one in given), "")


def file_of(url: str) -> str:
    """Return the URL of the file that a page is read from."""
    name = name_of(url)
    if not name:
        return url
    parts = urlsplit(url)
    kept = [one for one in parts.query.split("&") if one.partition("=")[0] not in PARAMETERS]
    return urlunsplit(parts._replace(query="&".join(kept)))


def is_data_type(content_type: str) -> bool:
    """Tell whether a content type is one that specifications are sent with."""
    return content_type in DATA_TYPES


def may_be_specification(url: str, content_type: str) -> bool:
    """Tell whether a body is worth a look for a specification in it."""
    return is_data_type(content_type) or (content_type in _VAGUE and path_of(url).lower().endswith(_SUFFIXES))


def is_named_so(url: str) -> bool:
    """Tell whether a URL's name says that it is a specification, as llms.txt lists them among pages."""
    path = path_of(url).lower()
    is_schema = is_graphql_named(url) and "schema" in path
    return is_schema or (path.endswith(_SUFFIXES) and any(name in path for name in _NAMES))


def is_graphql_named(url: str) -> bool:
    """Tell whether a URL's name has an ending of GraphQL's."""
    return path_of(url).lower().endswith(_GRAPHQL)
