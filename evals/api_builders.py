"""Build sites that show an API specification: Redoc and Swagger UI, whose pages hold nothing but the viewer's scripts.

Each page of the manual is a tag, with the page's blocks as its description and two operations of its own. The truth is
made of the same facts, not of the specification's Markdown.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from evals.builders import FURNITURE, page_truth
from evals.corpus import Page
from evals.manual import MANUAL
from evals.markdown_writer import Markdown
from evals.tools import node_folder
from evals.truth import PageTruth, SiteTruth

_FILE = "openapi.json"
_REDOC = """<!DOCTYPE html><html><head><title>Tarn</title></head><body><redoc spec-url="openapi.json"></redoc>
<script src="redoc.standalone.js"></script></body></html>
"""
_SWAGGER = """<!DOCTYPE html><html><head><title>Swagger UI</title><link rel="stylesheet" href="swagger-ui.css"></head>
<body><div id="swagger-ui"></div><script src="swagger-ui-bundle.js"></script>
<script src="swagger-ui-standalone-preset.js"></script><script src="swagger-initializer.js"></script></body></html>
"""
_INITIALIZER = """window.onload = function () {
  window.ui = SwaggerUIBundle({
    url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset], layout: "StandaloneLayout",
  });
};
"""
_LABELS = (
    "Parameters", "Responses", "Request body (required)", "Name In Type Description Required", "Status Description",
    "Field Type Required Description", "application/json", "object", "array of", "Example", "Default", "bash", "yes",
    "At least", "At most", "Number", "One of", "Version", "Pages", "Operations", "Method Path Summary Tag",
)  # fmt: skip


class _Linked(Markdown):
    """Markdown whose links lead to the site."""

    def link(self, target: str) -> str:
        """Return a link that leads somewhere."""
        return target if "://" in target else f"https://docs.example/{target}"


def _noun(page: Page) -> str:
    return page.slug.rpartition("/")[2].replace("-", " ")


def _operations(page: Page) -> dict[str, Any]:
    """Return the two operations of a page, by path and method."""
    noun, path = _noun(page), f"/{page.slug}"
    listing = {
        "tags": [page.title],
        "operationId": f"list-{page.slug.replace('/', '-')}",
        "summary": f"List all {noun} records",
        "description": f"Records about {noun} come in the order of their keys.",
        "parameters": [
            {"name": "limit", "in": "query", "description": f"How many {noun} records.",
             "schema": {"type": "integer", "default": 50}},
            {"name": "X-Trace", "in": "header", "description": "Named in the log.", "schema": {"type": "string"}},
        ],
        "responses": {
            "200": {"description": f"The {noun} records.", "content": {"application/json": {
                "schema": {"type": "array", "items": {"type": "object"}}, "example": [{"key": noun, "size": 3}]}}},
            "404": {"description": f"No {noun} is kept."},
        },
        "x-codeSamples": [{"lang": "bash", "source": f"curl --get \\\n    https://tarn.example{path}"}],
    }  # fmt: skip
    fields = {
        "name": {"type": "string", "description": f"What the {noun} is called."},
        "mode": {"type": "string", "description": "How it is opened.", "enum": ["read", "write"]},
    }
    making = {
        "tags": [page.title],
        "operationId": f"make-{page.slug.replace('/', '-')}",
        "summary": f"Make a {noun}",
        "description": f"A {noun} that is there already stays as it is.",
        "requestBody": {"description": "What to make.", "required": True, "content": {"application/json": {
            "schema": {"type": "object", "required": ["name"], "properties": fields}}}},
        "responses": {"201": {"description": f"The {noun} was made."}},
    }  # fmt: skip
    return {path: {"get": listing, "post": making}}


def _truth(page: Page, writer: Markdown) -> PageTruth:
    path = f"{_FILE}?openapi-page={quote(f'tag/{page.title}', safe='/')}"
    truth = page_truth(page, writer.visible(page), path, _FILE)
    (operations,) = _operations(page).values()
    for method, one in operations.items():
        heading = f"{method.upper()} /{page.slug} {one['summary']} {{#{one['operationId']}}}"
        truth.headings.append(heading)
        truth.text += [heading, one["description"]]
        for parameter in one.get("parameters", ()):
            cells = [parameter["name"], parameter["in"], parameter["schema"]["type"]]
            truth.cells += cells
            truth.text += [*cells, parameter["description"], str(parameter["schema"].get("default", ""))]
        for status, response in one["responses"].items():
            truth.text += [status, response["description"]]
            for media in response.get("content", {}).values():
                example = json.dumps(media["example"], indent=2)
                truth.codes.append((example, "json"))
                truth.text.append(example)
        for sample in one.get("x-codeSamples", ()):
            truth.codes.append((sample["source"], sample["lang"]))
            truth.text.append(sample["source"])
        body = one.get("requestBody")
        if body is not None:
            truth.text.append(body["description"])
            for name, field in body["content"]["application/json"]["schema"]["properties"].items():
                truth.cells += [name, field["type"]]
                truth.text += [name, field["type"], field["description"], *field.get("enum", ())]
    truth.optional += _LABELS * 2
    truth.optional_headings += ["Parameters", "Responses", "Request body (required)", *(f"{n} The" for n in (200, 201))]
    truth.optional_headings += [f"200 The {_noun(page)} records.", f"404 No {_noun(page)} is kept."]
    return truth


def _overview(writer: Markdown) -> PageTruth:
    start = replace(MANUAL.start, title=MANUAL.title)
    truth = page_truth(start, writer.visible(start), _FILE, _FILE)
    truth.text.append("4.2.0")
    truth.optional += [*_LABELS, *(page.title for page in MANUAL.pages for _ in range(4))]
    for page in MANUAL.pages[1:]:
        (operations,) = _operations(page).values()
        for method, one in operations.items():
            cells = [method.upper(), f"/{page.slug}", one["summary"], page.title]
            truth.cells += cells
            truth.text += cells
    truth.optional_headings += ["Pages", "Operations"]
    return truth


def _specification(writer: Markdown) -> dict[str, Any]:
    pages = MANUAL.pages[1:]
    paths: dict[str, Any] = {}
    for page in pages:
        paths |= _operations(page)
    return {
        "openapi": "3.1.0",
        "info": {"title": MANUAL.title, "version": "4.2.0",
                 "description": writer.blocks(writer.visible(MANUAL.start))},
        "tags": [{"name": page.title, "description": writer.blocks(writer.visible(page))} for page in pages],
        "paths": paths,
    }  # fmt: skip


def api(viewer: str) -> Callable[[Path, Path], SiteTruth]:
    """Return the builder of a site that shows the specification with Redoc or Swagger UI."""

    def build(work: Path, site: Path) -> SiteTruth:
        html, modules = site / "html", node_folder(work, "browser") / "node_modules"
        shutil.rmtree(html, ignore_errors=True)
        html.mkdir(parents=True)
        writer = _Linked()
        (html / _FILE).write_text(json.dumps(_specification(writer), indent=1))
        if viewer == "redoc":
            shutil.copy(modules / "redoc/bundles/redoc.standalone.js", html)
            (html / "index.html").write_text(_REDOC)
        else:
            for name in ("swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"):
                shutil.copy(modules / "swagger-ui-dist" / name, html)
            (html / "swagger-initializer.js").write_text(_INITIALIZER)
            (html / "index.html").write_text(_SWAGGER)
        pages = [_overview(writer), *(_truth(page, writer) for page in MANUAL.pages[1:])]
        return SiteTruth(site.name, viewer, str(html), pages, [MANUAL.title, MANUAL.footer, *FURNITURE])

    return build
