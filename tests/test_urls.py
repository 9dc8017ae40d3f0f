import pytest

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.urls import join_url, parse_url, url_hash


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("HTTPS://Docs.Example/", "https://docs.example/"),
        ("https://docs.example", "https://docs.example/"),
        ("https://docs.example:443/a", "https://docs.example/a"),
        ("http://docs.example:8080/a", "http://docs.example:8080/a"),
        ("https://docs.example/a/../b/./c", "https://docs.example/b/c"),
        ("https://docs.example/a/..", "https://docs.example/"),
        ("https://docs.example/%7euser/%41", "https://docs.example/~user/A"),
        ("https://docs.example/a%2fb", "https://docs.example/a%2Fb"),
        ("https://docs.example/100%", "https://docs.example/100%25"),
        ("https://docs.example/é", "https://docs.example/%C3%A9"),
        ("https://docs.example/a#part", "https://docs.example/a"),
        ("https://docs.example/a?utm_source=x&b=1&gclid=2", "https://docs.example/a?b=1"),
        ("https://Docs.Example./a", "https://docs.example/a"),
        ("https://docs.example.:8080/", "https://docs.example:8080/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[2001:4860:0:0::1]/", "http://[2001:4860::1]/"),
    ],
)
def test_a_url_has_one_spelling(text: str, spelling: str) -> None:
    assert parse_url(text) == spelling
    assert parse_url(spelling) == spelling
    assert url_hash(parse_url(text)) == url_hash(spelling)


@pytest.mark.parametrize(
    "text",
    [
        "ftp://docs.example/", "file:///etc/passwd", "javascript:alert(1)", "docs.example", "", "https://", "https:///path",
        "https://user@docs.example/", "https://user:pass@docs.example/", "https://docs.example\\@evil.example/",
        "https://docs.example/a b", "https://docs.example/\r\nHost: evil", "https://docs.example/\x00", " https://docs.example/",
        "https://docs.example:0/", "https://docs.example:/", "https://docs.example:99999/", "https://%31%32%37.0.0.1/",
        "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://１２７.0.0.1/", "http://127。0。0。1/",
        "http://①②⑦.0.0.1/", "https://docs\u00adexample.example/", "https://docs\u200b.example/", "http://[::1%25eth0]/",
        "http://[::1/", "https://docs..example/", "https://docs.example../", "https://-docs.example/", "https://a" + "b" * 2000,
        "https://docs.example/" + "漢" * 400,  # short until it is escaped
        "https://xn--a.example/", "https://xn--0.example/", "https://xn--docs-.example/", "https://xn--.example/",  # names of nothing
    ],
)  # fmt: skip
def test_a_url_that_two_parsers_could_read_differently_is_refused(text: str) -> None:
    with pytest.raises(InvalidUrl):
        parse_url(text)


@pytest.mark.parametrize("login", ["user", "user:s3cret", "user:s3cret@x", ":s3cret", "%75ser:s3cret"])
def test_who_signs_in_by_a_url_is_told_so_without_the_password(login: str) -> None:
    for fails in (
        lambda: parse_url(f"https://{login}@docs.example/"),
        lambda: join_url("https://docs.example/", f"//{login}@docs.example/"),
    ):
        with pytest.raises(InvalidUrl) as error:
            fails()
        assert "user name or password" in str(error.value)
        assert "s3cret" not in str(error.value)


def test_links_are_joined_as_browsers_do() -> None:
    assert join_url("https://docs.example/a/b.html", " ../c d.html#x\n") == "https://docs.example/c%20d.html"
    assert join_url("https://docs.example/a/b/c.html", "../d/e.html") == "https://docs.example/a/d/e.html"
    assert join_url("https://docs.example/a/b.html", "../../../d/") == "https://docs.example/d/"
    assert join_url("https://docs.example/a/b.html", "../") == "https://docs.example/"
    assert join_url("https://docs.example/a/", "?q=1") == "https://docs.example/a/?q=1"
    assert join_url("https://docs.example/a/", "/x/../.well-known/y") == "https://docs.example/.well-known/y"


@pytest.mark.parametrize(
    "reference",
    ["mailto:me@docs.example", "///evil.example", "http:evil.example", "https:/evil.example", "HTTP:///evil.example", "\\\\evil.example",
     "/\\evil.example", "ht\ntp://evil.example", "a\tb", "a\x00b", "//user@evil.example/", "//127.1/", "//\u212aa.example/"],
)  # fmt: skip
def test_a_link_that_two_parsers_could_read_differently_is_refused(reference: str) -> None:
    with pytest.raises(InvalidUrl):
        join_url("https://docs.example/", reference)
