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
