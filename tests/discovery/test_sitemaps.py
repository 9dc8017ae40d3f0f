import gzip

from docspasta_mcp.discovery.sitemaps import Sitemap, parse_sitemap

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
URLS = (
    f"{HEAD}<urlset {NAMESPACE}><url><loc> https://d.example/b </loc><lastmod>2026-01-01</lastmod></url>"
    f"<url><loc>https://d.example/a#x</loc></url><url><loc>javascript:x</loc></url></urlset>"
).encode()


def test_a_sitemap_lists_pages_in_its_order() -> None:
    assert parse_sitemap(URLS, "https://d.example/sitemap.xml") == Sitemap(
        ("https://d.example/b", "https://d.example/a"), (), {"https://d.example/b": "2026-01-01"}
    )
    assert parse_sitemap(gzip.compress(URLS), "https://d.example/").pages == (
        "https://d.example/b",
        "https://d.example/a",
    )


def test_a_plain_list_is_a_sitemap_too() -> None:
    body = b"\xef\xbb\xbfhttps://d.example/b\r\nhttps://d.example/a\n\nnot here\n"
    assert parse_sitemap(body, "https://d.example/").pages == ("https://d.example/b", "https://d.example/a")


def test_an_index_lists_sitemaps() -> None:
    index = f"{HEAD}<sitemapindex {NAMESPACE}><sitemap><loc>/one.xml</loc></sitemap></sitemapindex>".encode()
    assert parse_sitemap(index, "https://d.example/sitemap.xml") == Sitemap((), ("https://d.example/one.xml",))


def test_what_cannot_be_read_ends_the_list() -> None:
    assert parse_sitemap(b"", "https://d.example/") == Sitemap((), ())
    assert parse_sitemap(b"\x1f\x8bbroken", "https://d.example/") == Sitemap((), ())
    assert parse_sitemap(b"<html><body>404</body></html>", "https://d.example/").pages == ()
    assert parse_sitemap(URLS[:-60], "https://d.example/").pages[0] == "https://d.example/b"


def test_an_entity_bomb_does_not_unfold() -> None:
    entities = '<!DOCTYPE u [<!ENTITY a "https://d.example/x">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
    )
    bomb = f"{HEAD}{entities}]><urlset><url><loc>&j;</loc></url></urlset>".encode()
    assert parse_sitemap(bomb, "https://d.example/") == Sitemap((), ())
