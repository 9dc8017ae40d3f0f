"""A page's time grows with its length alone, whatever stands side by side on it: n of a kind in one parent.

CPU time for twice as many is under three times. They run apart, with `-m slow`.
"""

import pytest

from tests.repetition import MAX_RATIO
from tests.shapes import PARENTS, SHAPES, TAGS, growth_of_page, kinds

pytestmark = pytest.mark.slow
COUNT = 800  # elements; twice as many are read


@pytest.mark.parametrize("name", SHAPES)
def test_what_rules_look_for_takes_time_by_its_number(name: str) -> None:
    assert growth_of_page(SHAPES[name], COUNT) < MAX_RATIO


@pytest.mark.parametrize("parent", PARENTS[:2])
def test_elements_of_any_kind_side_by_side_take_time_by_their_number(parent: str) -> None:
    pages = kinds([(tag,) for tag in TAGS], (parent,))
    assert {name: ratio for name, shape in pages if (ratio := growth_of_page(shape, COUNT)) >= MAX_RATIO} == {}
