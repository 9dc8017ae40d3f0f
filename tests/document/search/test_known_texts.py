"""Terms of texts as numbers: the same for the same terms, also after too many of them were known."""

from docspasta_mcp.document.search.known_texts import KnownTexts
from docspasta_mcp.document.search.words import analyser

TEXTS = {1: "The valve opens slowly.", 2: "A valve closes; 日本語 it is.", 3: "Nothing at all."}


def read(known: KnownTexts, *ids: int) -> dict[int, list[str]]:
    """Return the terms of texts by way of their numbers."""
    all_terms = [term for text in TEXTS.values() for term in analyser("en").terms(text)]
    numbers, of_term = known.read({id_: TEXTS[id_] for id_ in ids}, all_terms, analyser("en"))
    terms = {number: term for term, number in of_term.items()}
    return {id_: [terms[number] for number in found] for id_, found in numbers.items()}


def test_numbers_tell_the_terms_of_each_text_in_order() -> None:
    known = KnownTexts()
    expected = {id_: analyser("en").terms(text) for id_, text in TEXTS.items()}
    assert read(known, 1, 2) == {1: expected[1], 2: expected[2]}
    assert read(known, 3, 2, 1) == expected


def test_they_do_so_when_all_is_begun_anew_or_no_room_is_left() -> None:
    expected = {id_: analyser("en").terms(text) for id_, text in TEXTS.items()}
    for known in (KnownTexts(most_terms=2), KnownTexts(most=60), KnownTexts(most=1)):
        for _ in range(3):
            assert read(known, 1, 2, 3) == expected
