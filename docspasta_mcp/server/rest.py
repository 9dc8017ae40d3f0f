"""The REST API: the same questions as the MCP tools, for scripts."""

from collections.abc import Awaitable, Callable

from pydantic import BaseModel
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from docspasta_mcp.document.slices import DEFAULT_TOKENS, ResultFormat
from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.jobs.export import ExportKind, export_kind
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.jobs.status import JobStatus, StartedCrawl
from docspasta_mcp.model.crawl_choices import CHOICES
from docspasta_mcp.server.api_call import JOB_ID, TOKENS, Call, Parameter, tokens_of
from docspasta_mcp.server.export_answer import export_answer
from docspasta_mcp.server.responses import read_model
from docspasta_mcp.server.wanted_crawl import WantedCrawl


class CrawlRequest(WantedCrawl):
    """The body of POST /api/v4/crawl."""

    force_refresh: bool = False
    dry_run: bool = False


Handler = Callable[[Request], Awaitable[Response]]


class JobList(BaseModel):
    """The newest jobs first."""

    jobs: list[JobStatus]


class Deleted(BaseModel):
    """How many jobs are gone, with all their pages."""

    deleted: int


_CONFIRM = Parameter("confirm", "`all`, so that nobody deletes everything by a slip.")
_RETRY_URL = Parameter("url", "Only this page; all that failed if left out.")
_FORMATS = ("markdown", "map", "coverage", "json")
_RESULT_PARAMETERS = (
    Parameter("format", "What to answer.", schema={"enum": list(_FORMATS)}),
    Parameter("max_tokens", "Length of the answer.", schema=TOKENS),
    Parameter("page", "A page to pick; repeatable.", schema={"type": "array", "items": {"type": "string"}}),
    Parameter("query", "Only what answers this question; also as a map."),
    Parameter("cursor", "The next part of an answer to query or at; its header Link leads there."),
    Parameter("at", "Read on from a page's heading, as in 12#transactions."),
    Parameter("since", "Only what changed since the document with this corpus_hash."),
    Parameter("if_not_hash", "One line if the document still has this corpus_hash."),
)

_MARKDOWN = "text/markdown; charset=utf-8"
_EXPORT_FORM = Parameter(
    "as",
    "The form: a Markdown file a page, llms.txt, llms-full.txt, an agent skill, passages as JSON Lines, a book.",
    schema={"enum": list(ExportKind), "default": "folder"},
)


def api_calls(jobs_of: Callable[[Request], OwnerJobs]) -> list[Call]:
    """Return the calls of the REST API; `jobs_of` returns the jobs of the owner who makes a request."""

    async def crawl(request: Request) -> Response:
        wanted = await read_model(request, CrawlRequest, example='{"url": "https://docs.example.com/"}')
        started = await jobs_of(request).start(
            wanted.url, force_refresh=wanted.force_refresh, dry_run=wanted.dry_run, **wanted.model_dump(include=CHOICES)
        )
        if wanted.dry_run:
            return JSONResponse(started.model_dump(mode="json"))
        location = {"Location": f"/api/v4/jobs/{started.job_id}"}
        return JSONResponse(started.model_dump(mode="json"), 202, location)

    async def list_jobs(request: Request) -> Response:
        return JSONResponse({"jobs": [status.model_dump(mode="json") for status in await jobs_of(request).list()]})

    async def delete_jobs(request: Request) -> Response:
        if request.query_params.get("confirm") != "all":
            raise InvalidRequest("This deletes every job you have. Call it with ?confirm=all if you mean it.")
        return JSONResponse({"deleted": await jobs_of(request).delete_all()})

    async def get_job(request: Request) -> Response:
        return JSONResponse((await jobs_of(request).status(request.path_params["id"])).model_dump(mode="json"))

    async def cancel_job(request: Request) -> Response:
        return JSONResponse((await jobs_of(request).cancel(request.path_params["id"])).model_dump(mode="json"))

    async def retry_job(request: Request) -> Response:
        status = await jobs_of(request).retry(request.path_params["id"], request.query_params.get("url", ""))
        return JSONResponse(status.model_dump(mode="json"), 202)

    async def delete_job(request: Request) -> Response:
        await jobs_of(request).delete(request.path_params["id"])
        return JSONResponse({"deleted": 1})

    def outdated(
        handler: Callable[[Request], Awaitable[Response]], successor: str
    ) -> Callable[..., Awaitable[Response]]:
        """Return a handler that names the call to use instead (RFC 9745, RFC 8288)."""

        async def answered(request: Request) -> Response:
            answer = await handler(request)
            path = f"/api/v4/jobs/{request.path_params['id']}/{successor}"
            answer.headers["Deprecation"] = _DEPRECATED_SINCE
            answer.headers["Link"] = f'<{path}>; rel="successor-version"'
            return answer

        return answered

    async def get_result(request: Request) -> Response:
        return await _result(request, jobs_of(request))

    async def get_export(request: Request) -> Response:
        kind = export_kind(request.query_params.get("as", "folder"))
        job_id = (await jobs_of(request).library.job(request.path_params["id"])).id
        return await export_answer(jobs_of(request), job_id, kind)

    status = {200: JobStatus}
    return [
        Call("POST", "/api/v4/crawl", crawl, "Start a crawl, or tell what it would read.",
             {202: StartedCrawl, 200: StartedCrawl}, body=CrawlRequest),
        Call("GET", "/api/v4/jobs", list_jobs, "List the newest jobs.", {200: JobList}),
        Call("DELETE", "/api/v4/jobs", delete_jobs, "Delete all jobs.", {200: Deleted}, (_CONFIRM,)),
        Call("POST", "/api/v4/jobs/{id}/cancel", cancel_job, "Stop a crawl and keep what was read.", status, (JOB_ID,)),
        Call("POST", "/api/v4/jobs/{id}/retry", retry_job, "Try failed pages again, and nothing else.",
             {202: JobStatus}, (JOB_ID, _RETRY_URL), noun="A retry"),
        Call("POST", "/api/v4/jobs/{id}/delete", delete_job, "Delete a job and its pages.", {200: Deleted}, (JOB_ID,)),
        Call("GET", "/api/v4/jobs/{id}/result", get_result, "Read a job's document.",
             {200: ("text/markdown", "application/json")}, (JOB_ID, *_RESULT_PARAMETERS), noun="A result"),
        Call("GET", "/api/v4/jobs/{id}/export", get_export, "Export a finished job's document.",
             {200: ("application/zip", "application/epub+zip", "text/plain", "application/jsonl")},
             (JOB_ID, _EXPORT_FORM), noun="An export"),
        Call("DELETE", "/api/v4/jobs/{id}/result", outdated(delete_job, "delete"), "Delete a job.", {200: Deleted},
             (JOB_ID,), deprecated=True),
        # after what lies below it: an id may be a URL, which has slashes
        Call("GET", "/api/v4/jobs/{id}", get_job, "Tell how a job stands.", status, (JOB_ID,)),
        Call("DELETE", "/api/v4/jobs/{id}", outdated(cancel_job, "cancel"), "Stop a crawl.", status, (JOB_ID,),
             deprecated=True),
    ]  # fmt: skip


_DEPRECATED_SINCE = "@1795910400"  # 2026-11-29, in seconds since 1970 as RFC 9745 writes it


def _choice(parameters: QueryParams) -> tuple[Choice, int | None, str | None]:
    """Read what of a document is wanted: `page` may be given several times."""
    most = tokens_of(parameters.get("max_tokens"))
    choice = Choice(
        tuple(name for name in parameters.getlist("page") if name),
        parameters.get("query", ""),
        parameters.get("since", ""),
        parameters.get("if_not_hash", ""),
        parameters.get("at", ""),
    )
    return choice, most, parameters.get("cursor") or None


async def _result(request: Request, jobs: OwnerJobs) -> Response:
    """Return a document, or what the parameters choose of it."""
    job_id = request.path_params["id"]
    choice, max_tokens, cursor = _choice(request.query_params)
    wanted = request.query_params.get("format", "markdown")
    if wanted not in _FORMATS:
        raise InvalidRequest(f"format is {wanted!r:.50}; give {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}.")
    choice.check(wanted, cursor)
    is_part = bool(choice.query or choice.at or cursor)
    if max_tokens is not None and not is_part:
        raise InvalidRequest("max_tokens is for a query's answer: give a query too, or leave it out.")
    if choice.if_not_hash and (unchanged := await jobs.unchanged(job_id, choice)):
        return Response(f"{unchanged}\n", media_type=_MARKDOWN)
    if is_part:
        size = DEFAULT_TOKENS if max_tokens is None else max_tokens
        form: ResultFormat = "map" if wanted == "map" else "markdown"
        part = await jobs.result(job_id, cursor=cursor, max_tokens=size, result_format=form, choice=choice)
        return Response(f"{part.text}\n", headers=_next_link(request, part.next_cursor), media_type=_MARKDOWN)
    match wanted:
        case "markdown":
            text = await jobs.document(job_id, choice, max_tokens=max_tokens)
            job_id = (await jobs.library.job(job_id)).id
            name = {"Content-Disposition": f'attachment; filename="docspasta-{job_id[:16]}.md"'}
            return StreamingResponse(text, media_type=_MARKDOWN, headers=name)
        case "map":
            return Response(await jobs.contents(job_id, choice), media_type=_MARKDOWN)
        case "coverage":
            return Response(await jobs.coverage(job_id), media_type=_MARKDOWN)
        case _:
            return StreamingResponse(await jobs.json_document(job_id), media_type="application/json")


def _next_link(request: Request, cursor: str | None) -> dict[str, str]:
    """Return the header that leads to the next part of an answer (RFC 8288), whatever a proxy calls this host.

    The cursor stands in the place of `at`, from where it leads on.
    """
    url = request.url.remove_query_params("at").include_query_params(cursor=cursor)
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'} if cursor else {}
