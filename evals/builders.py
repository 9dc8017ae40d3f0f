"""Build the fixture manual with one generator each, and say what its pages must say."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from evals.corpus import Block, Heading, Manual, Page, plain
from evals.manual import MANUAL
from evals.markdown_writer import Docusaurus, HonKit, Material, MdBook, MkDocs, Starlight, VitePress
from evals.other_writers import AsciiDoc, Rst
from evals.tools import node_folder, python_tool, run
from evals.truth import PageTruth, SiteTruth, add_blocks

ORIGIN = "https://docs.example"  # the server puts its own address in its place

FURNITURE = (
    "Skip to content", "Skip to main content", "Skip to navigation", "On this page", "Contents", "Table of contents",
    "Navigation", "Search", "Edit this page", "Edit page", "View page source", "Show Source", "Next", "Previous",
    "Next page", "Previous page", "Quick search", "Back to top", "Copy", "Copy to clipboard", "Copyright",
    "All rights reserved", "Built with", "Powered by", "Made with", "Created using", "Last updated",
    "Was this page helpful", "Appearance", "Light", "Dark", "Auto", "Menu", "Sidebar", "Return to top", "Permalink",
    "Link to this heading", "Toggle",
)  # fmt: skip


class Writer(Protocol):
    """What writes a page in a generator's markup."""

    def page(self, page: Page) -> str:
        """Return the whole file."""
        ...

    def visible(self, page: Page) -> tuple[Block, ...]:
        """Return the blocks that the generator can show."""
        ...


def write_sources(writer: Writer, folder: Path, suffix: str, manual: Manual = MANUAL) -> None:
    """Write every page of a manual into an empty folder."""
    for page in manual.pages:
        file = folder / f"{page.slug}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(writer.page(page))


def page_truth(page: Page, blocks: Sequence[Block], path: str, file: str) -> PageTruth:
    """Return what a page must say."""
    truth = PageTruth(path, file, page.title, text=[page.title], headings=[page.title])
    add_blocks(truth, blocks)
    return truth


def site_truth(
    name: str, generator: str, writer: Writer, html: Path, path_of: Callable[[str], str], manual: Manual = MANUAL
) -> SiteTruth:
    """Return the truth of a built manual.

    Args:
        name: of the site's folder.
        generator: for the tables.
        writer: that wrote its pages.
        html: the folder it was built into.
        path_of: URL path of a slug; its file has the same name, or index.html below it, or `.html` behind it.
        manual: what was written.
    """
    pages: list[PageTruth] = []
    for page in manual.pages:
        path = path_of(page.slug)
        file = next(
            f for f in (path, f"{path}index.html", f"{path}.html", f"{path}/index.html") if (html / f).is_file()
        )
        pages.append(page_truth(page, writer.visible(page), path, file))
    titles = [page.title for page in manual.pages] + [section.title for section in manual.sections]
    return SiteTruth(name, generator, str(html), pages, [*titles, manual.title, manual.footer, *FURNITURE])


def html_path(slug: str) -> str:
    """Return guide/install.html, and the root for the start page."""
    return "" if slug == "index" else f"{slug}.html"


def folder_path(slug: str) -> str:
    """Return guide/install/, and the root for the start page."""
    return "" if slug == "index" else f"{slug}/"


def bare_path(slug: str) -> str:
    """Return guide/install, and the root for the start page."""
    return "" if slug == "index" else slug


def fresh(folder: Path) -> Path:
    """Return a folder, emptied."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


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
    extensions = [
        "admonition", "def_list", "footnotes", {"toc": {"permalink": True}}, "pymdownx.superfences",
        {"pymdownx.highlight": {"use_pygments": False}},
    ]  # fmt: skip
    return _mkdocs(work, site, MkDocs(), "MkDocs", {"name": "mkdocs"}, extensions)


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
    (source / "SUMMARY.md").write_text(_summary(f"# Summary\n\n[{MANUAL.start.title}](index.md)\n", "\n# {}\n"))
    (site / "book.toml").write_text(
        f'[book]\ntitle = "{MANUAL.title}"\n[output.html]\ngit-repository-url = "https://code.example/tarn"\n'
        'edit-url-template = "https://code.example/tarn/edit/{path}"\n'
    )
    run([python_tool(work, "mdbook"), "build", "-d", html], cwd=site)
    return site_truth(site.name, "mdBook", MdBook(), html, html_path)


def honkit(work: Path, site: Path) -> SiteTruth:
    """Build with HonKit, the living GitBook."""
    source, html = fresh(node_folder(work) / site.name), site / "html"
    write_sources(HonKit(), source, ".md")
    (source / "index.md").rename(source / "README.md")
    (source / "SUMMARY.md").write_text(_summary(f"# Summary\n\n* [{MANUAL.start.title}](README.md)\n", "\n## {}\n\n"))
    (source / "book.json").write_text(json.dumps({"title": MANUAL.title}))
    run([node_folder(work) / "node_modules/.bin/honkit", "build", ".", html], cwd=source)
    return site_truth(site.name, "HonKit", HonKit(), html, html_path)


def docusaurus(work: Path, site: Path) -> SiteTruth:
    """Build with Docusaurus and its classic preset."""
    project, html = fresh(node_folder(work) / site.name), site / "html"
    write_sources(Docusaurus(), project / "docs", ".mdx")
    (project / "package.json").write_text('{"private": true}')
    sidebar: list[object] = ["index"]
    for section in MANUAL.sections:
        items = [page.slug for page in section.pages]
        sidebar.append({"type": "category", "label": section.title, "items": items})
    (project / "sidebars.js").write_text(f"export default {{manual: {json.dumps(sidebar)}}};")
    docs = {"routeBasePath": "/", "sidebarPath": "./sidebars.js", "editUrl": "https://code.example/tarn/edit/"}
    config = {
        "title": MANUAL.title, "url": ORIGIN, "baseUrl": "/", "onBrokenLinks": "warn",
        "themeConfig": {
            "navbar": {"title": MANUAL.title, "items": [{"label": "Source", "href": "https://code.example/tarn"}]},
            "footer": {"copyright": MANUAL.footer},
        },
    }  # fmt: skip
    plugins = "remarkPlugins: [math], rehypePlugins: [katex]"
    (project / "docusaurus.config.js").write_text(
        "import math from 'remark-math';\nimport katex from 'rehype-katex';\n"
        f"export default {{...{json.dumps(config)}, presets: [['classic', "
        f"{{docs: {{...{json.dumps(docs)}, {plugins}}}, blog: false}}]]}};"
    )
    run([node_folder(work) / "node_modules/.bin/docusaurus", "build", "--out-dir", html], cwd=project)
    return site_truth(site.name, "Docusaurus", Docusaurus(), html, bare_path)


def vitepress(work: Path, site: Path) -> SiteTruth:
    """Build with VitePress and its default theme."""
    project, html = fresh(node_folder(work) / site.name), site / "html"
    write_sources(VitePress(), project, ".md")
    sidebar = [
        {"text": section.title, "items": [{"text": page.title, "link": f"/{page.slug}"} for page in section.pages]}
        for section in MANUAL.sections
    ]
    sidebar.insert(0, {"text": MANUAL.start.title, "link": "/"})
    config = {
        "title": MANUAL.title, "outDir": str(html), "sitemap": {"hostname": ORIGIN}, "ignoreDeadLinks": True,
        "themeConfig": {
            "sidebar": sidebar, "footer": {"copyright": MANUAL.footer},
            "editLink": {"pattern": "https://code.example/tarn/edit/:path"},
        },
    }  # fmt: skip
    (project / ".vitepress").mkdir()
    (project / ".vitepress/config.mjs").write_text(f"export default {json.dumps(config)}")
    run([node_folder(work) / "node_modules/.bin/vitepress", "build", "."], cwd=project)
    return site_truth(site.name, "VitePress", VitePress(), html, html_path)


def starlight(work: Path, site: Path) -> SiteTruth:
    """Build with Astro Starlight."""
    project, html = fresh(node_folder(work, "astro") / site.name), site / "html"
    write_sources(Starlight(), project / "src/content/docs", ".mdx")
    (project / "src/content.config.ts").write_text(
        "import { defineCollection } from 'astro:content';\nimport { docsLoader } from '@astrojs/starlight/loaders';\n"
        "import { docsSchema } from '@astrojs/starlight/schema';\n"
        "export const collections = { docs: defineCollection({ loader: docsLoader(), schema: docsSchema() }) };\n"
    )
    sidebar: list[object] = [{"label": MANUAL.start.title, "link": "/"}]
    for section in MANUAL.sections:
        items = [{"label": page.title, "link": f"/{page.slug}/"} for page in section.pages]
        sidebar.append({"label": section.title, "items": items})
    options = {
        "title": MANUAL.title, "sidebar": sidebar, "editLink": {"baseUrl": "https://code.example/tarn/edit/"},
    }  # fmt: skip
    (project / "astro.config.mjs").write_text(
        "import { defineConfig } from 'astro/config';\nimport starlight from '@astrojs/starlight';\n"
        f"export default defineConfig({{site: '{ORIGIN}', outDir: {json.dumps(str(html))}, telemetry: false, "
        f"integrations: [starlight({json.dumps(options)})]}});"
    )
    (project / "package.json").write_text('{"private": true, "type": "module"}')
    env = {"ASTRO_TELEMETRY_DISABLED": "1"}
    run([node_folder(work, "astro") / "node_modules/.bin/astro", "build"], cwd=project, env=env)
    return site_truth(site.name, "Starlight", Starlight(), html, folder_path)


def asciidoctor(work: Path, site: Path) -> SiteTruth:
    """Build with Asciidoctor: pages with a table of contents each, and the list of pages on the first one only."""
    source, html = fresh(site / "source"), site / "html"
    write_sources(AsciiDoc(), source, ".adoc")
    with (source / "index.adoc").open("a") as index:
        for section in MANUAL.sections:
            links = "\n".join(f"* xref:{page.slug}.adoc[{page.title}]" for page in section.pages)
            index.write(f"\n== {section.title}\n\n{links}\n")
    program = node_folder(work) / "node_modules/.bin/asciidoctor"
    attributes = ["-a", "toc=left", "-a", "source-highlighter=highlight.js", "-a", "icons=font", "-a", "sectanchors"]
    for page in MANUAL.pages:
        target = html / f"{page.slug}.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        run([program, *attributes, "-o", target, source / f"{page.slug}.adoc"], cwd=source)
    truth = site_truth(site.name, "Asciidoctor", AsciiDoc(), html, html_path)
    for section in MANUAL.sections:
        truth.pages[0].headings.append(section.title)
        truth.pages[0].text += [section.title, *(page.title for page in section.pages)]
    return truth


def _toctree_texts() -> list[str]:
    """Return what the start page's toctrees list: sections, pages and their headings."""
    texts = [section.title for section in MANUAL.sections]
    for page in MANUAL.pages[1:]:
        texts += [page.title, *(plain(block.text) for block in page.blocks if isinstance(block, Heading))]
    return texts


def _summary(head: str, part: str) -> str:
    lines = [head]
    for section in MANUAL.sections:
        lines.append(part.format(section.title))
        lines += [f"* [{page.title}]({page.slug}.md)\n" for page in section.pages]
    return "".join(lines)


BUILDERS: dict[str, Callable[[Path, Path], SiteTruth]] = {
    "sphinx-alabaster": sphinx("alabaster"),
    "sphinx-rtd": sphinx("sphinx_rtd_theme"),
    "sphinx-furo": sphinx("furo"),
    "sphinx-pydata": sphinx("pydata_sphinx_theme"),
    "mkdocs": mkdocs,
    "material": material,
    "mdbook": mdbook,
    "honkit": honkit,
    "docusaurus": docusaurus,
    "vitepress": vitepress,
    "starlight": starlight,
    "asciidoctor": asciidoctor,
}
