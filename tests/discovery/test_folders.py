"""How folders of documentation are laid out: by their own lists of contents, else by name."""

from pathlib import Path

import pytest

from docspasta_mcp.discovery.folders import tree
from docspasta_mcp.discovery.folders.layout import Layout, lay_out


def folder(root: Path, files: dict[str, str]) -> Layout:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return lay_out(str(root))


def lines(layout: Layout) -> list[str]:
    """Return each line of contents as it would be indented: a page's path, or a caption in brackets."""
    return ["  " * entry.nav_level + (entry.url or f"[{entry.title}]") for entry in layout.entries]


PAGES = {f"{name}.md": f"# {name}\n" for name in ("docs/index", "docs/zebra", "docs/guide/start", "docs/guide/api")}
MKDOCS = """
site_name: !ENV [NAME, x]
plugins: [{x: !!python/name:os.system }]
nav:
  - Home: index.md
  - Guide:
      - guide/start.md
      - API: guide/api.md
  - Elsewhere: https://example.com/
  - ./zebra.md
"""
IN_ORDER = ["docs/index.md", "[Guide]", "  docs/guide/start.md", "  docs/guide/api.md", "docs/zebra.md"]
SIDEBARS = """// @ts-check
/** @type {import('x').Sidebars} */
const sidebars: SidebarsConfig = {
  tutorialSidebar: [
    'index', // the first
    {type: 'category', label: 'Guide', items: ["guide/start", {type: 'doc', id: 'guide/api', label: 'API'}]},
    {type: 'link', label: 'Elsewhere', href: 'https://example.com/'},
    `zebra`,
  ],
};
export default sidebars;
"""
MINT = """{"name": "x", "navigation": [{"group": "Guide", "pages": ["docs/guide/start", "docs/guide/api"]},
 {"group": "Rest", "pages": ["docs/zebra"]}]}"""
DOCS_JSON = """{"navigation": {"languages": [
  {"language": "en", "tabs": [{"tab": "Guide", "groups": [{"group": "Inner", "pages": ["docs/guide/start", "docs/zebra"]}]}]},
  {"language": "de", "tabs": [{"tab": "Anleitung", "groups": [{"group": "I", "pages": ["de/guide"]}]}]}]}}"""
SUMMARY = """# Summary

[Home](./index.md)

- [Start](guide/start.md)
    - [API](guide/api.md#top "the API")
- Draft

# More

* [Zebra](<zebra.md>)
"""
TOC = "format: jb-book\nroot: index\nparts:\n  - caption: Guide\n    chapters:\n      - file: guide/start\n      - file: guide/api\n        title: API\n"
MYST = "# Home\n\n```{toctree}\n:caption: Guide\n:maxdepth: 2\n\nguide/start\nThe API <guide/api>\n```\n\n```{toctree}\n:glob:\nz*\n```\n"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("mkdocs.yml", MKDOCS, IN_ORDER),
        ("website/sidebars.ts", SIDEBARS, None),
        ("sidebars.ts", SIDEBARS, IN_ORDER),
        ("mint.json", MINT, ["[Guide]", "  docs/guide/start.md", "  docs/guide/api.md", "[Rest]", "  docs/zebra.md"]),
        ("docs.json", DOCS_JSON, None),
        (
            "docs/SUMMARY.md",
            SUMMARY,
            ["docs/index.md", "docs/guide/start.md", "  docs/guide/api.md", "[Draft]", "[More]", "  docs/zebra.md"],
        ),
        ("docs/_sidebar.md", SUMMARY.replace("# Summary\n", ""), None),
        ("docs/_toc.yml", TOC, ["docs/index.md", "[Guide]", "  docs/guide/start.md", "  docs/guide/api.md"]),
        ("docs/index.md", MYST, IN_ORDER),
    ],
    ids=lambda value: value if isinstance(value, str) and "\n" not in value and len(value) < 30 else None,
)
def test_a_folders_own_list_orders_its_pages(tmp_path: Path, name: str, text: str, expected: list[str] | None) -> None:
    layout = folder(tmp_path, {**PAGES, name: text})
    assert layout.source
    if expected is not None:
        assert [line for line in lines(layout) if line.strip() in "".join(expected)][: len(expected)] == expected
    assert sorted(entry.url for entry in layout.entries if entry.url) == sorted(PAGES), "every page once, listed or not"


def test_a_manual_of_sphinx_is_found_where_it_is_and_the_readme_comes_first(tmp_path: Path) -> None:
    layout = folder(
        tmp_path,
        {
            "README.rst": "Things\n======\n",
            "pyproject.toml": "",
            "Doc/en/conf.py": "",
            "Doc/en/index.rst": "Manual\n======\n\n.. toctree::\n\n   start\n   how/to\n",
            "Doc/en/how/to.rst": "To\n==\n",
            "Doc/en/start.rst": "Start\n=====\n",
            "tests/roots/x/conf.py": "",
            "tests/roots/x/index.rst": ".. toctree::\n\n   a\n",
            "tests/roots/x/a.rst": "A\n=\n",
        },
    )
    assert layout.source == "toctree"
    assert [entry.url for entry in layout.entries] == [
        "README.rst", "Doc/en/index.rst", "Doc/en/start.rst", "Doc/en/how/to.rst",
    ]  # fmt: skip
    assert {reason for _, reason in layout.left_out} == {"outside"}


def test_of_a_folder_with_too_many_pages_the_rest_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_FILES", 3)
    layout = folder(tmp_path, {f"{name}.md": f"# {name}\n" for name in "abcde"})
    assert [entry.url for entry in layout.entries] == ["a.md", "b.md", "c.md"]
    assert "the others are not read" in layout.notes[0]
    monkeypatch.setattr(tree, "MAX_LOOKED_AT", 2)
    assert [entry.url for entry in lay_out(str(tmp_path)).entries] == ["a.md", "b.md"]


def test_a_readme_that_the_list_at_its_side_leaves_out_comes_first(tmp_path: Path) -> None:
    layout = folder(
        tmp_path, {"README.md": "# R\n", "b.md": "# B\n", "a.md": "# A\n", "SUMMARY.md": "- [B](b.md)\n- [A](a.md)\n"}
    )
    assert [entry.url for entry in layout.entries] == ["README.md", "b.md", "a.md"]


def test_a_folder_of_documentation_is_known_in_capitals_too(tmp_path: Path) -> None:
    layout = folder(
        tmp_path, {"README.md": "# R\n", "package.json": "", "Documentation/a.md": "# A\n", "src/x.md": "# X\n"}
    )
    assert [entry.url for entry in layout.entries] == ["README.md", "Documentation/a.md"]


def test_without_a_list_names_order_pages_with_their_numbers_and_places(tmp_path: Path) -> None:
    layout = folder(
        tmp_path,
        {
            "README.md": "# Read me",
            "10-last.md": "# Last",
            "2-second.md": "# Second",
            "deep/b.md": "---\nsidebar_position: 1\n---\n# B",
            "deep/a.md": "---\nsidebar_position: 2\n---\n# A",
            "deep/er/index.md": "# Er",
            "deep/er/x.md": "# X",
        },
    )
    assert lines(layout) == [
        "README.md", "2-second.md", "10-last.md", "[deep]", "  deep/b.md", "  deep/a.md", "  deep/er/index.md",
        "    deep/er/x.md",
    ]  # fmt: skip
    assert (layout.start, layout.source) == ("README.md", "")


def test_of_a_project_the_readme_and_the_folder_of_its_documentation_are_the_manual(tmp_path: Path) -> None:
    layout = folder(
        tmp_path,
        {
            "pyproject.toml": "", "README.md": "# P", "CHANGES.md": "# C", "docs/b.md": "# B", "docs/a.md": "# A",
            "docs/_part.md": "x", "tests/pages/x.md": "# X", "node_modules/y/README.md": "# Y", ".github/z.md": "# Z",
        },
    )  # fmt: skip
    assert lines(layout) == ["README.md", "docs/a.md", "docs/b.md"]
    assert dict(layout.left_out) == {"CHANGES.md": "outside", "tests/pages/x.md": "outside"}


def test_one_language_of_a_manual_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    files = {f"docs/{language}/{name}.md": "# x" for language in ("de", "en", "pt-br") for name in ("a", "b")}
    layout = folder(tmp_path, {"package.json": "{}", **files})
    assert lines(layout) == ["docs/en/a.md", "docs/en/b.md"]
    assert len(layout.left_out) == 4


def test_a_folder_with_an_index_page_is_a_built_site(tmp_path: Path) -> None:
    layout = folder(tmp_path, {"index.html": "<h1>x", "a.html": "<h1>a", "_sources/a.md": "# a", "a.md": "# a"})
    assert layout.is_site
    assert {entry.url for entry in layout.entries} == {"index.html", "a.html"}
    assert not folder(tmp_path / "docsify", {"index.html": "x", "README.md": "# x", "_sidebar.md": SUMMARY}).is_site


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mkdocs.yml", "nav: [*unknown, {"),
        ("mkdocs.yml", "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nnav: [*c, *c]\n"),
        ("docs.json", "{" * 5_000),
        ("docs.json", "[" * 100_000),
        ("sidebars.js", "module.exports = {" + "a: [" * 3_000),
        ("docs/SUMMARY.md", "- [x](" * 20_000),
        ("docs/index.md", "```{toctree}\n" + "index\nguide/start\n" * 10_000),
    ],
)
def test_a_list_that_makes_no_sense_leaves_the_order_to_names(tmp_path: Path, name: str, text: str) -> None:
    layout = folder(tmp_path, {**PAGES, name: text})
    assert sorted(entry.url for entry in layout.entries if entry.url) == sorted(PAGES)
