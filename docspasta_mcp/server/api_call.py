"""One call of the REST API: its handler, and what its description in `/openapi.json` says."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a path or a query. `schema` is JSON Schema; a repeatable one is an array."""

    name: str
    about: str
    where: str = "query"
    schema: dict[str, object] = field(default_factory=lambda: dict[str, object](type="string"))


JOB_ID = Parameter("id", "The job's id.", "path")


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one path. `answers` are models or media types by status; errors are described for all alike."""

    method: str
    path: str
    handler: Callable[[Request], Awaitable[Response]]
    summary: str
    answers: Mapping[int, type[BaseModel] | tuple[str, ...]]
    parameters: tuple[Parameter, ...] = ()
    body: type[BaseModel] | None = None
    deprecated: bool = False

    def route(self) -> Route:
        """Return the route that serves it."""
        return Route(self.path, self.handler, methods=[self.method])
