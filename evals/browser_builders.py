"""Build manuals that only a browser shows: an application of Vue whose pages are routes, and docsify.

The application's shell is empty; its script fetches the Markdown of a route and renders it there, with the sidebar.
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evals.api_builders import api
from evals.builders import bare_path, site_truth, summary, write_sources
from evals.client_builders import docusaurus_client, storybook
from evals.manual import MANUAL
from evals.markdown_writer import Markdown
from evals.tools import node_folder
from evals.truth import SiteTruth

_SCRIPTS = {
    "vue.js": "vue/dist/vue.global.prod.js",
    "router.js": "vue-router/dist/vue-router.global.prod.js",
    "marked.js": "marked/lib/marked.umd.js",
}
_SHELL = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><div id="app"></div>
<script src="/assets/vue.js"></script><script src="/assets/router.js"></script><script src="/assets/marked.js"></script>
<script src="/assets/app.js"></script></body></html>
"""
_APPLICATION = """
const settings = %s;
const Page = {
  data: () => ({html: ""}),
  template: `<main><article v-html="html"></article></main>`,
  methods: {
    async show(path) {
      const slug = path.replace(/^\\/|\\/$/g, "") || "index";
      const answer = await fetch(`/content/${slug}.md`);
      this.html = answer.ok ? marked.parse(await answer.text()) : "<h1>Not found</h1>";
    },
  },
  created() { this.$watch(() => this.$route.path, path => this.show(path), {immediate: true}); },
};
const history = settings.hasHash ? VueRouter.createWebHashHistory() : VueRouter.createWebHistory();
const router = VueRouter.createRouter({history, routes: [{path: "/:slug(.*)*", component: Page}]});
Vue.createApp({
  data: () => settings,
  template: `<header><router-link to="/">{{ title }}</router-link></header>
    <aside class="sidebar"><nav><ul><li v-for="section in sections"><span>{{ section.title }}</span>
    <ul><li v-for="page in section.pages"><router-link :to="page.path">{{ page.title }}</router-link></li></ul>
    </li></ul></nav></aside><router-view></router-view><footer>{{ footer }}</footer>`,
}).use(router).mount("#app");
"""


class _Linked(Markdown):
    """Markdown whose links lead to routes."""

    def __init__(self, mark: str) -> None:
        super().__init__()
        self._mark = mark

    def link(self, target: str) -> str:
        """Return a link to a route."""
        return target if "://" in target else f"{self._mark}/{target}"


def application(
    work: Path,
    html: Path,
    *,
    title: str,
    sections: Mapping[str, Sequence[tuple[str, str]]],
    has_hash: bool,
    footer: str,
) -> None:
    """Write an application for Markdown files that are below `content` already; `sections` has slugs and titles."""
    modules = node_folder(work, "browser") / "node_modules"
    (html / "assets").mkdir(parents=True)
    for name, place in _SCRIPTS.items():
        shutil.copy(modules / place, html / "assets" / name)
    listed = [
        {"title": name, "pages": [{"path": f"/{slug}", "title": text} for slug, text in pages]}
        for name, pages in sections.items()
    ]
    settings = {"title": title, "footer": footer, "hasHash": has_hash, "sections": listed}
    (html / "assets/app.js").write_text(_APPLICATION % json.dumps(settings))
    shell = _SHELL.format(title=title)
    (html / "index.html").write_text(shell)
    if not has_hash:
        for pages in sections.values():
            for slug, _ in pages:
                file = html / f"{slug}.html"  # a host that answers any path with the application
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(shell)


def vue(*, has_hash: bool) -> Callable[[Path, Path], SiteTruth]:
    """Return the builder of an application with routes behind a `#`, or in paths."""

    def build(work: Path, site: Path) -> SiteTruth:
        html = site / "html"
        shutil.rmtree(html, ignore_errors=True)
        writer = _Linked("#" if has_hash else "")
        write_sources(writer, html / "content", ".md")
        sections = {one.title: [(page.slug, page.title) for page in one.pages] for one in MANUAL.sections}
        application(work, html, title=MANUAL.title, sections=sections, has_hash=has_hash, footer=MANUAL.footer)
        if not has_hash:
            return site_truth(site.name, "Vue, history", writer, html, bare_path)
        truth = site_truth(site.name, "Vue, hash", writer, html / "content", lambda slug: f"{slug}.md")
        for page in truth.pages:
            slug = page.path.removesuffix(".md")
            page.path, page.file = ("" if slug == "index" else f"#/{slug}"), "index.html"
        truth.html = str(html)
        return truth

    return build


def docsify(work: Path, site: Path) -> SiteTruth:
    """Build with docsify, which renders nothing before it is asked."""
    html, modules = site / "html", node_folder(work, "browser") / "node_modules"
    shutil.rmtree(html, ignore_errors=True)
    write_sources(Markdown(), html, ".md")
    (html / "index.md").rename(html / "README.md")
    (html / "_sidebar.md").write_text(summary(f"* [{MANUAL.start.title}](/)\n", "\n* {}\n"))
    shutil.copy(modules / "docsify/lib/docsify.min.js", html / "docsify.js")
    config = "window.$docsify = {name: 'Tarn', loadSidebar: true, subMaxLevel: 2}"
    (html / "index.html").write_text(
        f"<!DOCTYPE html><html><body><div id=app>Loading</div><script>{config}</script>"
        "<script src=docsify.js></script></body></html>"
    )
    return site_truth(
        site.name, "docsify", Markdown(), html, lambda slug: "README.md" if slug == "index" else f"{slug}.md"
    )


BROWSER_BUILDERS: dict[str, Callable[[Path, Path], SiteTruth]] = {
    "docsify": docsify,
    "vue-hash": vue(has_hash=True),
    "vue-history": vue(has_hash=False),
    "docusaurus-client": docusaurus_client,
    "storybook": storybook,
    "redoc": api("redoc"),
    "swagger-ui": api("swagger-ui"),
}
