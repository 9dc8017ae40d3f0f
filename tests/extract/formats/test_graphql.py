"""Schemas of GraphQL as pages."""

import pytest

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.formats.graphql.marks import looks_like_schema
from docspasta_mcp.extract.formats.graphql.pages import pages_of

URL = "https://api.example.com/zoo.graphql"

ZOO = '''
"""The zoo, as its keepers see it."""
schema { query: Root mutation: Change }

"""Where all begins."""
type Root {
  """
  All animals.

  Sorted by name.
  """
  animals(
    "How many." first: Int = 10
    kind: Kind
  ): [Animal!]!
  keeper(id: ID!): Keeper @deprecated(reason: "Ask for animals.")
}
type Change { feed(input: FeedInput!): Animal }
interface Named { name: String! }
"""What lives here."""
type Animal implements Named @key(fields: "id") {
  id: ID!
  "What it is called."
  name: String!
  friends("Only so many." first: Int = 5): [Animal]
}
type Keeper implements Named { name: String! }
extend type Animal { legs: Int }
union Living = Animal | Keeper
enum Kind { "Big ones." LION @deprecated MOUSE }
input FeedInput { animal: ID!, amount: Float = 1.5 }
scalar DateTime @specifiedBy(url: "https://example.com/date")
directive @key(fields: String!) repeatable on OBJECT | INTERFACE
'''


def test_a_schema_becomes_an_overview_its_operations_and_a_page_for_each_kind_of_type() -> None:
    found = {page.name: page.markdown for page in pages_of(ZOO, URL)}
    assert list(found) == [
        "", "queries", "mutations", "objects", "interfaces", "unions", "enums", "input-objects", "scalars", "directives",
    ]  # fmt: skip
    assert found[""].startswith("# zoo (GraphQL schema)\n\nThe zoo, as its keepers see it.")
    assert "| query | `animals` | `[Animal!]!` | All animals. |" in found[""]
    assert "| mutation | `feed` | `Animal` |" in found[""]
    queries = found["queries"]
    assert "Where all begins." in queries
    assert (
        "## `animals` {#animals}\n\n```graphql\nanimals(first: Int = 10, kind: Kind): [Animal!]!\n```\n\nAll animals.\n\nSorted by name."
        in queries
    )
    assert "| `first` | `Int` | `10` | How many. |" in queries
    assert "**Deprecated.** Ask for animals." in queries
    animal = found["objects"].partition("## `Keeper`")[0]
    assert "## `Animal` {#Animal}\n\nImplements `Named`" in animal
    assert '`@key(fields: "id")`' in animal
    assert "| `name` | `String!` | What it is called. |" in animal
    assert "| `friends` | `[Animal]` | Arguments:<br>`first: Int = 5` Only so many. |" in animal
    assert "| `legs` | `Int` |" in animal  # by its extension
    assert "One of `Animal`, `Keeper`" in found["unions"]
    assert "| `LION` | **Deprecated.**<br>Big ones. |" in found["enums"]
    assert "| `MOUSE` |" in found["enums"]
    assert "| `amount` | `Float` | `1.5` |" in found["input-objects"]
    assert '`@specifiedBy(url: "https://example.com/date")`' in found["scalars"]
    assert "## `@key`\n\nOn `OBJECT`, `INTERFACE`, repeatable" in found["directives"]


def test_without_a_schema_definition_roots_have_their_usual_names() -> None:
    found = {page.name for page in pages_of("type Query { a: Int }\ntype Subscription { b: Int }", URL)}
    assert found == {"", "queries", "subscriptions"}


def test_what_is_no_schema_is_told() -> None:
    assert not looks_like_schema("query Animals { animals { name } }")
    assert not looks_like_schema("The type of a thing.\n")
    assert looks_like_schema(ZOO)
    with pytest.raises(PageRefused, match=r"valid GraphQL schema \(line ") as found:
        pages_of("type Query {\n  a: \n}", URL)
    assert found.value.reason == "unreadable"
    with pytest.raises(PageRefused):
        pages_of("type Query { a: " + "[" * 100_000, URL)
