"""How the page writes addresses."""

import pytest

from docspasta_mcp.server.ui.words import MAX_TITLE, address


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://docs.example/guide/", "docs.example/guide/"),
        ("http://docs.example/", "docs.example/"),
        ("https://book.folder.invalid/", "folder:book"),
        ("https://book.folder.invalid/guide/a.html?x=1", "folder:book/guide/a.html?x=1"),
        ("https://book.folder.invalid.example/", "book.folder.invalid.example/"),
        ("http://[what a site calls itself", "[what a site calls itself"),
        ("folder:book", "folder:book"),
        (f"https://docs.example/{'a' * 200}", f"docs.example/{'a' * (MAX_TITLE - 14)}…"),
    ],
)
def test_an_address_says_no_more_than_tells_it(url: str, shown: str) -> None:
    assert address(url) == shown
