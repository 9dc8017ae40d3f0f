"""Each promise of SECURITY.md names what attacks it, and what it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text()
PROMISES = {
    match[1]: match[0]
    for match in re.finditer(
        r"^(\d+)\. .*?(?=^\d+\. |^## |\Z)", TEXT.partition("## Promises")[2], re.MULTILINE | re.DOTALL
    )
}


def named(text: str) -> list[str]:
    """Return the tests and programs that a text names."""
    return re.findall(r"`(?:python )?((?:tests|bench)/[\w/]+(?:\.py|/))", text)


@pytest.mark.parametrize("number", PROMISES)
def test_every_promise_names_the_tests_that_attack_it(number: str) -> None:
    assert any(name.startswith("tests/") for name in named(PROMISES[number]))


def test_every_test_and_program_that_is_named_is_there() -> None:
    found = named(TEXT)
    assert len(found) >= 30
    assert [name for name in found if not (ROOT / name).exists()] == []
    for name in found:
        places = [ROOT / name] if name.endswith(".py") else sorted((ROOT / name).glob("test_*.py"))
        assert any(re.search(r"^(?:async )?def (?:test_|main)", place.read_text(), re.MULTILINE) for place in places)


def test_the_options_that_are_named_are_known() -> None:
    for program, option in re.findall(r"`python (bench/\w+\.py) (--[a-z-]+)`", TEXT):
        assert f'"{option}"' in (ROOT / program).read_text()
