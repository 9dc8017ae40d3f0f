"""robots.txt (RFC 9309): who is addressed, and which rule decides on a path."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docspasta_mcp.discovery.robots import MAX_ROBOTS_BYTES, Rules, rules_of
from docspasta_mcp.discovery.robots_paths import PathRule, PathRules

SITE = "https://docs.example"


def _allows(text: str, path: str) -> bool:
    return rules_of(text, SITE).allows(SITE + path)


@pytest.mark.parametrize(
    ("rules", "path", "is_allowed"),
    [
        ("Disallow: /a", "/a/b", False),
        ("Disallow: /a", "/b", True),
        ("Disallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("Allow: /a/b\nDisallow: /a", "/a/c", False),
        ("Disallow: /a\nAllow: /a", "/a", True),
        ("Disallow: /*.php", "/x/a.php?b", False),
        ("Disallow: /*.php$", "/x/a.php?b", True),
        ("Disallow: /*.php$", "/x/a.php.php", False),
        ("Disallow: /a$", "/a", False),
        ("Disallow: /a$", "/ab", True),
        ("Disallow: /a**b*", "/a/x/b/c", False),
        ("Disallow: *", "/a", False),
        ("Disallow: /*?page=", "/a?page=2", False),
        ("Disallow: /*?page=", "/a", True),
        ("Disallow: /x$y", "/x$y", False),
        ("Disallow: /a%3cd", "/a%3Cd", False),
        ("Disallow: /~joe", "/%7Ejoe", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        ("Disallow: /a%2a", "/ab", True),
        ("Disallow: /ユニコード", "/%E3%83%A6%E3%83%8B%E3%82%B3%E3%83%BC%E3%83%89", False),
        ("Disallow: /", "/robots.txt", True),
        ("Disallow:", "/a", True),
        ("Disallow: /\nAllow: /index.html", "/", True),
        ("Dissalow: /a", "/a", False),
        ("Disallow /a", "/a", False),
        ("Disallow: /a # why", "/a", False),
    ],
)
def test_the_longest_rule_that_matches_decides(rules: str, path: str, is_allowed: bool) -> None:
    assert _allows(f"User-agent: *\n{rules}\n", path) is is_allowed


@pytest.mark.parametrize(
    ("text", "is_allowed"),
    [
        ("User-agent: *\nDisallow: /\n", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: docspasta-mcp\nDisallow: /x\n", True),
        ("User-agent: DocsPasta-MCP/4.0\nDisallow: /\n", False),
        ("User-agent: docs\nDisallow: /\n", True),
        ("User-agent: docspasta-mcp-x\nDisallow: /\n", True),
        ("User-agent: other\nUser-agent: docspasta-mcp\nDisallow: /\n", False),
        ("User-agent: docspasta-mcp\nSitemap: /x\nNoindex: /\nDisallow: /\n", False),
        ("User-agent: docspasta-mcp\nCrawl-delay: 2\nUser-agent: other\nDisallow: /\n", True),
        ("User-agent: docspasta-mcp\nDisallow:\n\nUser-agent: *\nDisallow: /\n", True),
        ("Disallow: /\n", True),
        ("User-agent: *\rDisallow: /\r", False),
    ],
)
def test_groups_that_name_this_robot_decide(text: str, is_allowed: bool) -> None:
    assert _allows(text, "/a") is is_allowed


def test_pauses_and_sitemaps_are_read() -> None:
    rules = rules_of("Sitemap: /map.xml\nUser-agent: *\nCrawl-delay: 900\nCrawl-delay: soon\nSitemap: http://[\n", SITE)

    assert (rules.sitemaps, rules.crawl_delay_s, rules.asked_delay_s) == ((f"{SITE}/map.xml",), 60, 900)


_PIECES = st.text("ab/", max_size=3)
_PATTERNS = st.builds(
    lambda pieces, end: "/" + "*".join(pieces) + end, st.lists(_PIECES, min_size=1), st.sampled_from(["", "$"])
)
_RULES = st.lists(st.builds(PathRule, _PATTERNS, st.booleans()), max_size=60)


def _by_trying_each(rules: list[PathRule], path: str) -> bool:
    """Return what RFC 9309 §2.2.2 says, word for word."""

    def matches(pattern: str) -> bool:
        body = ".*".join(map(re.escape, pattern.removesuffix("$").split("*")))
        return re.match(body + (r"\Z" if pattern.endswith("$") else ""), path) is not None

    found = [(len(rule.pattern), rule.allows) for rule in rules if matches(rule.pattern)]
    return max(found)[1] if found else True


@settings(suppress_health_check=[HealthCheck.too_slow])  # so it is on a busy machine
@given(_RULES, st.lists(st.text("ab/", max_size=8).map("/{}".format), min_size=1, max_size=8))
def test_the_rule_that_is_found_is_that_of_trying_each(rules: list[PathRule], paths: list[str]) -> None:
    index = PathRules(rules)

    assert [index.allows(path) for path in paths] == [_by_trying_each(rules, path) for path in paths]


_SHAPES: dict[str, Callable[[int], str]] = {
    "plain": lambda n: f"/dir{n}/page",
    "nested": lambda n: "/" + "a" * (n % 900) + str(n),
    "anywhere": lambda n: f"/*/private{n}/x",
    "suffixes": lambda n: f"/*.x{n}$",
    "queries": lambda n: f"/*?id={n}&",
    "sections": lambda n: f"/s{n % 50}/*/t{n}*",
    "alike": lambda n: f"/*aaaaaaaaaaaaaaaa{n:05}aaaaaaaaaaaaaaaa",
    "short pieces": lambda n: "/" + "".join(f"*{char}" for char in f"{n * 7919 % 99_991:05}"),
    "words": lambda n: f"/*{n % 100}*{n // 100 % 100}*x{n}",
}
_PATHS = (
    "/", "/docs/guide/install.html", "/a/private10/x", "/dir77/page/1", "/s3/en/t53/x", "/en/latest/reference/api/client.html?v=2&id=77&x=1",
    "/manual/3.12/chapter-10/section-20/part-30/index.html", "/" + "a" * 300, "/2024/01/31/notes-on-release-9.87.65.x4",
    "/" + "0123456789" * 12, "/" + "section-12/" * 170,
)  # fmt: skip


def _rules(shape: str, size: int) -> tuple[Rules, list[PathRule]]:
    lines, room, number = [], size, 0
    while room > 0:
        lines.append(f"{'Disallow' if number % 3 else 'Allow'}: {_SHAPES[shape](number)}")
        room -= len(lines[-1]) + 1
        number += 1
    text = "\n".join(["User-agent: *", *lines])
    return rules_of(text, SITE), [PathRule(line.partition(": ")[2], line[0] == "A") for line in lines]


@pytest.mark.parametrize("shape", _SHAPES)
def test_many_rules_of_each_shape_are_told_apart(shape: str) -> None:
    rules, each = _rules(shape, 20_000)
    paths = [path for path in _PATHS if len(path) < 100]  # trying each takes long on others

    assert [rules.allows(SITE + path) for path in paths] == [_by_trying_each(each, path) for path in paths]


def _cpu_s(work: Callable[[], object]) -> float:
    times: list[float] = []
    for _ in range(5):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.slow
@pytest.mark.parametrize("shape", _SHAPES)
def test_a_look_costs_less_than_to_try_a_quarter_of_many_rules(shape: str) -> None:
    rules, _ = _rules(shape, MAX_ROBOTS_BYTES)
    pieces = [f"private{number}" for number in range(5_000)]

    def tried(url: str) -> int:
        return sum(piece in url for piece in pieces)

    urls = [SITE + path for path in _PATHS]
    assert _cpu_s(lambda: [rules.allows(url) for url in urls]) < _cpu_s(lambda: [tried(url) for url in urls])
