"""Which pages that show little are loaded once more in a window."""

from docspasta_mcp.fetch.browser.windows import FIRST_PAGES, Windows

SITE = "https://docs.example"


def test_after_the_first_pages_of_a_site_that_a_window_did_not_help_the_rest_is_left() -> None:
    windows = Windows()
    assert not windows.may_show_more(SITE, 5_000)
    for _ in range(FIRST_PAGES):
        assert windows.may_show_more(SITE, 100)
        windows.note(SITE, 100, 100)
    assert not windows.may_show_more(SITE, 100)
    assert windows.may_show_more(SITE, 0), "a page that shows nothing may be another matter"
    assert windows.may_show_more("https://other.example", 100)


def test_a_site_whose_pages_need_a_window_keeps_it() -> None:
    windows = Windows()
    windows.note(SITE, 50, 4_000)
    for _ in range(FIRST_PAGES):
        windows.note(SITE, 100, 100)
    assert windows.may_show_more(SITE, 100)
