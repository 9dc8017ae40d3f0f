"""What of a Markdown text is code, as CommonMark reads it; what could be read otherwise is prose."""

import pytest

from docspasta_mcp.model.code_spans import code_and_prose
from tests.repetition import MAX_RATIO, growth

X = "[x](y)"


def prose(text: str) -> str:
    assert "".join(part for _, part in code_and_prose(text)) == text
    return "".join(part for is_code, part in code_and_prose(text) if not is_code)


@pytest.mark.parametrize(
    "code",
    [
        f"`{X}`", f"`` ` {X} ``", f"`a\n{X}`", f"```\n{X}\n```", f"`a | {X}`", f"| a | `{X}` |\n|-|-|\n| `b \\| {X}` | c |", f"\\\\`{X}`",
        f"a < b `{X}` > c", f"<b>`{X}`</b>", f"<y \"`{X}`", f"text\n`{X}`", f"- `{X}`\n- `{X}`", f"> `{X}`", f"# `{X}`", f"\\<a `{X}`>",
        f"<{'a ' * 900} `{X}`>", f"`a\n_b {X}`", f"- a\n    - `b\n      {X}`", f"a | b `c\n{X}`", f"# a\n`b\n{X}`", f"#a `b\n{X}`",
    ],
)  # fmt: skip
def test_code_is_told_from_prose(code: str) -> None:
    assert X not in prose(f"words\n\n{code}\n\nwords")


@pytest.mark.parametrize(
    "text",
    [
        f"a ` b\n\n{X}\n\nc ` d", f"\\`{X}\\`", f"\\`{X}`", f"`` {X} `", f"a `\n# {X}\n`", f"a `\n- {X}\n`", f"> a `\n>\n> {X} `", f"`\n> {X}\n`", f"a `\n1. {X} `",
        f"<a title='`'> {X} <a title='`'>", f"<a title=\"`\">{X}`", f"<!-- ` -->{X} `", f"<https://d.example/`>{X} `", f"<a`b@d.example> {X} `", f"<?a ` ?>{X}`",
        f"<div>\n`{X}`\n</div>", f"  <p>`{X}`</p>", f"| a | b | c |\n|-|-|-|\n| ` | {X} | ` |", f"| ` | `a` {X} `b` |\n|-|-|", f"a | b\n--|--\n`a \\| b` {X} `c`",
        f"<y ` > A ` {X} `", f"<y \"`\"> A ` {X} `", f"<a title='{'x' * 1_500}`'> {X} `", f"```` {X} ` ``` ``",
        f"## a `b\n{X} `c`", f"- ## a `b\n{X} `c`", f"> 1. # a `b\n{X} `c`", f"a `b\n___\n{X} `c`", f"a `b\n _ _  _\n{X} `c`",
        f"a | b\n--- | ---\nc | `d\n{X}` | e", f"| a\n|--\n`b\n{X} `c`", f"| a\n:-\n`b\n{X} `c`", f"    a `b\n{X} `c`", f"-     a `b\n    {X} `c`",
        f"[a]: `b\n{X} `c`", f"[a]: b 'c\nd `'\n{X} `e`", f"text\n<div>\n`{X}`\n</div>", f"<!--\n# b\n` --> {X} `", f"# a <b title='\n` ' > ` {X} `",
        f"<pre>\na\n\n`{X}`\n</pre>", f"a\n<SCRIPT>\n\n`b`\n\n`{X}`",
    ],
)  # fmt: skip
def test_what_only_looks_like_code_is_prose(text: str) -> None:
    assert X in prose(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    "token",
    [
        "`a",
        "``a`",
        "`\n",
        "<a ",
        "<a '`",
        "<a b='<a",
        '<a b="',
        "<!--`",
        "<![CDATA[`",
        "<?`",
        "<!a`",
        "\\`",
        "|`",
        "`|\n|-|\n",
        "<b`@",
        "`<a>",
        "\n\n`",
        "`\n# a",
        "# `\n",
        "    `\n",
        "[a\n`",
        "`[]:\n",
        "|a\n-`",
        "`\n_ _",
        "1. `\n",
        "<pre>`\n\n",
        "\n<pre>`</pre>\n\n",
    ],
)
def test_time_grows_with_length_alone(token: str) -> None:
    assert growth(lambda text: list(code_and_prose(text)), token) < MAX_RATIO
