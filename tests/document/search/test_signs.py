"""Operators and other signs as words of a question, and as names that passages define."""

import pytest

from docspasta_mcp.document.search.passages import plain
from docspasta_mcp.document.search.signs import asked_signs, named_signs, names_in, signs_in_text, term_of


@pytest.mark.parametrize(
    ("query", "signs"),
    [
        ("What is the difference between $* and $@ inside double quotes?", ["$*", "$@"]),
        ("what is &&?", ["&&"]),
        ("What does $? say, and (<=>)?", ["$?", "<=>"]),
        ("the `!` operator, \"=\" and '~'.", ["!", "=", "~"]),
        ("So -- as said... why?! It is 3 + 4 :)", []),
        ("--force -x C++ a&&b !important 'word' ` `", []),
        ("=========== +--------+", []),  # rules that somebody drew
        ("!", ["!"]),
        ("[[...]]", ["[["]),
        ('"&&"', ["&&"]),
        ("(&&)", ["&&"]),
        ("&&?", ["&&"]),
        ("||,", ["||"]),
        ('"@"', ["@"]),
        ("(!)", ["!"]),
        ("$??", ["$?"]),
        ('"', ['"']),
        ("what is $(...) or <(…)?", ["$(", "<("]),
        (" ... ", ["..."]),
        ("what do ::: and !!! mean, and :::?", [":::", "!!!", ":::"]),
        ("`&&`/`||` or “<=>”, **;;** and '\"'", ["&&", "||", "<=>", ";;", '"']),
        ("`a`,`b` and \"c\"+\"d\" don't 'e'-'f'", []),  # what stands between two
    ],
)
def test_signs_that_are_asked_for_are_told_from_those_of_prose(query: str, signs: list[str]) -> None:
    found = list(asked_signs(query))
    assert [one.text for one in found] == signs
    assert all(query.startswith(one.text, one.start) for one in found)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("`-v` / `--verbose`, `|`", "-v --verbose, |"),
        ("Copy & paste", "Copy paste"),
        ("`map(f, list) -> list`", "map(f, list) list"),
        ("The `&` operator, or **||**", "The & operator, or ||"),
        ("Logical AND (&&)", "Logical AND (&&)"),
        ("`*` ($\\*)", "* ($*)"),
        ("&& operator", "&& operator"),
        ("The operator ||", "The operator ||"),
        ("Comment faire ?", "Comment faire"),
        ("**\\|** and **\\*\\***", "| and **"),
        ("+ and -", "+ and -"),
        ("&&, ||", "&&, ||"),
        ("a-b", "a-b"),
        ("`x // y`", "x // y"),
        ("**string1 == string2**", "string1 == string2"),
        ("**x \\*\\* y**", "x ** y"),
        ("`expr ? expr : expr`, `a` : `b`", "expr ? expr : expr, a : b"),
        ("`f(x) -> int`", "f(x) int"),
        ("`a b -> c`", "a b c"),
        ("**`[[…]]`** and `x`", "[[…]] and x"),
    ],
)
def test_signs_that_only_part_names_are_none(line: str, names: str) -> None:
    assert names_in(line, plain(line)) == names


def test_signs_are_known_where_they_are_named_or_stand_as_code() -> None:
    assert named_signs("&&, || [[…]] (...) ($*) name") == {term_of(one) for one in ("&&", "||", "[[", "...", "$*")}
    assert signs_in_text("`->` leads, `->` again, `a->b` -> not, and ``` not `") == [term_of("->")] * 2
    assert signs_in_text("`a`,`b`|`c`\n```\n`\n+`x` `*`\n") == [term_of("*")]  # not what stands between two
    assert signs_in_text("| a | `\\|\\|` |\n\n`\\|` in a pattern") == [term_of("||"), term_of("\\|")]
    assert term_of("$*") == "_242a"
