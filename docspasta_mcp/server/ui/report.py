"""What a crawl found and what it did not, and a manual as files."""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from docspasta_mcp.hosts.launch import Launch
from docspasta_mcp.jobs.coverage import EXAMPLES
from docspasta_mcp.jobs.export import ExportKind
from docspasta_mcp.jobs.pages import MAX_FAILURES
from docspasta_mcp.server.export_answer import export_answer
from docspasta_mcp.server.ui.desk import Desk
from docspasta_mcp.server.ui.guard import NotHere, viewing, visitor_of
from docspasta_mcp.server.ui.hosts import config_of, host_lines, system_of
from docspasta_mcp.server.ui.manual import about, manual_of
from docspasta_mcp.server.ui.templates import show

_EXPORTS = {kind.value: kind for kind in ExportKind}


def report_routes(desk: Desk, program: Launch | None) -> list[Route]:
    """Return the pages of a manual's coverage and downloads; `program` serves agents where this server does not."""

    async def coverage(request: Request) -> Response:
        pages, job = await manual_of(request, desk)
        facts = await about(request, desk, pages, job)
        left_out: dict[str, list[str]] = {}
        for one in await pages.left_out(job):
            left_out.setdefault(one.reason, []).append(one.url)
        return show(
            request, "coverage.html", **facts, tab="coverage", failures=await pages.failures(job),
            max_failures=MAX_FAILURES, skipped=await pages.skipped(job), languages=await pages.languages(job),
            left_out=[(reason, len(urls), urls[:EXAMPLES]) for reason, urls in sorted(left_out.items())],
        )  # fmt: skip

    async def downloads(request: Request) -> Response:
        pages, job = await manual_of(request, desk)
        facts = await about(request, desk, pages, job)
        launch = program if program and not request.state.public_url else Launch(url=f"{_base(request)}/mcp")
        needs_token = visitor_of(request).has_session
        hosts = host_lines(launch, needs_token=needs_token, system=system_of(request.headers.get("user-agent", "")))
        config = config_of(launch, needs_token=needs_token)
        return show(
            request, "downloads.html", **facts, tab="downloads", config=config, hosts=hosts, is_served=bool(launch.url),
            store_variable=launch.store_variable,
        )  # fmt: skip

    async def download(request: Request) -> Response:
        job_id, kind = request.path_params["id"], request.path_params["kind"]
        jobs = desk.jobs(request)
        await desk.pages(request).job(job_id)
        match kind:
            case "document.md":
                return _file(StreamingResponse(await jobs.document(job_id)), job_id, "md", "text/markdown")
            case "document.json":
                return _file(StreamingResponse(await jobs.json_document(job_id)), job_id, "json", "application/json")
            case "contents.md":
                return _file(Response(await jobs.contents(job_id)), f"{job_id}-contents", "md", "text/markdown")
            case str() if kind in _EXPORTS:
                return await export_answer(jobs, job_id, _EXPORTS[kind])
            case "coverage.md":
                return _file(Response(await jobs.coverage(job_id)), f"{job_id}-coverage", "md", "text/markdown")
            case _:
                raise NotHere(f"There is no download {kind!r:.40}. The manual's Downloads page lists them.")

    return [
        viewing("/ui/jobs/{id}/coverage", coverage),
        viewing("/ui/jobs/{id}/downloads", downloads),
        viewing("/ui/jobs/{id}/download/{kind}", download),
    ]


def _base(request: Request) -> str:
    return str(request.state.public_url or request.base_url).rstrip("/")


def _file(answer: Response, name: str, ending: str, media_type: str) -> Response:
    answer.headers["content-type"] = f"{media_type}; charset=utf-8"
    answer.headers["content-disposition"] = f'attachment; filename="docspasta-{name[:40]}.{ending}"'
    return answer
