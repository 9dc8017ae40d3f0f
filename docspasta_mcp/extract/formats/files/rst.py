"""reStructuredText, by docutils, with what Sphinx adds to it read for its text: nothing is included, run or imported.

A directive or role that nobody knows loses its name, never its content.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportUnknownLambdaType=false
# pyright: reportAttributeAccessIssue=false

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from docutils import nodes
from docutils.core import publish_doctree, publish_from_doctree
from docutils.parsers.rst import Directive, directives, roles

from docspasta_mcp.extract.charset import decode
from docspasta_mcp.extract.formats.files.read import Converted

_CODE = frozenset("code-block sourcecode highlight-code ipython testcode doctest prompt console parsed-literal".split())
_NOTES = frozenset("seealso todo versionadded versionchanged versionremoved deprecated note-box".split())
_SILENT = frozenset(
    "index highlight currentmodule module default-role rst-class tabularcolumns sectionauthor codeauthor only-here meta"
    " contents py:module py:currentmodule c:namespace js:module default-domain testsetup testcleanup".split()
)
_FROM_CODE = ("auto", "include", "literalinclude", "program-output", "click", "argparse", "jinja", "plot", "graphviz")
_OBJECT = re.compile(
    r"(?:\w+:)?(?:function|class|method|classmethod|staticmethod|attribute|property|data|exception|decorator|module"
    r"|envvar|option|program|confval|setting|command|describe|object|type|macro|member|struct|enum|enumerator|var"
    r"|rst:directive|rst:role|directive|role|get|post|put|patch|delete|head)"
)
_LITERAL_ROLES = frozenset(
    "func meth class mod attr data exc obj const type file program option envvar command samp kbd code-py makevar"
    " regexp token dfn-code keyword setting confval djadmin mailheader mimetype newsgroup".split()
)
_TARGET = re.compile(r"^((?:.*\S)?)\s*<([^<>]+)>$", re.DOTALL)
_SETTINGS = {
    "report_level": 5,
    "halt_level": 5,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "syntax_highlight": "none",
    "smart_quotes": False,
    "math_output": "MathJax",
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "initial_header_level": 2,
    "doctitle_xform": True,
    "sectsubtitle_xform": False,
    "line_length_limit": 100_000,
    "_disable_config": True,
}
_known_directive, _known_role = directives.directive, roles.role


class _AnyOption(dict[str, Any]):
    """Options of any name."""

    def __missing__(self, _name: str) -> Any:
        return str

    def __bool__(self) -> bool:
        return True


class _Sphinx(Directive):
    """Any directive that docutils does not have."""

    optional_arguments: ClassVar[int] = 1
    final_argument_whitespace: ClassVar[bool] = True
    has_content: ClassVar[bool] = True
    option_spec: ClassVar[Any] = _AnyOption()

    def run(self) -> list[Any]:  # noqa: PLR0911  # one return for each kind
        """Return what the directive shows."""
        name, argument = self.name.lower(), (self.arguments[0] if self.arguments else "").strip()
        if name in _SILENT:
            return []
        if name in _CODE:
            return [_literal("\n".join(self.content), argument.split(" ")[0] if name != "parsed-literal" else "")]
        if name == "toctree":
            return self._toctree()
        if name.startswith(_FROM_CODE) and not self.content:
            return [nodes.paragraph("", "", nodes.literal("", f"{name}:: {argument}"))] if argument else []
        if _OBJECT.fullmatch(name) and argument:
            return self._object(argument)
        if name in _NOTES:
            return [self._note(name, argument)]
        within = self._parsed(nodes.container())
        if argument and self.content and not name.startswith("only"):
            within.insert(0, nodes.paragraph("", "", nodes.strong("", argument)))
        return list(within.children) if self.content else [nodes.paragraph("", argument)] if argument else []

    def _toctree(self) -> list[Any]:
        """Return links to the pages that are listed, which lie beside this one."""
        entries: list[Any] = []
        for line in filter(None, map(str.strip, self.content)):
            titled = _TARGET.match(line)
            title, target = (titled[1], titled[2]) if titled else (line, line)
            if target == "self" or "*" in target:
                continue
            where = target if "://" in target else f"{target.removesuffix('.rst')}.rst"
            link = nodes.reference("", title, refuri=where)
            entries.append(nodes.list_item("", nodes.paragraph("", "", link)))
        return [nodes.bullet_list("", *entries)] if entries else []

    def _object(self, argument: str) -> list[Any]:
        signatures = [
            nodes.term("", "", nodes.literal("", line.strip())) for line in argument.split("\n") if line.strip()
        ]
        body = self._parsed(nodes.definition())
        if not body.children:
            body += nodes.paragraph()
        return [nodes.definition_list("", nodes.definition_list_item("", *signatures, body))]

    def _note(self, name: str, argument: str) -> Any:
        words = {
            "versionadded": "Added in version", "versionchanged": "Changed in version",
            "versionremoved": "Removed in version", "deprecated": "Deprecated since version",
        }  # fmt: skip
        version, _, text = argument.partition("\n") if name in words else ("", "", argument)
        title = f"{words.get(name, name.replace('seealso', 'See also').title())} {version}".strip()
        body = self._parsed(nodes.container())
        children = [*([nodes.paragraph("", text)] if text else []), *body.children]
        if not children:
            return nodes.paragraph("", "", nodes.emphasis("", title))
        return nodes.admonition("", nodes.title("", title), *children, classes=["note"])

    def _parsed(self, parent: Any) -> Any:
        self.state.nested_parse(self.content, self.content_offset, parent)
        return parent


def _literal(text: str, language: str) -> Any:
    return nodes.literal_block(text, text, classes=["code", language] if language else [])


def _directive(name: str, language: Any, document: Any) -> Any:
    if name.lower() in _CODE:
        return _Sphinx, []
    found, messages = _known_directive(name, language, document)
    return (found, messages) if found else (_Sphinx, [])


def _role(name: str, language: Any, lineno: int, reporter: Any) -> Any:
    found, messages = _known_role(name, language, lineno, reporter)
    return (found, messages) if found else (_sphinx_role, [])


def _sphinx_role(
    name: str, raw: str, text: str, _lineno: int, _inliner: Any, _options: Any = None, _content: Sequence[str] = ()
) -> tuple[list[Any], list[Any]]:
    """Return what a role of Sphinx shows: its title, or the name of its target."""
    kind, text = name.lower().rpartition(":")[2], text.replace("\x00", "\\").strip()
    titled = _TARGET.match(text)
    title, target = (titled[1], titled[2]) if titled else (text, text)
    if kind in ("doc", "download") and "://" not in target:
        where = target if kind == "download" else f"{target.removesuffix('.rst')}.rst"
        return [nodes.reference(raw, title, refuri=where)], []
    if not titled and title.startswith("~"):
        title = title.rpartition(".")[2].lstrip("~")
    title = title.removeprefix("!") if not titled else title
    if kind in _LITERAL_ROLES or kind in ("py", "c", "cpp", "js"):
        return [nodes.literal(raw, f"{title}()" if kind in ("func", "meth") and not title.endswith(")") else title)], []
    if kind == "ref" and not titled:
        title = title.replace("-", " ").replace("_", " ")
    if kind in ("pep", "rfc"):
        title = f"{kind.upper()} {title}"
    return [nodes.inline(raw, title)], []


def convert(body: bytes, charset: str) -> Converted:
    """Return reStructuredText as HTML."""
    text = decode(body, charset or "utf-8")
    directives.directive, roles.role = _directive, _role  # worker processes read for nobody else
    try:
        document = publish_doctree(text, settings_overrides=dict(_SETTINGS))
        for literal in document.findall(nodes.literal):
            literal["classes"].append("code")  # else it is written as a span
        html = publish_from_doctree(document, writer="html5", settings_overrides=dict(_SETTINGS)).decode()
    finally:
        directives.directive, roles.role = _known_directive, _known_role
    return Converted(html, is_html=True)
