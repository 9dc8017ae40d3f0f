from docspasta_mcp.fetch.fetcher import Fetched
from docspasta_mcp.fetch.first_looks import MAX_AGE_S, MAX_KEPT_BYTES, FirstLooks, first_look_of
from tests.fakes import Clock

URL = "https://docs.example/"


def fetched(name: str, size: int = 10) -> Fetched:
    return Fetched(URL + name, "text/html", "", b"x" * size)


def test_a_page_is_handed_over_once_to_the_job_whose_first_look_it_was() -> None:
    looks = FirstLooks()
    looks.keep(fetched("of-nobody"))
    with first_look_of("job"):
        looks.keep(fetched("a"))

    assert looks.take("", f"{URL}of-nobody") is None
    assert looks.take("other", f"{URL}a") is None
    assert looks.take("job", f"{URL}a") == fetched("a")
    assert looks.take("job", f"{URL}a") is None


def test_a_page_is_kept_for_a_minute_and_the_newest_take_the_room_of_the_oldest() -> None:
    clock = Clock()
    looks = FirstLooks(clock)
    with first_look_of("job"):
        looks.keep(fetched("old"))
        clock.advance(MAX_AGE_S)
        looks.keep(fetched("large", MAX_KEPT_BYTES))
        looks.keep(fetched("larger", MAX_KEPT_BYTES))

    assert [looks.take("job", URL + name) is not None for name in ("old", "large", "larger")] == [False, False, True]
