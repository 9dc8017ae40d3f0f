"""Read what MyST, Sphinx's Markdown, adds to Markdown: targets, roles and directives, as a reader would see them.

A directive or role that nobody knows loses its name, never its content. Nothing is included or run.
"""

import re
from collections.abc import Callable, Iterator

from docspasta_mcp.model.code_spans import code_and_prose
from docspasta_mcp.model.markdown_blocks import fences

MAX_LEVELS = 8  # of directives within each other
_MARK = re.compile(
    r"^[ \t]*(?:\([\w .:/-]+\)=[ \t]*$|(?:`{3,}|~{3,}|:{3,})\{[\w:+.-]+\})|\{[a-z][\w:+.-]*\}`", re.MULTILINE
)
_FENCE = re.compile(
    r"\A(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})\{(?P<name>[\w:+.-]+)\}[ \t]*(?P<argument>[^\n]*)\n"
    r"(?P<body>.*?)(?:\n?[ \t]*(?P=fence)[`~]*[ \t]*\n?)?\Z",
    re.DOTALL,
)
_COLONS = re.compile(r"^[ \t]*:{3,}(?:\{(?P<name>[\w:+.-]+)\}[ \t]*(?P<argument>.*))?$")
_OTHER_COLONS = re.compile(r"^[ \t]*:{3,}[ \t]*[\w-]")
_TARGET = re.compile(r"^[ \t]*\([\w .:/-]+\)=[ \t]*\n", re.MULTILINE)
_ROLE = re.compile(r"\{([a-z][\w:+.-]*)\}\Z")  # right before code within a line
_TITLED = re.compile(r"^(.*\S)\s*<([^<>]+)>$", re.DOTALL)
_OPTION = re.compile(r"^[ \t]*:[\w-]+:(?:[ \t].*)?$")
_CODE = frozenset("code code-block code-cell sourcecode ipython doctest testcode prompt console parsed-literal".split())
_NOTES = frozenset("note warning tip hint important caution danger attention error seealso todo".split())
_VERSIONS = {
    "versionadded": "Added in version",
    "versionchanged": "Changed in version",
    "versionremoved": "Removed in version",
    "deprecated": "Deprecated since version",
}
_SILENT = frozenset("toctree tableofcontents contents index highlight currentmodule module meta default-domain".split())
_FROM_FILES = frozenset("include literalinclude program-output click argparse plot graphviz".split())
_PLAIN_ROLES = frozenset(
    "ref numref term any abbr download guilabel menuselection sub sup eq pep rfc index dfn cite strong emphasis".split()
)


def with_file_names(text: str, ending: str) -> str:
    """Return a page whose roles `doc`, which name a page without its ending, name its file."""
    if "{doc}" not in text:
        return text

    def named(name: str, span: str) -> str:
        titled = _TITLED.match(written := span.strip("`"))
        title, place = (titled[1], titled[2]) if titled else (written, written)
        if name != "doc" or len(place.split()) != 1 or "." in place.rpartition("/")[2] or "://" in place:
            return f"{{{name}}}{span}"
        return f"{{doc}}`{title} <{place}{ending}>`"

    return "".join(_roles_told(text, named))


def without_myst(text: str, level: int = 0) -> str:
    """Return a page without what only MyST knows; one that has nothing of it as it is."""
    if level > MAX_LEVELS or not _MARK.search(text):
        return text
    told: list[str] = []
    for is_code, part in fences(text):
        said = _directive(part, level) if is_code else _prose(part)
        told.append(said.lstrip("\n") if told and not told[-1] else said)  # what said nothing leaves no gap
    return "".join(told)


def _directive(fence: str, level: int) -> str:
    """Return what a fence says whose info string names a directive; any other one as it is."""
    match = _FENCE.match(fence)
    if match is None:
        return fence
    name, argument = match["name"].lower(), match["argument"].strip()
    indent = match["indent"]
    body = "\n".join(line.removeprefix(indent) for line in _without_options(match["body"]).split("\n"))
    told = "\n".join(_told(name, argument, body, match["fence"], level))
    return "".join(f"{indent}{line}\n" if line else "\n" for line in told.split("\n")) if told else ""


def _told(name: str, argument: str, body: str, fence: str, level: int) -> Iterator[str]:
    if name in _CODE:
        yield f"{fence}{argument.split(maxsplit=1)[0] if argument else ''}\n{body}\n{fence}"
    elif name == "eval-rst":
        yield f"{fence}rst\n{body}\n{fence}"
    elif name == "math":
        yield f"$$\n{argument or body}\n$$"
    elif name in ("figure", "image"):
        yield f"![]({argument})"
        yield f"\n{without_myst(body, level + 1)}" if body.strip() else ""
    elif name in _FROM_FILES or name.startswith("auto"):
        yield f"*({name}: `{argument}`)*"
    elif name not in _SILENT:
        inner = without_myst(body, level + 1).strip("\n")
        title = _title(name, argument)
        if name in _NOTES or name in _VERSIONS or name == "admonition":
            quoted = "\n".join(filter(None, [f"**{title}**", "" if not inner else f"\n{inner}"]))
            yield "\n".join(f"> {line}" if line else ">" for line in quoted.split("\n"))
        else:
            yield "\n\n".join(filter(None, [f"**{title}**" if title else "", inner]))


def _title(name: str, argument: str) -> str:
    """Return what stands over the content of a directive."""
    if name in _VERSIONS:
        return f"{_VERSIONS[name]} {argument}".strip()
    if name in _NOTES:
        return "See also" if name == "seealso" else name.title() + (f": {argument}" if argument else "")
    return argument


def _without_options(body: str) -> str:
    """Return a directive's content: what comes after its options, as `:key: value` or between dashes."""
    lines = body.split("\n")
    if lines and lines[0].strip() == "---" and "---" in [line.strip() for line in lines[1:]]:
        end = next(number for number, line in enumerate(lines[1:], 1) if line.strip() == "---")
        lines = lines[end + 1 :]
    while lines and _OPTION.match(lines[0]):
        lines = lines[1:]
    return "\n".join(lines).strip("\n")


def _prose(text: str) -> str:
    """Return prose without targets; roles as what they show, directives between colons as what they hold."""
    kept: list[str] = []
    is_head = False
    others = 0  # blocks between colons that are not MyST's, such as `:::note`
    for line in _TARGET.sub("", text).split("\n"):
        match = _COLONS.match(line)
        if _OTHER_COLONS.match(line):
            others += 1
            kept.append(line)
        elif match is not None and not match["name"] and others:
            others -= 1
            kept.append(line)
        elif match is not None:
            is_head = bool(match["name"])
            title = _title((match["name"] or "").lower(), (match["argument"] or "").strip())
            kept.append(f"**{title}**\n" if title else "")
        elif not (is_head and _OPTION.match(line)):
            is_head = False
            kept.append(line)
    return "".join(_roles_told("\n".join(kept), _shown))


def _roles_told(text: str, told: Callable[[str, str], str]) -> Iterator[str]:
    """Yield a text with something else for each role: what stands right before code within a line, never in it.

    Args:
        text: of a page.
        told: returns what stands for a role, of its name and the code after it.
    """
    prose = ""
    for is_code, part in code_and_prose(text):
        if not is_code:
            prose += part
            continue
        role = _ROLE.search(prose)
        yield f"{prose[: role.start()]}{told(role[1], part)}" if role else prose + part
        prose = ""
    yield prose


def _shown(name: str, span: str) -> str:
    """Return what a role shows: words, a formula, a link to a page, or code."""
    name, text = name.rpartition(":")[2], " ".join(span.strip("`").split())
    titled = _TITLED.match(text)
    if name == "math":
        return f"${text}$"
    if name == "doc":
        title, place = (titled[1], titled[2]) if titled else (text, text)
        return f"[{title}]({place})"
    shown = titled[1] if titled else text
    if name in _PLAIN_ROLES:
        return shown
    shown = shown.rpartition(".")[2] if shown.startswith("~") else shown.removeprefix("!")
    return f"`{shown}`"
