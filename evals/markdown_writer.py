"""Write a page in the Markdown of a generator: one class for each dialect."""

from collections.abc import Sequence
from textwrap import indent
from typing import ClassVar

from evals.corpus import (
    ALL_FEATURES,
    Block,
    Code,
    Definitions,
    Details,
    Heading,
    Item,
    Listing,
    Math,
    Note,
    Page,
    Quote,
    Table,
    Tabs,
    Text,
    inlines,
    plain,
    supported,
    without_tabs,
)


class Markdown:
    """CommonMark with GFM tables; what it cannot say is not in `features`."""

    features: ClassVar[frozenset[type]] = ALL_FEATURES - {Note, Tabs, Math, Definitions, Details}
    has_footnotes: ClassVar[bool] = False
    keeps_tabs: ClassVar[bool] = True
    step: ClassVar[str] = "    "

    def __init__(self) -> None:
        self._notes: list[str] = []

    def page(self, page: Page) -> str:
        """Return the whole file."""
        self._notes = []
        parts = [self.front(page), self.blocks(self.visible(page)), *self._notes]
        return "\n\n".join(part for part in parts if part) + "\n"

    def visible(self, page: Page) -> tuple[Block, ...]:
        """Return the blocks that this generator can show: what its page must say."""
        blocks = supported(page.blocks, self.features)
        if not self.has_footnotes:
            blocks = tuple(Text(block.text) if isinstance(block, Text) else block for block in blocks)
        return blocks if self.keeps_tabs else without_tabs(blocks)

    def front(self, page: Page) -> str:
        """Return what stands before the blocks: the title."""
        return f"# {page.title}"

    def blocks(self, blocks: Sequence[Block]) -> str:
        """Return blocks, a blank line between them."""
        return "\n\n".join(self.block(block) for block in blocks)

    def block(self, block: Block) -> str:
        """Return one block."""
        match block:
            case Text():
                return self.text(block)
            case Heading():
                return f"{'#' * block.level} {self.inline(block.text)}"
            case Code():
                return self.code(block)
            case Table():
                return self.table(block)
            case Listing():
                return self.listing(block)
            case Quote():
                return f"> {self.inline(block.text)}"
            case Note():
                return self.note(block)
            case Tabs():
                return self.tabs(block)
            case Math():
                return f"$$\n{block.tex}\n$$"
            case Definitions():
                return self.definitions(block)
            case Details():
                return self.details(block)

    def inline(self, text: str) -> str:
        """Return a run of text."""
        return "".join(self._run(run.kind, run.text, run.target) for run in inlines(text))

    def _run(self, kind: str, text: str, target: str) -> str:
        match kind:
            case "code":
                return f"`{text}`"
            case "bold":
                return f"**{text}**"
            case "emphasis":
                return f"*{text}*"
            case "link":
                return f"[{text}]({self.link(target)})"
            case _:
                return self.escape(text)

    def escape(self, text: str) -> str:
        """Return plain text so that it means itself."""
        return text

    def link(self, target: str) -> str:
        """Return a link target for a slug or URL; only the start page links to others."""
        return target if "://" in target else f"{target}.md"

    def text(self, block: Text) -> str:
        """Return a paragraph, and remember its footnote for the page's end."""
        if not block.note:
            return self.inline(block.text)
        self._notes.append(f"[^n]: {self.inline(block.note)}")
        return f"{self.inline(block.text)}[^n]"

    def info(self, code: Code) -> str:
        """Return what stands behind the fence."""
        return code.language

    def code(self, code: Code) -> str:
        """Return a fenced block, with a fence longer than any inside."""
        fence = "````" if "```" in code.text else "```"
        return f"{fence}{self.info(code)}\n{code.text}\n{fence}"

    def table(self, table: Table) -> str:
        """Return a pipe table."""
        rows = (table.head, ("---",) * len(table.head), *table.rows)
        return "\n".join("| " + " | ".join(self.cell(cell) for cell in row) + " |" for row in rows)

    def cell(self, text: str) -> str:
        """Return a table cell, with its pipes escaped."""
        return self.inline(text).replace("|", "\\|")

    def listing(self, listing: Listing) -> str:
        """Return a list; blocks below an item are indented by its width."""
        items = (
            self._item(item, f"{number}. " if listing.ordered else "- ") for number, item in enumerate(listing.items, 1)
        )
        return "\n".join(items)

    def _item(self, item: Item, mark: str) -> str:
        mark = mark.ljust(len(self.step))
        parts = [self.inline(item.text), *(self.block(block) for block in item.blocks)]
        body = "\n\n".join(parts) if item.blocks else parts[0]
        return mark + indent(body, " " * len(mark))[len(mark) :] + ("\n" if item.blocks else "")

    def note(self, note: Note) -> str:
        """Return an admonition."""
        raise NotImplementedError

    def tabs(self, tabs: Tabs) -> str:
        """Return tabs."""
        raise NotImplementedError

    def definitions(self, definitions: Definitions) -> str:
        """Return a definition list."""
        return "\n\n".join(f"{self.inline(term)}\n:   {self.inline(text)}" for term, text in definitions.entries)

    def details(self, details: Details) -> str:
        """Return a folded part."""
        body = self.blocks(details.blocks)
        return f"<details>\n<summary>{details.summary}</summary>\n\n{body}\n\n</details>"


class MkDocs(Markdown):
    """Python-Markdown with the extensions that come with it."""

    features = ALL_FEATURES - {Tabs, Math, Details}
    has_footnotes = True
    keeps_tabs = False

    def cell(self, text: str) -> str:  # a pipe in code needs no escape, and would keep it
        return self.inline(text)

    def note(self, note: Note) -> str:
        title = f' "{note.title}"' if note.title else ""
        return f"!!! {note.kind}{title}\n\n" + indent(self.blocks(note.blocks), self.step)


class Material(MkDocs):
    """Python-Markdown with pymdownx, as Material for MkDocs recommends."""

    features = ALL_FEATURES

    def info(self, code: Code) -> str:
        return f'{{ .{code.language} linenums="1" }}' if code.numbered else code.language

    def tabs(self, tabs: Tabs) -> str:
        return "\n\n".join(f'=== "{label}"\n\n' + indent(self.blocks(panel), self.step) for label, panel in tabs.panels)

    def details(self, details: Details) -> str:
        return f'??? note "{details.summary}"\n\n' + indent(self.blocks(details.blocks), self.step)


class MdBook(Markdown):
    """mdBook 0.5: GitHub alerts, definition lists, footnotes."""

    features = ALL_FEATURES - {Tabs, Math}
    has_footnotes = True

    def note(self, note: Note) -> str:
        title = f"**{note.title}**\n\n" if note.title else ""
        return indent(f"[!{note.kind.upper()}]\n" + title + self.blocks(note.blocks), "> ", lambda _line: True)


class _Mdx(Markdown):
    """What Docusaurus and Starlight share: directives, MDX's own signs, HTML for definition lists."""

    def escape(self, text: str) -> str:
        return text.replace("{", "\\{").replace("<", "\\<")

    def note(self, note: Note) -> str:
        kind = {"warning": self.warning}.get(note.kind, note.kind)
        title = f"[{note.title}]" if note.title else ""
        return f":::{kind}{title}\n\n{self.blocks(note.blocks)}\n\n:::"

    warning: ClassVar[str] = "warning"

    def definitions(self, definitions: Definitions) -> str:
        entries = (f"<dt>{_html(term)}</dt>\n<dd>{_html(text)}</dd>" for term, text in definitions.entries)
        return "<dl>\n" + "\n".join(entries) + "\n</dl>"

    def tabs(self, tabs: Tabs) -> str:
        panels = (
            f"<TabItem {self.tab_label(label)}>\n\n{self.blocks(panel)}\n\n</TabItem>" for label, panel in tabs.panels
        )
        return "<Tabs>\n" + "\n".join(panels) + "\n</Tabs>"

    def tab_label(self, label: str) -> str:
        """Return the attributes that label a tab."""
        return f'label="{label}"'


class Docusaurus(_Mdx):
    """Docusaurus 3 with the preset, remark-math and rehype-katex."""

    features = ALL_FEATURES
    has_footnotes = True

    def front(self, page: Page) -> str:
        slug = "---\nslug: /\n---\n\n" if page.slug == "index" else ""
        return f"{slug}import Tabs from '@theme/Tabs';\nimport TabItem from '@theme/TabItem';\n\n# {page.title}"

    def link(self, target: str) -> str:
        return target if "://" in target else f"./{target}.mdx"

    def info(self, code: Code) -> str:
        return f"{code.language} showLineNumbers" if code.numbered else code.language

    def tab_label(self, label: str) -> str:
        return f'value="{label.lower()}" label="{label}"'


class Starlight(_Mdx):
    """Astro Starlight: the title is front matter, code is drawn by Expressive Code."""

    features = ALL_FEATURES - {Math}
    has_footnotes = True
    keeps_tabs = False
    warning = "caution"

    def visible(self, page: Page) -> tuple[Block, ...]:
        # Untitled warnings are called Caution here.
        return tuple(
            Note(block.kind, "Caution", block.blocks)
            if isinstance(block, Note) and block.kind == "warning" and not block.title
            else block
            for block in super().visible(page)
        )

    def front(self, page: Page) -> str:
        components = "import { Tabs, TabItem } from '@astrojs/starlight/components';"
        return f"---\ntitle: {page.title}\n---\n\n{components}"

    def link(self, target: str) -> str:
        return target if "://" in target else f"/{target}/"


class Rspress(_Mdx):
    """Rspress 2: containers with a title attribute."""

    features = ALL_FEATURES - {Math}
    has_footnotes = True

    def front(self, page: Page) -> str:
        return f"import {{ Tabs, Tab }} from '@rspress/core/theme';\n\n# {page.title}"

    def link(self, target: str) -> str:
        return target if "://" in target else f"./{target}.mdx"

    def note(self, note: Note) -> str:
        title = f'{{title="{note.title}"}}' if note.title else ""
        return f":::{note.kind}{title}\n\n{self.blocks(note.blocks)}\n\n:::"

    def info(self, code: Code) -> str:
        return f"{code.language} lineNumbers" if code.numbered else code.language

    def tabs(self, tabs: Tabs) -> str:
        return super().tabs(tabs).replace("TabItem", "Tab")


class Pandoc(Markdown):
    """Pandoc's Markdown, for its own HTML and for DocBook."""

    features = ALL_FEATURES - {Tabs, Math, Details}
    has_footnotes = True
    keeps_tabs = False

    def cell(self, text: str) -> str:  # no escape works in code
        return self.inline(text) if "|" not in text else plain(text).replace("|", "&#124;")

    def front(self, page: Page) -> str:
        return f"# {page.title} {{#{page.slug.replace('/', '-')}}}"

    def link(self, target: str) -> str:
        return target if "://" in target else f"{target}.html"

    def info(self, code: Code) -> str:
        return f"{{.{code.language} .numberLines}}" if code.numbered else code.language

    def note(self, note: Note) -> str:
        title = f"::: title\n{note.title}\n:::\n\n" if note.title else ""
        return f":::: {note.kind}\n{title}{self.blocks(note.blocks)}\n::::"


class Jekyll(Pandoc):
    """Kramdown under a Jekyll layout; the code's braces are nothing to Liquid."""

    features = ALL_FEATURES - {Note, Tabs, Math, Details}
    keeps_tabs = True

    def front(self, page: Page) -> str:
        return f"---\nlayout: page\ntitle: {page.title}\n---\n{{% raw %}}"

    def page(self, page: Page) -> str:
        return f"{super().page(page)}{{% endraw %}}\n"

    def info(self, code: Code) -> str:
        return code.language


class DocBook(Pandoc):
    """The same, with links inside one book."""

    def link(self, target: str) -> str:
        return target if "://" in target else f"#{target.replace('/', '-')}"


class VitePress(Markdown):
    """VitePress: containers, code groups; Vue's braces are escaped in code spans only by its own rules."""

    features = ALL_FEATURES - {Math}

    def visible(self, page: Page) -> tuple[Block, ...]:
        return tuple(_only_code(block) if isinstance(block, Tabs) else block for block in super().visible(page))

    def note(self, note: Note) -> str:
        kind = {"note": "info"}.get(note.kind, note.kind)
        return f"::: {kind} {note.title or note.kind}\n{self.blocks(note.blocks)}\n:::"

    def info(self, code: Code) -> str:
        return f"{code.language}:line-numbers" if code.numbered else code.language

    def tabs(self, tabs: Tabs) -> str:
        labelled: list[str] = []
        for label, panel in tabs.panels:
            code = next(block for block in panel if isinstance(block, Code))
            labelled.append(self.code(code).replace(f"```{code.language}", f"```{code.language} [{label}]", 1))
        return "::: code-group\n\n" + "\n\n".join(labelled) + "\n\n:::"

    def definitions(self, definitions: Definitions) -> str:
        entries = (f"<dt>{_html(term)}</dt>\n<dd>{_html(text)}</dd>" for term, text in definitions.entries)
        return "<dl>\n" + "\n".join(entries) + "\n</dl>"

    def details(self, details: Details) -> str:
        return f"::: details {details.summary}\n{self.blocks(details.blocks)}\n:::"


class HonKit(Markdown):
    """HonKit and GitBook: plain Markdown and HTML."""

    keeps_tabs = False

    def cell(self, text: str) -> str:  # its parser knows no escape for a pipe
        return _html(text).replace("|", "&#124;")


def _only_code(tabs: Tabs) -> Tabs:
    """Return tabs as a code group, which holds nothing else."""
    return Tabs(tuple((label, tuple(b for b in panel if isinstance(b, Code))) for label, panel in tabs.panels))


def _html(text: str) -> str:
    tags = {"code": "code", "bold": "strong", "emphasis": "em"}
    return "".join(
        f"<{tags[run.kind]}>{run.text}</{tags[run.kind]}>" if run.kind in tags else run.text for run in inlines(text)
    )
