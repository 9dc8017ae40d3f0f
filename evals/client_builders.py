"""Build manuals whose pages are sent without text: Docusaurus without what it renders in advance, and Storybook."""

import json
import re
import shutil
from pathlib import Path

from evals.builders import fresh, site_truth, write_sources
from evals.corpus import Page
from evals.manual import MANUAL
from evals.markdown_writer import Markdown
from evals.node_builders import docusaurus
from evals.tools import node_folder, run
from evals.truth import SiteTruth

_RENDERED = re.compile(r'(<div id="__docusaurus">).*(</div>\s*</body>)', re.DOTALL)


def docusaurus_client(work: Path, site: Path) -> SiteTruth:
    """Build with Docusaurus, and empty each page's root: the scripts find nothing and render all of it."""
    truth = docusaurus(work, site, "docusaurus")
    for file in Path(truth.html).rglob("*.html"):
        text, count = _RENDERED.subn(r"\1\2", file.read_text())
        assert count == 1, file
        file.write_text(text)
    truth.generator = "Docusaurus, client"
    return truth


class _Mdx(Markdown):
    """MDX as Storybook reads it, with GFM's tables."""

    def escape(self, text: str) -> str:
        """Return text whose signs mean nothing to MDX."""
        return text.replace("{", "\\{").replace("<", "\\<")

    def link(self, target: str) -> str:
        """Return a link to another page."""
        return target if "://" in target else f"?path=/docs/{_id(target)}"

    def front(self, page: Page) -> str:
        """Return the import, the page's place in the sidebar, and its title."""
        return (
            "import { Meta } from '@storybook/addon-docs/blocks';\n\n"
            f"<Meta title={json.dumps(page.slug)} />\n\n# {page.title}"
        )


def _id(slug: str) -> str:
    return f"{slug.replace('/', '-')}--docs"


def _order() -> list[object]:
    """Return titles in the order of the manual, those of a section in a list behind its name."""
    sections: dict[str, list[str]] = {}
    for page in MANUAL.pages:
        section, _, name = page.slug.rpartition("/")
        sections.setdefault(section, []).append(name)
    order: list[object] = [*sections.pop("", [])]
    for section, names in sections.items():
        order += [section, names]
    return order


def storybook(work: Path, site: Path) -> SiteTruth:
    """Build Storybook with a page of MDX for each page of the manual."""
    folder = node_folder(work, "storybook")
    project, html, writer = fresh(folder / site.name), site / "html", _Mdx()
    shutil.rmtree(html, ignore_errors=True)
    write_sources(writer, project / "docs", ".mdx")
    (project / "package.json").write_text('{"private": true, "type": "module"}')
    (project / ".storybook").mkdir()
    (project / ".storybook/main.js").write_text(
        "import gfm from 'remark-gfm';\n"
        "export default {stories: ['../docs/**/*.mdx'], framework: '@storybook/react-vite', "
        "core: {disableTelemetry: true, disableWhatsNewNotifications: true}, addons: [{name: '@storybook/addon-docs', "
        "options: {mdxPluginOptions: {mdxCompileOptions: {remarkPlugins: [gfm]}}}}]};\n"
    )
    (project / ".storybook/preview.js").write_text(  # read as a text for its order: keys without quotes
        f"export default {{parameters: {{options: {{storySort: {{order: {json.dumps(_order())}}}}}}}}};"
    )
    program = folder / "node_modules/.bin/storybook"
    run([program, "build", "--output-dir", html, "--quiet"], cwd=project, env={"STORYBOOK_DISABLE_TELEMETRY": "1"})
    truth = site_truth(site.name, "Storybook", writer, html, lambda _: "iframe.html")
    for page, source in zip(truth.pages, MANUAL.pages, strict=True):
        page.path = f"iframe.html?viewMode=docs&id={_id(source.slug)}"
    return truth
