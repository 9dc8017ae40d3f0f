"""Home: the field for any page of a manual, with a look at what would be crawled, and the library below it."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from docspasta_mcp.errors import CallerError, InvalidRequest
from docspasta_mcp.model.crawl_choices import CHOICES
from docspasta_mcp.server.ui.desk import Desk
from docspasta_mcp.server.ui.guard import Form, changing, go_to, viewing, visitor_of
from docspasta_mcp.server.ui.templates import is_fragment, show

MAX_DIGITS = 6  # of the number of a page
_DECIMAL = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
_FOLDED = (
    "max_pages", "max_depth", "include", "exclude", "include_hosts", "version", "quality_threshold", "delay_seconds",
    "render", "notify_url", "force_refresh",
)  # fmt: skip
TO_TRY = (
    ("pytest", "https://docs.pytest.org/en/stable/"),
    ("htmx", "https://htmx.org/docs/"),
    ("Typer", "https://typer.tiangolo.com/"),
)


def home_routes(desk: Desk) -> list[Route]:
    """Return home, its dry run, and what can be done to a manual."""

    async def home(request: Request) -> Response:
        return await _home(request, desk, {"url": request.query_params.get("url", "")[:2_000]})

    async def preview(request: Request, form: Form) -> Response:
        if not is_fragment(request):
            return await _home(request, desk, form, looks=True)
        return show(request, "_preview.html", **await _looked(request, desk, form))

    async def start(request: Request, form: Form) -> Response:
        try:
            started = await desk.jobs(request).start(form.get("url", ""), **_options(form))
        except CallerError as error:
            return await _home(request, desk, form, problem=str(error))
        return go_to(request, f"/#job-{started.job_id}")

    async def card(request: Request) -> Response:
        return await _card(request, desk, request.path_params["id"])

    async def again(request: Request, _form: Form) -> Response:
        jobs = desk.jobs(request)
        job = await desk.pages(request).job(request.path_params["id"])
        choices = job.options.model_dump(include=CHOICES - {"notify_url"})
        started = await jobs.start(job.seed_url, force_refresh=True, **choices)
        return go_to(request, f"/#job-{started.job_id}")

    async def retry(request: Request, form: Form) -> Response:
        job_id = request.path_params["id"]
        await desk.jobs(request).retry(job_id, form.get("url", ""))
        desk.library.forget(visitor_of(request).owner, job_id)
        return go_to(request, f"/ui/jobs/{job_id}/coverage#failed")

    async def cancel(request: Request, _form: Form) -> Response:
        job_id = request.path_params["id"]
        await desk.jobs(request).cancel(job_id)
        desk.library.forget(visitor_of(request).owner, job_id)
        return await _card(request, desk, job_id) if is_fragment(request) else go_to(request, f"/#job-{job_id}")

    async def pin(request: Request, form: Form) -> Response:
        job = await desk.pages(request).job(request.path_params["id"])
        await desk.jobs(request).library.pin(job.id, is_pinned=form.get("pinned") == "yes")
        desk.library.forget(visitor_of(request).owner, job.id)
        return go_to(request, f"/ui/jobs/{job.id}")

    async def ask_delete(request: Request) -> Response:
        pages = desk.pages(request)
        job = await pages.job(request.path_params["id"])
        name = "_deleting.html" if is_fragment(request) else "deleting.html"
        manual = await desk.jobs(request).library.holding(job.id)
        return show(
            request, name, job_id=job.id, created_at=job.created_at, crawls=len(manual.editions),
            manual_title=await pages.title(job),
        )  # fmt: skip

    async def delete(request: Request, form: Form) -> Response:
        jobs, job_id = desk.jobs(request), request.path_params["id"]
        manual = await jobs.library.holding(job_id)
        is_all = form.get("crawls") == "all"
        for one in manual.editions if is_all else [one for one in manual.editions if one.job_id == job_id]:
            await jobs.delete(one.job_id)
            desk.library.forget(visitor_of(request).owner, one.job_id)
        return show(request, "_deleted.html") if is_fragment(request) else go_to(request, "/")

    return [
        viewing("/", home),
        viewing("/ui", home),
        changing("/ui/preview", preview),
        changing("/ui/crawl", start),
        viewing("/ui/jobs/{id}/card", card),
        changing("/ui/jobs/{id}/again", again),
        changing("/ui/jobs/{id}/retry", retry),
        changing("/ui/jobs/{id}/cancel", cancel),
        changing("/ui/jobs/{id}/pin", pin),
        viewing("/ui/jobs/{id}/delete", ask_delete),
        changing("/ui/jobs/{id}/delete", delete),
    ]


async def _home(request: Request, desk: Desk, form: Form, *, problem: str = "", looks: bool = False) -> Response:
    asked = request.query_params.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < MAX_DIGITS else 1
    owner, library = visitor_of(request).owner, desk.jobs(request).library
    shelf = await desk.library.shelf(owner, library, desk.pages(request), number=number)
    looked = await _looked(request, desk, form) if looks else {"started": None, "problem": problem}
    status = 400 if problem else 200
    return show(
        request, "home.html", status, shelf=shelf, form=form, to_try=TO_TRY, has_options=_has_options(form), **looked
    )


async def _looked(request: Request, desk: Desk, form: Form) -> dict[str, Any]:
    """Return what a dry run sees; nothing for an empty field, and what to do about a wrong one."""
    url = form.get("url", "").strip()
    if not url:
        return {"started": None, "problem": ""}
    try:
        started = await desk.jobs(request).start(url, **_options(form), dry_run=True)
    except CallerError as error:
        return {"started": None, "problem": str(error)}
    return {"started": started, "problem": ""}


async def _card(request: Request, desk: Desk, job_id: str) -> Response:
    owner, library = visitor_of(request).owner, desk.jobs(request).library
    tile = await desk.library.tile(owner, job_id, library, desk.pages(request))
    return show(request, "_tile.html", tile=tile, has_ended=False)


def _has_options(form: Form) -> bool:
    return any(form.get(name) for name in _FOLDED) or form.get("scope", "auto") != "auto"


def _options(form: Form) -> dict[str, Any]:
    return {
        "max_pages": _whole(form, "max_pages"),
        "max_depth": _whole(form, "max_depth"),
        "include": form.get("include", "").split(),
        "exclude": form.get("exclude", "").split(),
        "scope": form.get("scope") or "auto",
        "include_hosts": form.get("include_hosts", "").split(),
        "version": form.get("version", "").strip(),
        "quality_threshold": _whole(form, "quality_threshold"),
        "delay_seconds": _seconds(form, "delay_seconds"),
        "render": form.get("render") or None,
        "notify_url": form.get("notify_url", "").strip(),
        "force_refresh": form.get("force_refresh") == "on",
    }


def _seconds(form: Form, name: str) -> float:
    text = form.get(name, "").strip()
    if not text:
        return 0
    if not _DECIMAL.fullmatch(text):
        raise InvalidRequest(f"{name} is {text!r:.40}; give seconds, as in 0.5, or leave it empty.")
    return float(text)


def _whole(form: Form, name: str) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise InvalidRequest(f"{name} is {text!r:.40}; give a whole number, or leave it empty.")
    return int(text)
