"""Build the documentation of real Python projects with Sphinx, and read its truth from the parsed sources.

Sphinx writes every page a second time as Docutils XML: the tree its parsers and autodoc made of the source, before any
theme or HTML. The order is that of the toctree directives, read from the source files.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lxml import etree

from evals.builders import FURNITURE, fresh
from evals.tools import python_tool, run, sdist
from evals.truth import PageTruth, SiteTruth

_Element = etree._Element  # pyright: ignore[reportPrivateUsage] - lxml gives its class no public name

_SILENT = {"comment", "substitution_definition", "target", "index", "meta", "system_message", "pending", "raw", "image"}
_ADMONITIONS = {
    **{name: name for name in ("note", "warning", "tip", "important", "caution", "danger", "hint", "error")},
    "seealso": "See also", "attention": "attention",
}  # fmt: skip
_PARAGRAPHS = {"paragraph", "title", "term", "classifier", "rubric", "caption", "attribution", "field_name", "line"}
_APART = {
    "desc_parameter", "desc_type_parameter", "desc_optional", "desc_returns", "entry", "versionmodified", "list_item",
    "paragraph", "compact_paragraph", "term", "definition", "title",
}  # fmt: skip
_DOCTEST_FLAG = re.compile(r"[ \t]*#[ \t]*doctest:.*$", re.MULTILINE)  # Sphinx trims them
_TOCTREE = re.compile(r"^([ \t]*)(?:\.\. toctree::|(?:```|:::)+\{(?:eval-rst|toctree)\})[^\n]*\n", re.MULTILINE)
_ENTRY = re.compile(r"^(?:.*<(?P<target>[^>]+)>|(?P<plain>[\w./*-]+))$")


_OVERRIDES = """
html_theme = {theme!r}
html_theme_options = {{}}
html_sidebars = {{}}
html_context = {{}}
intersphinx_mapping = {{}}
extensions = [extension for extension in extensions if "opengraph" not in extension]
"""  # no network, and nothing that only the project's own theme knows


@dataclass(frozen=True, slots=True)
class Project:
    """A package on PyPI whose sdist has Sphinx sources in `docs`, and the theme to build them with."""

    requirement: str
    docs: str
    theme: str
    title: str


PROJECTS = {
    "jinja": Project("jinja2==3.1.6", "docs", "alabaster", "Jinja"),
    "flask": Project("flask==3.1.3", "docs", "sphinx_rtd_theme", "Flask"),
    "urllib3": Project("urllib3==2.8.0", "docs", "furo", "urllib3"),
    "click": Project("click==8.5.1", "docs", "pydata_sphinx_theme", "Click"),
}


def builder(project: Project) -> Callable[[Path, Path], SiteTruth]:
    """Return the builder of a project's documentation."""

    def build(work: Path, site: Path) -> SiteTruth:
        source, html, xml = site / "source", site / "html", site / "xml"
        fresh(site)
        shutil.copytree(sdist(work, project.requirement), source)
        run([python_tool(work, "pip"), "install", "-q", project.requirement], cwd=site)
        docs = source / project.docs
        with (docs / "conf.py").open("a") as conf:
            conf.write(_OVERRIDES.format(theme=project.theme))
        for name, target in (("html", html), ("xml", xml)):
            run(
                [python_tool(work, "sphinx-build"), "-q", "-b", name, "-d", site / name / ".trees", docs, target],
                cwd=site,
            )
        pages = [_page(name, xml) for name in reading_order(docs)]
        names = [project.title, f"{project.title} documentation", *FURNITURE]
        furniture = [*(page.title for page in pages), *names]
        return SiteTruth(site.name, f"Sphinx {project.theme}", str(html), pages, furniture)

    return build


def reading_order(docs: Path) -> list[str]:
    """Return the names of the pages that toctrees reach, depth first."""
    seen: list[str] = []

    def visit(name: str) -> None:
        file = next((f for f in (docs / f"{name}.rst", docs / f"{name}.md") if f.is_file()), None)
        if file is None or name in seen:
            return
        seen.append(name)
        for entry in _toctree_entries(file.read_text()):
            relative = PurePosixPath(name).parent / entry if not entry.startswith("/") else PurePosixPath(entry[1:])
            base = str(relative).removesuffix(".rst").removesuffix(".md")
            if "*" in base:
                for match in sorted(docs.glob(f"{base}.rst")):
                    visit(str(match.relative_to(docs).with_suffix("")))
            else:
                visit(base)

    visit("index")
    return seen


def _toctree_entries(text: str) -> Iterator[str]:
    for match in _TOCTREE.finditer(text):
        for line in text[match.end() :].split("\n"):
            stripped = line.strip()
            if stripped.startswith((":", "---")) or not stripped or stripped.startswith(".. toctree"):
                continue
            entry = _ENTRY.match(stripped)
            is_inside = line.startswith((" ", "\t")) or match[0].lstrip().startswith(("`", ":"))
            if not is_inside or not entry or stripped.startswith("```"):
                break
            yield entry["target"] or entry["plain"]


def _page(name: str, xml: Path) -> PageTruth:
    root = etree.parse(xml / f"{name}.xml").getroot()
    title = root.find(".//section/title")
    path = "" if name == "index" else f"{name}.html"
    truth = PageTruth(path, f"{name}.html", _text(title) if title is not None else name)
    _walk(root, truth)
    return truth


def _walk(element: _Element, truth: PageTruth) -> None:
    for child in element:
        name = str(child.tag)
        classes = (child.get("classes") or "").split()
        if name in _SILENT:
            continue
        if "toctree-wrapper" in classes or (name == "topic" and "contents" in classes):
            truth.optional.append(_text(child))
        elif name in ("literal_block", "doctest_block"):
            _add_code(child, truth)
        elif name == "math_block":
            truth.text.append(_text(child))
        elif name == "desc_signature":
            truth.text.append(_text(child))
            truth.optional_headings.append(_text(child))
        elif name == "label":
            truth.optional.append(_text(child))
        elif name in _PARAGRAPHS:
            _add_paragraph(child, truth)
        else:
            if name in _ADMONITIONS:
                truth.text.append(_ADMONITIONS[name])
            if name == "versionmodified":
                truth.optional.append("Changelog")  # what sphinxcontrib-log-cabinet folds them under
            if name == "entry":
                truth.cells.append(_text(child))
            _walk(child, truth)


def _add_paragraph(element: _Element, truth: PageTruth) -> None:
    text = _text(element)
    truth.text.append(text)
    truth.optional.extend(image.get("alt") or "" for image in element.iter("image"))
    parent = element.getparent()
    if element.tag == "title" and parent is not None and parent.tag == "section":
        truth.headings.append(text)
    elif element.tag in ("rubric", "title", "caption", "field_name"):
        truth.optional_headings.append(text)


def _add_code(element: _Element, truth: PageTruth) -> None:
    text = "".join(element.itertext())
    if element.tag == "doctest_block" or ">>>" in text:
        text = _DOCTEST_FLAG.sub("", text)
    language = element.get("language") or ""
    truth.text.append(text)
    truth.codes.append((text.strip("\n"), language))


def _text(element: _Element) -> str:
    return "".join(_parts(element)).strip()


def _parts(element: _Element) -> Sequence[str]:
    parts = [element.text or ""]
    for child in element:
        apart = " " if child.tag in _APART else ""
        if child.tag not in _SILENT:
            parts += [apart, *_parts(child), apart]
        parts.append(child.tail or "")
    return parts
