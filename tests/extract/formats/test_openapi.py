"""API specifications as pages: what a reader of the Markdown finds, for OpenAPI 2, 3.0 and 3.1."""

import json
from typing import Any

import pytest

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.formats.openapi.layout import MAX_PAGE, SpecificationPage
from docspasta_mcp.extract.formats.openapi.pages import pages_of
from docspasta_mcp.extract.formats.openapi.parse import looks_like_specification, parse_document
from docspasta_mcp.extract.formats.openapi.references import MAX_REFERENCES, other_files

URL = "https://api.example.com/v1/openapi.yaml"

SHOP = """
openapi: 3.1.0
info:
  title: Shop
  version: 1.2.0
  description: |
    # Getting started
    Ask for a key.
  license: {name: MIT, url: https://example.com/mit}
servers:
  - url: https://{region}.example.com
    description: Live
    variables: {region: {default: eu, enum: [eu, us]}}
tags:
  - {name: orders, description: Everything about orders.}
  - name: pets
security: [{key: []}]
paths:
  /pets/{petId}:
    parameters:
      - {name: petId, in: path, required: true, schema: {type: integer, format: int64, minimum: 1}}
    get:
      operationId: getPet
      summary: Get a pet
      tags: [pets]
      parameters:
        - {name: view, in: query, description: How much., schema: {type: string, enum: [full, short], default: short}}
      responses:
        200:
          description: The pet
          headers: {X-Rate: {schema: {type: integer}, description: Calls left}}
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Pet'}
              examples: {cat: {summary: A cat, value: {name: Tom, kind: cat}}}
        404: {description: No such pet}
    delete:
      operationId: deletePet
      deprecated: true
      tags: [pets]
      security: []
      responses: {'204': {description: Gone}}
  /orders:
    post:
      operationId: placeOrder
      tags: [orders, pets]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [pet]
              properties:
                pet: {$ref: '#/components/schemas/Pet'}
                lines:
                  type: array
                  items: {type: object, properties: {count: {type: integer, maximum: 9, description: How many}}}
                note: {type: [string, 'null'], maxLength: 80}
      responses: {'201': {description: Placed}}
      callbacks:
        onShipped:
          '{$request.body#/url}':
            post:
              requestBody: {content: {application/json: {schema: {type: string}}}}
              responses: {'200': {description: Heard}}
  /health:
    get: {summary: Are you there?, responses: {default: {description: Yes}}}
webhooks:
  petAdded:
    post: {operationId: onPetAdded, summary: A pet was added, responses: {'200': {description: ok}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key, description: From your account}
    login:
      type: oauth2
      flows: {authorizationCode: {authorizationUrl: https://a/x, tokenUrl: https://a/t, scopes: {read: Look around}}}
  schemas:
    Pet:
      description: What is sold.
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat'}}
    Animal:
      type: object
      required: [name]
      properties: {name: {type: string, examples: [Tom]}, parent: {$ref: '#/components/schemas/Animal'}}
    Cat:
      allOf:
        - $ref: '#/components/schemas/Animal'
        - {type: object, properties: {lives: {type: integer, default: 9}}}
    Dog: {allOf: [{$ref: '#/components/schemas/Animal'}]}
"""


def pages(source: str, **others: str) -> dict[str, SpecificationPage]:
    files = {URL: parse_document(source)}
    files.update({f"https://api.example.com/v1/{name}.yaml": parse_document(text) for name, text in others.items()})
    return {page.name: page for page in pages_of(URL, files)}


def section(markdown: str, heading: str) -> str:
    """Return what is below a heading up to the next of its level."""
    level = heading.split(" ", maxsplit=1)[0]
    return markdown.partition(f"{heading}\n")[2].partition(f"\n{level} ")[0]


def test_a_specification_becomes_an_overview_a_page_a_tag_webhooks_and_schemas() -> None:
    found = pages(SHOP)
    assert list(found) == ["", "tag/orders", "tag/pets", "tag/Other operations", "webhooks", "schemas"]
    overview = found[""].markdown
    assert overview.startswith("# Shop\n\nVersion 1.2.0\n\n## Getting started\nAsk for a key.\n")
    assert "| `https://{region}.example.com` | Live<br>`{region}`<br>One of `eu`, `us`; Default `eu` |" in overview
    assert "| `key` | API key in header `X-Key` | From your account |" in overview
    assert "authorization code flow: authorize at `https://a/x`, token from `https://a/t`" in overview
    assert "| `read` | Look around |" in overview
    assert "| `GET` | `/pets/{petId}` | Get a pet | pets |" in overview
    assert "Everything about orders." in found["tag/orders"].markdown


def test_an_operation_has_heading_anchor_parameters_responses_and_examples() -> None:
    told = section(pages(SHOP)["tag/pets"].markdown, "## `GET /pets/{petId}` Get a pet {#getPet}")
    assert "| `petId` | path | integer (int64) | yes | At least `1` |" in told
    assert "| `view` | query | string |  | How much.<br>One of `full`, `short`; default `short` |" in told
    assert "#### `200` The pet" in told
    assert "| `X-Rate` | integer | Calls left |" in told
    assert "`application/json`: Pet" in told
    assert 'Example: A cat:\n\n```json\n{\n  "name": "Tom",\n  "kind": "cat"\n}\n```' in told
    assert "| `404` | No such pet |" in told
    assert "Authentication: `key`" in told
    gone = section(pages(SHOP)["tag/pets"].markdown, "## `DELETE /pets/{petId}` {#deletePet}")
    assert "**Deprecated.**" in gone
    assert "Authentication: none" in gone


def test_a_body_opens_what_has_no_name_and_names_the_rest() -> None:
    told = pages(SHOP)["tag/orders"].markdown
    assert "### Request body (required)" in told
    assert "| `pet` | Pet | yes | What is sold. |" in told
    assert "| `lines[].count` | integer |  | How many<br>At most `9` |" in told
    assert "| `note` | string or null |  | At most `80` characters |" in told
    assert "### Callback `onShipped`\n\n#### `POST {$request.body#/url}`" in told


def test_schemas_say_what_they_are_made_of_and_circles_end() -> None:
    told = pages(SHOP)["schemas"].markdown
    assert "Type: one of: Cat, Dog" in section(told, "## Pet")
    assert "`kind` tells them apart (`cat`: Cat)." in section(told, "## Pet")
    assert "| `parent` | Animal |" in section(told, "## Animal")
    cat = section(told, "## Cat")
    assert "Type: Animal and more fields" in cat
    assert "| `name` | string | yes | For example `Tom` |" in cat
    assert "| `lives` | integer |  | Default `9` |" in cat


def test_json_and_yaml_give_the_same_pages_each_time() -> None:
    as_json = json.dumps(parse_document(SHOP))
    assert pages(SHOP) == pages(as_json) == pages(as_json)


def test_openapi_2_is_told_as_3_is() -> None:
    found = pages("""
swagger: '2.0'
info: {title: Old, version: '1'}
host: old.example.com
basePath: /v2
schemes: [https]
consumes: [application/json]
produces: [application/json]
securityDefinitions:
  basic: {type: basic}
  auth: {type: oauth2, flow: accessCode, authorizationUrl: https://a/x, tokenUrl: https://a/t, scopes: {r: Read}}
paths:
  /pets:
    post:
      operationId: addPet
      parameters:
        - {in: body, name: body, required: true, schema: {$ref: '#/definitions/Pet'}}
        - {in: query, name: dry, type: boolean, default: false}
      responses: {200: {description: Added, schema: {type: array, items: {$ref: '#/definitions/Pet'}}}}
  /photo:
    put:
      parameters: [{in: formData, name: file, type: file, required: true, description: The picture}]
      responses: {204: {description: Kept}}
definitions:
  Pet: {type: object, properties: {name: {type: string}}}
""")
    assert "| `https://old.example.com/v2` |" in found[""].markdown
    assert "| `basic` | HTTP basic |" in found[""].markdown
    assert "authorization code flow: authorize at `https://a/x`" in found[""].markdown
    told = found["tag/Operations"].markdown
    assert "### Request body (required)\n\n`application/json`: Pet" in told
    assert "| `dry` | query | boolean | Default `false` |" in told
    assert "`application/json`: array of Pet" in told
    assert "`multipart/form-data`: object" in told
    assert "| `file` | file | yes | The picture |" in told
    assert "## Pet" in found["schemas"].markdown


def test_other_files_are_followed_and_what_they_lack_is_told() -> None:
    source = """
openapi: 3.0.0
info: {title: Parts, version: 1}
paths:
  /a: {$ref: 'paths.yaml#/a'}
  /b: {get: {responses: {200: {description: ok, content: {application/json: {schema: {$ref: 'gone.yaml#/X'}}}}}}}
"""
    parts = """
a: {get: {operationId: readA, responses: {200: {description: ok, content: {text/plain: {schema: {$ref: '#/Line'}}}}}}}
Line: {type: object, properties: {next: {$ref: '#/Line'}}}
"""
    assert other_files(parse_document(source), URL) == [
        "https://api.example.com/v1/paths.yaml",
        "https://api.example.com/v1/gone.yaml",
    ]
    found = pages(source, paths=parts)
    assert "## `GET /a` {#readA}" in found["tag/Operations"].markdown
    assert "| `next` | Line |" in section(found["schemas"].markdown, "## Line")
    assert "## What is missing" in found[""].markdown
    assert "- `https://api.example.com/v1/gone.yaml#/X`" in found[""].markdown


def test_a_chain_of_references_that_leads_to_itself_ends() -> None:
    found = pages("""
openapi: 3.0.0
info: {title: Round, version: 1}
paths: {/a: {get: {responses: {200: {$ref: '#/components/responses/A'}}}}}
components:
  responses: {A: {$ref: '#/components/responses/B'}, B: {$ref: '#/components/responses/A'}}
  schemas:
    A: {allOf: [{$ref: '#/components/schemas/A'}]}
    B: {properties: {b: {type: object, properties: {c: {$ref: '#/components/schemas/B/properties/b'}}}}}
""")
    assert "## `GET /a`" in found["tag/Operations"].markdown
    assert "## B" in found["schemas"].markdown


def test_references_are_bounded() -> None:
    many = [{"$ref": f"#/components/parameters/P{number}"} for number in range(MAX_REFERENCES + 10)]
    found = pages_of(
        URL,
        {
            URL: {
                "openapi": "3.0.0",
                "info": {"title": "Many", "version": "1"},
                "paths": {"/a": {"get": {"parameters": many}}, "/b": {"get": {"operationId": "b"}}},
                "components": {
                    "parameters": {f"P{n}": {"name": "p", "in": "query"} for n in range(MAX_REFERENCES + 10)}
                },
            }
        },
    )
    assert "There are more references than are followed" in found[0].markdown
    assert "## `GET /b` {#b}" in found[1].markdown


def test_a_long_tag_goes_on_on_a_second_page() -> None:
    operations = {
        f"/{number}": {"get": {"tags": ["all"], "description": "x" * 10_000, "responses": {}}} for number in range(100)
    }
    found = pages(json.dumps({"openapi": "3.0.0", "info": {"title": "T"}, "paths": operations}))
    assert list(found) == ["", "tag/all", "tag/all/2", "tag/all/3"]
    assert found["tag/all/2"].title == "all (2)"
    assert all(len(page.markdown) <= MAX_PAGE + 10_200 for page in found.values())
    assert sum(page.markdown.count("\n## `GET /") for page in found.values()) == 100


def test_many_operations_without_tags_are_split_by_their_paths() -> None:
    paths = {f"/{name}/{number}": {"get": {}} for name in ("users", "teams") for number in range(30)}
    found = pages(json.dumps({"openapi": "3.0.0", "info": {"title": "T"}, "paths": paths}))
    assert list(found) == ["", "tag/users", "tag/teams"]


@pytest.mark.parametrize(
    "broken",
    [
        {"paths": {"/a": {"get": {"parameters": "no", "responses": [1], "tags": [{}], "requestBody": 3}}}},
        {"paths": {"/a": {"get": {"responses": {"200": None, "201": {"content": {"a/b": None}}}}}}},
        {"paths": [], "tags": 3, "servers": {"a": 1}, "components": {"schemas": {"A": [], "B": None, "C": True}}},
        {"paths": {"/a": {"$ref": 3}, "/b": None}, "info": []},
        {"paths": {"/a": {"get": {"responses": {"200": {"$ref": "#/a/b/0/~1"}}}}}, "security": [3, None]},
    ],
)
def test_what_is_not_as_it_should_be_harms_nothing_else(broken: dict[str, Any]) -> None:
    whole = {**broken, "openapi": "3.0.0"}
    whole["paths"] = (
        {**broken["paths"], "/ok": {"get": {"operationId": "ok"}}} if broken["paths"] else {"/ok": {"get": {}}}
    )
    assert any("`GET /ok`" in page.markdown for page in pages_of(URL, {URL: whole}))


def test_yaml_is_read_as_yaml_1_2_and_builds_nothing() -> None:
    read = parse_document(
        "a: &x {on: no, 200: 2020-01-01, f: 1.50}\nb: {<<: *x, f: 1e3}\nc: !!python/object/apply:os.system [ls]\nd: 0x1F"
    )
    assert read["a"] == {"on": "no", "200": "2020-01-01", "f": 1.5}
    assert read["b"] == {"on": "no", "200": "2020-01-01", "f": 1000.0}
    assert read["c"] is None
    assert read["d"] == "0x1F"


def test_a_yaml_value_that_holds_itself_is_told_without_end() -> None:
    found = pages("""
openapi: 3.0.0
info: {title: Knot, version: 1}
paths: {/a: {get: {responses: {200: {description: ok, content: {a/json: {schema: &s {properties: {me: *s}}, example: &e {e: *e}}}}}}}}
""")
    assert "| `me` |" in found["tag/Operations"].markdown


@pytest.mark.parametrize("source", ["[" * 100_000, "{" * 2_000 + "}" * 2_000, "- " * 1_000 + "a"])
def test_deep_nesting_is_refused(source: str) -> None:
    with pytest.raises(PageRefused, match=r"nested|neither"):
        parse_document(source)


def test_what_is_no_json_or_yaml_is_refused() -> None:
    with pytest.raises(PageRefused, match=r"^It is neither valid JSON nor valid YAML \(line 2\)\.$"):
        parse_document("a: [b\nc: }")


def test_other_files_are_told_from_specifications() -> None:
    assert looks_like_specification('{"info":{},"openapi":"3.0.1","paths":{}}')
    assert looks_like_specification("# API\nswagger: '2.0'\n")
    assert not looks_like_specification('{"name": "swagger", "version": "2.0"}')
    assert not pages_of(URL, {URL: {"openapi": "1.0"}})
