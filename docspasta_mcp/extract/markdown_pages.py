"""Pages that are Markdown, MDX or plain text already: kept as they are, but for what only a site builder reads.

Front matter goes and gives the title; MDX loses its imports, exports and component tags, its text stays, and so do the
directives and roles of MyST; links become absolute. Code is never touched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from docspasta_mcp.discovery.links import join
from docspasta_mcp.extract.html_in_markdown import in_markdown
from docspasta_mcp.extract.indented_code import with_fences
from docspasta_mcp.extract.myst import with_file_names, without_myst
from docspasta_mcp.extract.sanitise import without_hidden
from docspasta_mcp.model.active_links import without_active_links
from docspasta_mcp.model.code_spans import code_and_prose
from docspasta_mcp.model.edition import MARKDOWN_SUFFIXES, NO_MARKDOWN_EDITION, MarkdownEdition
from docspasta_mcp.model.markdown_blocks import CODE_SPAN, fences
from docspasta_mcp.urls import last_part_of, origin_of, path_of

_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)\n\1[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = r"^{}[ \t]*[:=](.+)$"
_HEADING = re.compile(r"^#[ \t]+(.+)$")
_FIRST_TITLE = re.compile(r"\A(?P<above>(?:(?!#[ \t]|`{3}|~{3})[^\n]*\n){1,60}?)(?P<title>#[ \t]+[^\n]+)")
_PICTURE = re.compile(r"\[?!\[[^\[\]]*\](?:\([^()\s]*\)|\[[^\[\]]*\])(?:\](?:\([^()\s]*\)|\[[^\[\]]*\]))?")
_WORD = re.compile(r"\w")
_SETEXT = re.compile(r"^=+[ \t]*$")
_MDX_STATEMENT = re.compile(r"^(?:import\b.*\bfrom\b|import\s+[\"']|export\s+(?:const|default|function|let|var|\{|\*))")
_LABEL = re.compile(r"\b(?:label|title|header)=(?:\"([^\"]*)\"|'([^']*)'|\{[\"'`]([^\"'`]*)[\"'`]\})")
_COMPONENT = re.compile(r"</?[A-Z][\w.]*(?:\s[^<>]{0,4000}?(?:=>[^<>]{0,4000}?)?)?/?>", re.DOTALL)
_MDX_COMMENT = re.compile(r"\{/\*(?:(?!\{/\*).)*?\*/\}", re.DOTALL)
_LINK = re.compile(
    CODE_SPAN + r"|(?P<text>!?\[(?:[^\[\]]++|\[[^\[\]]*+\])*+\]\([ \t\n]{0,9}<?)(?P<url>[^)\s>]+)"
    r"|(?P<name>^[ ]{0,3}\[[^\]\n]+\]:[ ]*<?)(?P<target>\S+?)(?=>?(?:\s|$))",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Plain:
    """A page that came as text. `markdown` opens with its title, `links` are absolute and in order."""

    title: str
    language: str
    markdown: str
    links: tuple[str, ...]


def read_plain(
    text: str,
    url: str,
    *,
    is_markdown: bool,
    markdown_edition: MarkdownEdition = NO_MARKDOWN_EDITION,
    name: str = "",
) -> Plain:
    """Read a page that needs no conversion.

    Args:
        text: the decoded body.
        url: of the page.
        is_markdown: whether to look for front matter, MDX and links in it.
        markdown_edition: by which it was had, if it is not the page itself.
        name: its title if it says none; otherwise its URL gives that.
    """
    text = text.replace("\r\n", "\n")
    title = language = ""
    if is_markdown:
        text, front = _split_front_matter(text)
        title, language = _field(front, "title"), _field(front, "lang(?:uage)?")
        text = "".join(_without_mdx(text)) if _is_mdx(text, url) else with_fences(text)  # MDX knows no indented code
        if is_markdown_url(url):
            text = with_file_names(text, ".md")
        text = without_myst(text)
        text = "".join(part if is_code else _MDX_COMMENT.sub("", part) for is_code, part in code_and_prose(text))
        shown = without_active_links(without_hidden(text))
        text = in_markdown(shown)
        text = without_active_links(text) if text != shown else shown  # what was no link may have become one
    text = _title_first(text.strip("\n").rstrip()) if is_markdown else text.strip("\n").rstrip()
    heading = _first_heading(text)
    if heading:
        title = heading
    else:
        title = title or name or last_part_of(url)
        text = f"# {title}\n\n{text}"
    links: dict[str, None] = {}
    if is_markdown:
        text = "".join(
            part if is_code else _absolute(part, url, markdown_edition, links) for is_code, part in fences(text)
        )
    return Plain(title, language, text.strip() + "\n", tuple(links))


def is_markdown_url(url: str) -> bool:
    """Tell whether a URL's path ends as Markdown files do."""
    return path_of(url).lower().endswith(MARKDOWN_SUFFIXES)


def _split_front_matter(text: str) -> tuple[str, str]:
    match = _FRONT_MATTER.match(text)
    return (text[match.end() :], match[2]) if match else (text, "")


def _field(front_matter: str, name: str) -> str:
    match = re.search(_FIELD.format(name), front_matter, re.MULTILINE)
    return match[1].strip("\"' \t") if match else ""


def _first_heading(text: str) -> str:
    """Return the title that a text opens with, or an empty string."""
    lines = text.split("\n", 2)
    match = _HEADING.match(lines[0])
    if match:
        title = match[1].rstrip()
        bare = title.rstrip("#")  # CommonMark §4.2: a closing run of # stands after a space
        return bare.rstrip() if bare.endswith((" ", "\t")) else title
    return lines[0].strip() if len(lines) > 1 and lines[0].strip() and _SETEXT.match(lines[1]) else ""


def _title_first(text: str) -> str:
    """Return a text with its title before the pictures that stand above it, as in READMEs."""
    found = _FIRST_TITLE.match(text)
    if found is None:
        return text
    above, title = found["above"], found["title"]
    if not above.strip() or _WORD.search(_PICTURE.sub("", above)):
        return text
    return f"{title}\n\n{above.strip()}\n{text[found.end() :]}"


def _is_mdx(text: str, url: str) -> bool:
    return path_of(url).lower().endswith(".mdx") or any(map(_MDX_STATEMENT.match, text.lstrip().split("\n", 3)[:3]))


def _without_mdx(text: str) -> Iterator[str]:
    """Yield the parts of a text without what only MDX knows, fences as they are."""
    for is_code, part in fences(text):
        if is_code:
            yield part
            continue
        lines = (line for line in part.split("\n") if not _MDX_STATEMENT.match(line))
        told = "".join(
            piece if is_span else _COMPONENT.sub(_component_text, piece)
            for is_span, piece in code_and_prose("\n".join(lines))
        )
        yield re.sub(r"\n{3,}", "\n\n", told)


def _component_text(match: re.Match[str]) -> str:
    """Return what a component's opening tag says to a reader: its label or title."""
    label = None if match[0].startswith("</") else _LABEL.search(match[0])
    text = next((group for group in label.groups() if group), "") if label else ""
    return f"**{text}**\n" if text else ""


def _absolute(text: str, url: str, markdown_edition: MarkdownEdition, links: dict[str, None]) -> str:
    """Return text with absolute links, and add those that are not images to `links`."""

    def link(match: re.Match[str]) -> str:
        lead = match["text"] or match["name"]
        if not lead:
            return match[0]
        reference, mark, fragment = (match["url"] or match["target"]).partition("#")
        found = join(markdown_edition.base_of(url), reference) if reference else ""
        if not found:
            return match[0]
        page = markdown_edition.page_of(found) if origin_of(found) == origin_of(url) else found
        if not lead.startswith("!"):
            links[page] = None
        return f"{lead}{page}{mark}{fragment}"

    return _LINK.sub(link, text)
