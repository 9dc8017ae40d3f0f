"""Build the fixture manual with generators that come from npm."""

import json
from pathlib import Path

from evals.builders import ORIGIN, bare_path, folder_path, fresh, html_path, site_truth, summary, write_sources
from evals.manual import MANUAL
from evals.markdown_writer import Docusaurus, HonKit, Rspress, Starlight, VitePress
from evals.other_writers import AsciiDoc
from evals.tools import node_folder, run
from evals.truth import SiteTruth


def honkit(work: Path, site: Path) -> SiteTruth:
    """Build with HonKit, the living GitBook."""
    source, html = fresh(node_folder(work) / site.name), site / "html"
    write_sources(HonKit(), source, ".md")
    (source / "index.md").rename(source / "README.md")
    (source / "SUMMARY.md").write_text(summary(f"# Summary\n\n* [{MANUAL.start.title}](README.md)\n", "\n## {}\n\n"))
    (source / "book.json").write_text(json.dumps({"title": MANUAL.title}))
    run([node_folder(work) / "node_modules/.bin/honkit", "build", ".", html], cwd=source)
    return site_truth(site.name, "HonKit", HonKit(), html, html_path)


def docusaurus(work: Path, site: Path, packages: str = "node") -> SiteTruth:
    """Build with Docusaurus and its classic preset, which are in that set of packages."""
    project, html = fresh(node_folder(work, packages) / site.name), site / "html"
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
    run([node_folder(work, packages) / "node_modules/.bin/docusaurus", "build", "--out-dir", html], cwd=project)
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


def rspress(work: Path, site: Path) -> SiteTruth:
    """Build with Rspress and its default theme."""
    project, html = fresh(node_folder(work, "rspress") / site.name), site / "html"
    write_sources(Rspress(), project / "docs", ".mdx")
    (project / "package.json").write_text('{"private": true, "type": "module"}')
    sidebar: list[object] = [{"text": MANUAL.start.title, "link": "/"}]
    for section in MANUAL.sections:
        items = [{"text": page.title, "link": f"/{page.slug}"} for page in section.pages]
        sidebar.append({"text": section.title, "items": items})
    config = {
        "root": "docs", "title": MANUAL.title, "outDir": str(html),
        "themeConfig": {"sidebar": {"/": sidebar}, "footer": {"message": MANUAL.footer}},
    }  # fmt: skip
    (project / "rspress.config.ts").write_text(f"export default {json.dumps(config)};")
    run([node_folder(work, "rspress") / "node_modules/.bin/rspress", "build"], cwd=project)
    return site_truth(site.name, "Rspress", Rspress(), html, html_path)
