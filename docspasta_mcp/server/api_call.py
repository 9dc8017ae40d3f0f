"""One call of the REST API: its handler, and what its description in `/openapi.json` says."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel
from starlette.convertors import Convertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from docspasta_mcp.document.slices import MAX_TOKENS, MIN_TOKENS
from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.server.argument_names import unknown_name
from docspasta_mcp.wording import AT_THE_DOOR, REST


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a path or a query. `schema` is JSON Schema; a repeatable one is an array."""

    name: str
    about: str
    where: str = "query"
    schema: dict[str, object] = field(default_factory=lambda: dict[str, object](type="string"))


class _JobName(Convertor[str]):
    """What stands for a job in a path: an id, or a URL, whose slashes are slashes by the time that it is matched."""

    regex = "[^/]+|https?:/.+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("job", _JobName())
JOB_ID = Parameter(
    "id", "The job's id, its first six characters or more, or the title or a URL of its manual, escaped.", "path"
)
TOKENS: dict[str, object] = {"type": "integer", "minimum": MIN_TOKENS, "maximum": MAX_TOKENS}


def tokens_of(given: str | None) -> int | None:
    """Return the number that a parameter has, None if it is not given; its range is checked where it is used.

    Raises:
        InvalidRequest: it is not a number.
    """
    if given is not None and not (given.isascii() and given.isdecimal()):
        raise InvalidRequest(f"max_tokens is {given:.50}; give {MIN_TOKENS} to {MAX_TOKENS}.")
    return None if given is None else int(given[:9])


def check_names(request: Request, parameters: Iterable[Parameter], whose: str) -> None:
    """Raise unless all parameters of a request's query are among these.

    Raises:
        InvalidRequest: one is not known.
    """
    known = [parameter.name for parameter in parameters]
    if unknown := sorted(set(request.query_params) - set(known)):
        raise InvalidRequest(unknown_name(whose, "parameter", unknown[0], known))


class _Door:
    """Lets answers, also those that are streamed, name calls of the REST API for what comes next."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = AT_THE_DOOR.set(REST)
        try:
            await self._app(scope, receive, send)
        finally:
            AT_THE_DOOR.reset(door)


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one path. `answers` are models or media types by status; errors are described for all alike.

    Parameters of the query that it does not have are refused, as those of `noun`.
    """

    method: str
    path: str
    handler: Callable[[Request], Awaitable[Response]]
    summary: str
    answers: Mapping[int, type[BaseModel] | tuple[str, ...]]
    parameters: tuple[Parameter, ...] = ()
    body: type[BaseModel] | None = None
    deprecated: bool = False
    noun: str = "This call"

    def route(self) -> Route:
        """Return the route that serves it."""

        async def checked(request: Request) -> Response:
            check_names(request, [one for one in self.parameters if one.where == "query"], self.noun)
            return await self.handler(request)

        path = self.path.replace("{id}", "{id:job}")
        return Route(path, checked, methods=[self.method], middleware=[Middleware(_Door)])
