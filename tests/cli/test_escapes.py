"""Nothing that somebody else wrote acts on a terminal, whatever command prints it."""

import json
import re
from typing import Any, cast

import pytest

from docspasta_mcp.cli.queue import show_dead_letter
from docspasta_mcp.cli.rows import print_rows
from docspasta_mcp.runtime.escapes import escaped, escaped_json
from tests.cli.test_terminal import Run, run  # noqa: F401  # a fixture
from tests.sites import Answer, Site, page

ACTS = "\x1b]52;c;ZXZpbA==\x07 \x9b31m \x08 \u202e \u2066 \U000e0041 \u2028"
MARKED = "[bold]B[/nosuch] [link=https://evil.example]l[/link] :skull: [red"
ON_A_TERMINAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\U000e0000-\U000e007f]")


@pytest.mark.parametrize("name", ["", "/[red]x[/"])
def test_no_command_prints_what_a_page_would_do_to_a_terminal(run: Run, manual_site: Site, name: str) -> None:  # noqa: F811
    top = f"/escapes{name}/"
    words = f"{ACTS} {MARKED} {ACTS}"
    body = f"<h2>{words}</h2><p>{words} words</p><pre>\x1b]52;c;x\x07 \x9b31m code</pre><a href='{top}gone'>{words}</a>"
    manual_site.pages[top] = page(f"Odd {words}", body, links=(top, f"{top}bad"))
    manual_site.pages[f"{top}bad"] = Answer(
        "x", 500, f"text/{ACTS.encode().decode('latin-1', 'ignore')}x".replace("\n", "")
    )
    told: list[str] = []
    code, out, err = run("crawl", manual_site.url + top, "--scope", "prefix")
    told += [out, err]
    assert code == 0, err
    job = err.split()[1].rstrip(":")
    for arguments in (
        ("docs",), ("docs", "--json"), ("jobs",), ("status", job), ("result", job, "--format", "map"), ("result", job, "--format", "json"),
        ("result", job, "--format", "coverage"), ("result", job, "--query", "odd words"), ("search", "odd words"), ("stats",), ("stats", "--json"),
        ("export", job, "--as", "jsonl"), ("export", job, "--as", "llms-full"), ("docs", ACTS), ("status", ACTS), ("result", job, "--at", f"1#{ACTS}"),
    ):  # fmt: skip
        told += run(*arguments)[1:]  # type: ignore[arg-type]
    assert [found[0] for text in told if (found := ON_A_TERMINAL.search(text))] == []
    assert any("1 partial; 100.0% with a document" in text for text in told)
    assert "[link=https://evil.example]l[/link] :skull:" in "".join(told)  # as it stands there, not acted upon


def test_rows_and_errors_show_a_picture_instead(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([("a", "b"), (ACTS, "x")])
    assert not ON_A_TERMINAL.search(capsys.readouterr().out)
    assert escaped("a\x1b\u202e\n") == "a\\x1b\\u202e\\x0a"
    assert escaped("a\x1b\n\tb", keeps_lines=True) == "a\\x1b\n\tb"


async def test_a_dead_letter_is_printed_as_json_that_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    letter = {"body": ACTS, "response": f"é {ACTS} 日本"}

    class Operator:
        async def dead_letter(self, _dlq_id: str) -> dict[str, str]:
            return letter

    await show_dead_letter(cast("Any", Operator()), "x")
    printed = capsys.readouterr().out
    assert not ON_A_TERMINAL.search(printed)
    assert json.loads(printed) == letter
    assert "é" in printed
    assert json.loads(escaped_json(json.dumps("\U000e0041", ensure_ascii=False))) == "\U000e0041"
