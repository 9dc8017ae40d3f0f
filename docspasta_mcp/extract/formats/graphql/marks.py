"""Tell a schema of GraphQL from other files, without a library."""

import re

_MARK = re.compile(
    r"^[ \t]*(?:extend[ \t]+)?(?:type|interface|input|enum|scalar|union)[ \t]+[A-Za-z_]|^[ \t]*directive[ \t]+@"
    r"|^[ \t]*(?:extend[ \t]+)?schema\b[^\n]*\{",
    re.MULTILINE,
)


def looks_like_schema(source: str) -> bool:
    """Tell whether a text defines a type of GraphQL, without parsing it; one of queries alone does not."""
    return bool(_MARK.search(source))
