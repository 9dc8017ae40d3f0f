"""The REST API's calls about the library: list and search the manuals, keep one, let it expire again."""

from collections.abc import Callable

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from docspasta_mcp.document.slices import DEFAULT_TOKENS
from docspasta_mcp.jobs.doc_list import Doc, DocList
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.model.folder import called
from docspasta_mcp.server.api_call import JOB_ID, TOKENS, Call, Parameter, tokens_of

_CURSOR = Parameter("cursor", "next_cursor of the answer before.")
_LIST_PARAMETERS = (
    Parameter("query", "Words that all stand in the title, address, version or language, or a URL in the manual."),
    _CURSOR,
)
_SEARCH_PARAMETERS = (
    Parameter("query", "A question, words, or an exact name."),
    Parameter(
        "docs",
        "Only this manual, by job id, title, host or URL; repeatable.",
        schema={"type": "array", "items": {"type": "string"}},
    ),
    Parameter("max_tokens", "Length of the answer.", schema=TOKENS),
    _CURSOR,
)


class ManualReference(BaseModel):
    """A manual that an answer is from."""

    job_id: str
    title: str
    site: str


class FoundPassages(BaseModel):
    """Passages for a question, best pages first."""

    text: str = Field(description="The passages as Markdown, each page with its source and how to read on.")
    passages: int = Field(description="How many are in the text.")
    matching: int = Field(description="How many match at all, of those that were ranked.")
    docs: list[ManualReference] = Field(description="The manuals that they are from.")
    searched: int = Field(description="Manuals that were searched.")
    next_cursor: str = Field(description="Leads to the next best; empty at the end.")


def library_calls(jobs_of: Callable[[Request], OwnerJobs]) -> list[Call]:
    """Return the calls; `jobs_of` returns the jobs of the owner who makes a request."""

    async def list_docs(request: Request) -> Response:
        given = request.query_params
        found = await jobs_of(request).library.docs(query=given.get("query", ""), cursor=given.get("cursor", ""))
        return JSONResponse(found.model_dump(mode="json"))

    async def search(request: Request) -> Response:
        given = request.query_params
        most = tokens_of(given.get("max_tokens"))
        found = await jobs_of(request).library.search(
            given.get("query", ""),
            [name for name in given.getlist("docs") if name],
            max_tokens=DEFAULT_TOKENS if most is None else most,
            cursor=given.get("cursor", ""),
        )
        sources = [ManualReference(job_id=one.job_id, title=one.name, site=called(one.site)) for one in found.manuals]
        answer = FoundPassages(
            text=found.text,
            passages=found.shown,
            matching=found.matching,
            docs=sources,
            searched=found.searched,
            next_cursor=found.next_cursor,
        )
        return JSONResponse(answer.model_dump(mode="json"))

    async def pin(request: Request) -> Response:
        return await _pinned(request, is_pinned=True)

    async def unpin(request: Request) -> Response:
        return await _pinned(request, is_pinned=False)

    async def _pinned(request: Request, *, is_pinned: bool) -> Response:
        doc = await jobs_of(request).library.pin(request.path_params["id"], is_pinned=is_pinned)
        return JSONResponse(doc.model_dump(mode="json"))

    return [
        Call("GET", "/api/v4/docs", list_docs, "List your manuals.", {200: DocList}, _LIST_PARAMETERS,
             noun="A list of manuals"),
        Call("GET", "/api/v4/search", search, "Search all manuals, or some.", {200: FoundPassages}, _SEARCH_PARAMETERS,
             noun="A search"),
        Call("POST", "/api/v4/jobs/{id}/pin", pin, "Keep a manual, whoever reads it.", {200: Doc}, (JOB_ID,)),
        Call("POST", "/api/v4/jobs/{id}/unpin", unpin, "Let a manual expire again.", {200: Doc}, (JOB_ID,)),
    ]  # fmt: skip
