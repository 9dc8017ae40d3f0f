"""The page's templates: escaped by default, undefined names refused, static files named by what is in them."""

import hashlib
import time
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from docspasta_mcp import __version__
from docspasta_mcp.server.ui import words

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


class StaticPages(StaticFiles):
    """Style sheet and scripts; their URLs change with their content, so browsers keep them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a file that need not be asked for again."""
        answer = super().file_response(*args, **kwargs)
        answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer


@cache
def static_url(name: str) -> str:
    """Return the URL of a static file, with a digest of its content."""
    return f"/ui/static/{name}?{hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known: Any = environment  # its dictionaries have no types
    known.filters.update({**words.FILTERS, "ago": words.ago(time.time)})
    known.globals.update(static=static_url, version=__version__)
    return environment


def is_fragment(request: Request) -> bool:
    """Tell whether htmx asks for a fragment, and not for a page from the browser history."""
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers


def show(request: Request, name: str, http_status: int = 200, **values: Any) -> HTMLResponse:
    """Return a template, filled, as an answer."""
    return HTMLResponse(rendered(request, name, **values), http_status)


def rendered(request: Request, name: str, **values: Any) -> str:
    """Return a template, filled."""
    visitor = getattr(request.state, "visitor", None)
    csrf = visitor.csrf if visitor else request.state.sessions.open_csrf
    template = _environment().get_template(name)
    return template.render(request=request, visitor=visitor, csrf=csrf, path=request.url.path, **values)
