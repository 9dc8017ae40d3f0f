import gzip
from pathlib import Path

from docspasta_mcp.discovery.sitemaps import MAX_SITEMAP_FILES, Sitemap, parse_sitemap

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


def test_an_entity_reads_no_file_of_this_machine_and_stands_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret")
    for entity in (
        f'SYSTEM "file://{tmp_path}/key"',
        f'SYSTEM "{tmp_path}/key"',
        '"s3cret"',
        f'PUBLIC "x" "file://{tmp_path}/key"',
    ):
        body = f"{HEAD}<!DOCTYPE u [<!ENTITY x {entity}>]><urlset><url><loc>https://d.example/&x;</loc></url></urlset>"
        assert "s3cret" not in str(parse_sitemap(body.encode(), "https://d.example/"))


def test_an_index_names_no_more_files_than_are_read() -> None:
    index = (
        f"{HEAD}<sitemapindex>{''.join(f'<sitemap><loc>/{n}.xml</loc></sitemap>' for n in range(200))}</sitemapindex>"
    )
    assert len(parse_sitemap(index.encode(), "https://d.example/").sitemaps) == MAX_SITEMAP_FILES
