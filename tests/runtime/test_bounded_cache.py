from docspasta_mcp.runtime.bounded_cache import BoundedCache


def test_what_was_used_last_stays() -> None:
    cache = BoundedCache[str, int](2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]


def test_a_value_that_is_put_again_is_replaced_and_kept_longer() -> None:
    cache = BoundedCache[str, int](2)
    for key, value in (("a", 1), ("b", 2), ("a", 0), ("c", 3)):
        cache.put(key, value)
    assert [cache.get(key) for key in "abc"] == [0, None, 3]
    assert len(cache) == 2


def test_values_have_room_by_their_sizes_together() -> None:
    cache = BoundedCache[str, int](10)
    cache.put("a", 1, 4)
    cache.put("b", 2, 4)
    cache.put("c", 3, 6)
    assert [cache.get(key) for key in "abc"] == [None, 2, 3]


def test_a_value_that_is_put_again_counts_once() -> None:
    cache = BoundedCache[str, int](10)
    for size in (6, 5, 4):
        cache.put("a", size, size)
    cache.put("b", 2, 6)
    assert [cache.get(key) for key in "ab"] == [4, 2]


def test_a_value_larger_than_all_may_be_is_not_held() -> None:
    cache = BoundedCache[str, int](10)
    cache.put("a", 1, 4)
    cache.put("b", 2, 11)
    assert [cache.get(key) for key in "ab"] == [1, None]
