"""MyST, the Markdown of Sphinx: what it adds to Markdown is read as a reader would see it."""

import pytest

from docspasta_mcp.extract.markdown_pages import read_plain


def read(source: str) -> str:
    return read_plain(source, "https://docs.example/guide/page.md", is_markdown=True).markdown


def test_a_target_before_the_title_does_not_hide_it() -> None:
    plain = read_plain("(how)=\n\n# How it works\n\nText.\n", "https://docs.example/how.md", is_markdown=True)
    assert (plain.title, plain.markdown) == ("How it works", "# How it works\n\nText.\n")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{class}`~pkg.mod.Thing` and {func}`run`", "`Thing` and `run`"),
        ("{py:meth}`Thing.run`", "`Thing.run`"),
        ("{ref}`the start <start>`, {term}`word`", "the start, word"),
        ("{doc}`Overview <overview>`", "[Overview](https://docs.example/guide/overview.md)"),
        ("{math}`x^2`", "$x^2$"),
        ("`{doc}` is a role", "`{doc}` is a role"),
        ("a set {a}, and `code`", "a set {a}, and `code`"),
        ("Call `/users/{id}` and then `/users/{id}/posts`.", "Call `/users/{id}` and then `/users/{id}/posts`."),
        ("{func}`run` of `/a/{b}`, {func}`go`", "`run` of `/a/{b}`, `go`"),
        (
            "| m | p |\n|---|---|\n| `GET` | `/p/{id}` |\n| `PUT` | `/p/{id}` |",
            "| m | p |\n|---|---|\n| `GET` | `/p/{id}` |\n| `PUT` | `/p/{id}` |",
        ),
        ("{ref}`two\nlines <x>`", "two lines"),
        ("{func}`run`\n\n:::note\nMind it.\n:::", "`run`\n\n:::note\nMind it.\n:::"),
    ],
)
def test_roles_are_what_they_show(source: str, expected: str) -> None:
    assert read(f"# T\n\n{source}\n") == f"# T\n\n{expected}\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("```{note}\nTake {func}`care`.\n```", "> **Note**\n>\n> Take `care`."),
        ("```{admonition} Mind\n:class: tip\n\nIt.\n```", "> **Mind**\n>\n> It."),
        ("```{versionadded} 2.0\n```", "> **Added in version 2.0**"),
        ("```{code-block} python\n:caption: x\n:linenos:\n\na  =  1\n```", "```python\na  =  1\n```"),
        ("```{code-cell}\n---\ntags: [x]\n---\nprint(1)\n```", "```\nprint(1)\n```"),
        ("- a\n\n  ```{code-block} py\n  if a:  \n      b\n  ```", "- a\n\n  ```py\n  if a:  \n      b\n  ```"),
        ("```{eval-rst}\n.. x::\n```", "```rst\n.. x::\n```"),
        ("```{toctree}\nguide\n```\n\nText", "Text"),
        ("```{include} ../README.md\n```", "*(include: `../README.md`)*"),
        ("```{odd} Title\nContent\n```", "**Title**\n\nContent"),
        ("````{tip}\n```sh\nls  -l\n```\n````", "> **Tip**\n>\n> ```sh\n> ls  -l\n> ```"),
        (":::{note}\n:class: x\nWords\n```py\n1\n```\n:::", "**Note**\n\nWords\n```py\n1\n```"),
        ("```python\n(x)=\n{a}`b`\n```", "```python\n(x)=\n{a}`b`\n```"),
    ],
)
def test_directives_are_what_they_hold(source: str, expected: str) -> None:
    assert read(f"# T\n\n{source}\n") == f"# T\n\n{expected}\n"


def test_directives_within_each_other_end() -> None:
    source = "\n".join(f"{'`' * (60 - depth)}{{note}}" for depth in range(50))
    assert "{note}" in read(f"# T\n\n{source}\n")
