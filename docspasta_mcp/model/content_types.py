"""The content types of pages."""

HTML_TYPES = ("text/html", "application/xhtml+xml")
MARKDOWN_TYPES = ("text/markdown", "text/x-markdown", "text/plain")


def is_readable_type(content_type: str) -> bool:
    """Tell whether a body of this content type may be read as a page; a site may declare none."""
    return content_type in HTML_TYPES or content_type in MARKDOWN_TYPES or not content_type
