"""Write a page in reStructuredText (Sphinx with sphinx-design) and in AsciiDoc."""

from collections.abc import Sequence
from textwrap import indent

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
    supported,
    without_tabs,
)

_UNDERLINES = " =-~^"


class Rst:
    """reStructuredText; every feature has a directive."""

    def visible(self, page: Page) -> tuple[Block, ...]:
        """Return the blocks that this generator can show: what its page must say."""
        return without_tabs(page.blocks)

    def page(self, page: Page) -> str:
        """Return the whole file."""
        return f"{page.title}\n{'=' * 2 * len(page.title)}\n\n{self.blocks(self.visible(page))}\n"

    def blocks(self, blocks: Sequence[Block]) -> str:
        """Return blocks, a blank line between them."""
        return "\n\n".join(self.block(block) for block in blocks)

    def block(self, block: Block) -> str:
        """Return one block."""
        match block:
            case Text():
                note = f" [#]_\n\n.. [#] {self.inline(block.note)}" if block.note else ""
                return self.inline(block.text) + note
            case Heading():
                return f"{self.inline(block.text)}\n{_UNDERLINES[block.level] * 2 * len(block.text)}"
            case Code():
                return _directive("code-block", block.language, block.text, *([":linenos:"] if block.numbered else []))
            case Table():
                rows = "\n".join(self._row(row) for row in (block.head, *block.rows))
                return _directive("list-table", "", rows, ":header-rows: 1")
            case Listing():
                mark = "#. " if block.ordered else "- "
                return "\n\n".join(self._item(item, mark) for item in block.items)
            case Quote():
                return "..\n\n" + indent(self.inline(block.text), "    ")  # the empty comment ends a list
            case Note():
                if not block.title:
                    return _directive(block.kind, "", self.blocks(block.blocks))
                return _directive("admonition", block.title, self.blocks(block.blocks), f":class: {block.kind}")
            case Tabs():
                panels = (_directive("tab-item", label, self.blocks(panel)) for label, panel in block.panels)
                return _directive("tab-set", "", "\n\n".join(panels))
            case Math():
                return _directive("math", "", block.tex)
            case Definitions():
                return "\n\n".join(f"{self.inline(term)}\n    {self.inline(text)}" for term, text in block.entries)
            case Details():
                return _directive("dropdown", block.summary, self.blocks(block.blocks))

    def inline(self, text: str) -> str:
        """Return a run of text."""
        marks = {"code": "``{}``", "bold": "**{}**", "emphasis": "*{}*", "text": "{}"}
        return "".join(
            marks[run.kind].format(run.text) if run.kind in marks else _rst_link(run.text, run.target)
            for run in inlines(text)
        )

    def _row(self, row: tuple[str, ...]) -> str:
        cells = "\n".join(f"- {self.inline(cell)}".rstrip() for cell in row)
        return f"* {indent(cells, '  ')[2:]}"

    def _item(self, item: Item, mark: str) -> str:
        body = "\n\n".join([self.inline(item.text), *(self.block(block) for block in item.blocks)])
        return mark + indent(body, " " * len(mark))[len(mark) :]


def _rst_link(text: str, target: str) -> str:
    return f"`{text} <{target}>`__" if "://" in target else f":doc:`{text} <{target}>`"


def _directive(name: str, argument: str, body: str, *options: str) -> str:
    head = [f".. {name}:: {argument}".rstrip(), *(f"   {option}" for option in options)]
    return "\n".join(head) + "\n\n" + indent(body, "   ")


class AsciiDoc:
    """AsciiDoc as asciidoctor reads it; it has no tabs of its own."""

    def visible(self, page: Page) -> tuple[Block, ...]:
        """Return the blocks that this generator can show: what its page must say."""
        return supported(page.blocks, ALL_FEATURES - {Tabs})

    def page(self, page: Page) -> str:
        """Return the whole file."""
        return f"= {page.title}\n:stem: latexmath\n\n{self.blocks(self.visible(page))}\n"

    def blocks(self, blocks: Sequence[Block]) -> str:
        """Return blocks, a blank line between them."""
        return "\n\n".join(self.block(block) for block in blocks)

    def block(self, block: Block, depth: int = 0) -> str:
        """Return one block; `depth` counts the lists around it."""
        match block:
            case Text():
                note = f"footnote:[{self.inline(block.note)}]" if block.note else ""
                return self.inline(block.text) + note
            case Heading():
                return f"{'=' * block.level} {self.inline(block.text)}"
            case Code():
                numbered = ",linenums" if block.numbered else ""
                return f"[source,{block.language}{numbered}]\n----\n{block.text}\n----"
            case Table():
                cells = ([self.inline(cell).replace("|", "\\|") for cell in row] for row in block.rows)
                rows = ("\n".join(f"|{cell}" for cell in row) for row in cells)
                head = " ".join(f"|{cell}" for cell in block.head)
                return f'[%header,cols="{len(block.head)}*"]\n|===\n{head}\n\n' + "\n\n".join(rows) + "\n|==="
            case Listing():
                mark = ("." if block.ordered else "*") * (depth + 1)
                return "\n".join(self._item(item, mark, depth) for item in block.items)
            case Quote():
                return f"[quote]\n____\n{self.inline(block.text)}\n____"
            case Note():
                title = f".{block.title}\n" if block.title else ""
                return f"{title}[{block.kind.upper()}]\n====\n{self.blocks(block.blocks)}\n===="
            case Math():
                return f"[stem]\n++++\n{block.tex}\n++++"
            case Definitions():
                return "\n".join(f"{self.inline(term)}:: {self.inline(text)}" for term, text in block.entries)
            case Details():
                return f".{block.summary}\n[%collapsible]\n====\n{self.blocks(block.blocks)}\n===="
            case Tabs():
                raise NotImplementedError

    def inline(self, text: str) -> str:
        """Return a run of text; code is passed through, so that no sign in it means anything."""
        marks = {"code": "`+{}+`", "bold": "*{}*", "emphasis": "_{}_", "text": "{}"}
        return "".join(
            marks[run.kind].format(run.text) if run.kind in marks else _adoc_link(run.text, run.target)
            for run in inlines(text)
        )

    def _item(self, item: Item, mark: str, depth: int) -> str:
        parts = [f"{mark} {self.inline(item.text)}"]
        for block in item.blocks:
            nested = isinstance(block, Listing)
            parts.append(self.block(block, depth + 1) if nested else f"+\n{self.block(block)}")
        return "\n".join(parts)


def _adoc_link(text: str, target: str) -> str:
    return f"link:{target}[{text}]" if "://" in target else f"xref:{target}.adoc[{text}]"
