"""A hook of MkDocs: a Markdown twin beside each page, llms.txt, and the files outside `docs/` that pages link to.

Twins are the pages' own sources, so they cannot differ. They and llms.txt let an agent read the site without its HTML;
docspasta-mcp itself reads them if they agree with the HTML.
"""

import re
from pathlib import Path, PurePosixPath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

_OUTSIDE = re.compile(r"(?<=\]\()\.\./((?:deploy|examples)/[^)#]+)")  # only from pages at the top of `docs/`
_SHOWN = "files"  # the folder of the site that holds those files
_pages: list[Page] = []


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the files of the repository that pages link to."""
    root = Path(config.docs_dir).parent
    linked = {path for page in files.documentation_pages() for path in _OUTSIDE.findall(page.content_string)}
    for path in sorted(linked):
        if not (root / path).is_file():
            raise PluginError(f"A page links to ../{path}, which does not exist.")
        files.append(File.generated(config, f"{_SHOWN}/{path}", abs_src_path=str(root / path)))
    return files


def on_nav(nav: Navigation, **_: object) -> Navigation:
    """Remember the pages in reading order."""
    _pages[:] = nav.pages
    return nav


def on_page_markdown(markdown: str, **_: object) -> str:
    """Let links to files outside `docs/` lead to their copies."""
    return _OUTSIDE.sub(rf"{_SHOWN}/\1", markdown)


def on_post_page(output: str, *, page: Page, **_: object) -> str:
    """Name the twin in the page's head."""
    twin = PurePosixPath(page.file.src_uri).name
    return output.replace("</head>", f'<link rel="alternate" type="text/markdown" href="{twin}"></head>', 1)


def on_post_build(*, config: MkDocsConfig) -> None:
    """Write the twins and llms.txt."""
    site = Path(config.site_dir)
    for page in _pages:
        twin = site / page.file.src_uri
        twin.parent.mkdir(parents=True, exist_ok=True)
        twin.write_text(_OUTSIDE.sub(rf"{_SHOWN}/\1", page.file.content_string), encoding="utf-8")
    (site / "llms.txt").write_text(_llms_txt(config), encoding="utf-8")


def _llms_txt(config: MkDocsConfig) -> str:
    sections: dict[str, list[str]] = {}
    for page in _pages:
        section = str(page.parent.title) if page.parent else "Manual"
        link = f"- [{_title(page)}]({config.site_url or ''}{page.file.src_uri})"
        sections.setdefault(section, []).append(link)
    blocks = [f"# {config.site_name}", f"> {config.site_description}"]
    for section, links in sections.items():
        blocks += [f"## {section}", "\n".join(links)]
    return "\n\n".join(blocks) + "\n"


def _title(page: Page) -> str:
    return str(page.title)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # untyped there
