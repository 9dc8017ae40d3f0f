"""Turn a fetched body into Markdown and links: all the CPU work of a page, run in a worker process."""

import logging
import re
from dataclasses import replace

from lxml import etree

from docspasta_mcp.discovery.context_values import PageContext
from docspasta_mcp.discovery.links import base_url
from docspasta_mcp.discovery.page_context import markdown_page_context, read_page_context
from docspasta_mcp.discovery.specification_links import is_viewer, named_specifications
from docspasta_mcp.document.boilerplate import block_digest, outer_block_digests
from docspasta_mcp.document.near_duplicates import simhash
from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.charset import decode
from docspasta_mcp.extract.clues import clues_of
from docspasta_mcp.extract.content import extract
from docspasta_mcp.extract.dom import remove_all
from docspasta_mcp.extract.markdown import convert, finish
from docspasta_mcp.extract.markdown_pages import is_markdown_url, read_plain
from docspasta_mcp.extract.markdown_walk import check_length
from docspasta_mcp.extract.normalise.hidden import is_hidden
from docspasta_mcp.extract.own_styles import mark_hidden
from docspasta_mcp.extract.parse import parse_html
from docspasta_mcp.extract.plain_text import plain_page
from docspasta_mcp.extract.protected_addresses import show_addresses
from docspasta_mcp.extract.quality import page_quality
from docspasta_mcp.extract.reading import Reading
from docspasta_mcp.extract.selectors import names_of
from docspasta_mcp.model.active_links import without_active_links
from docspasta_mcp.model.characters import drop_controls, drop_invisible, has_invisible
from docspasta_mcp.model.code_spans import without_unseen
from docspasta_mcp.model.content_digest import content_digest
from docspasta_mcp.model.content_types import HTML_TYPES, MARKDOWN_TYPES
from docspasta_mcp.model.edition import NO_MARKDOWN_EDITION, MarkdownEdition
from docspasta_mcp.model.markdown_blocks import fences
from docspasta_mcp.model.page import UNSEEN_IN_CODE_NOTE
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.runtime.tuning import LARGE_BODY, release_memory
from docspasta_mcp.urls import last_part_of

logger = logging.getLogger(__name__)

_UNSEEN = block_digest(UNSEEN_IN_CODE_NOTE)  # only code still has any; the job's end counts such pages
MAX_TITLE = 300  # characters
_WORD = re.compile(r"\w")


def read_page(
    body: bytes,
    *,
    url: str,
    content_type: str,
    charset: str,
    scope: Scope,
    markdown_edition: MarkdownEdition | None = None,
    name: str = "",
) -> Reading:
    """Read one page.

    Args:
        body: raw bytes.
        url: where it was found.
        content_type: one that `is_readable_type` accepts.
        charset: of the Content-Type header, or empty.
        scope: links outside it are dropped.
        markdown_edition: by which the body was had; None if it is the page itself.
        name: its title if it says none; otherwise its URL gives that.

    Raises:
        PageRefused: there is nothing to read; its `reason` says why.
    """
    if content_type in MARKDOWN_TYPES or (content_type not in HTML_TYPES and is_markdown_url(url)):
        text = decode(body, charset)
        is_markdown = markdown_edition is not None or content_type != "text/plain" or is_markdown_url(url)
        edition = markdown_edition or NO_MARKDOWN_EDITION
        plain = read_plain(text, url, is_markdown=is_markdown, markdown_edition=edition, name=name)
        context = markdown_page_context(plain.links, url, scope)
        return reading_of(plain.title, plain.markdown, url=url, context=context, language=plain.language)
    try:
        return read_html(body, charset, url, scope, name)
    except (PageRefused, MemoryError):
        raise
    except Exception:
        logger.exception("❌ the structure of %s could not be read; its plain text was taken", url)
        title, markdown = plain_page(_without_hidden(decode(body, charset)), name or last_part_of(url))
        return reading_of(title, markdown, url=url, context=markdown_page_context((), url, scope), language="")


def _without_hidden(source: str) -> str:
    """Return a page whose structure could not be read without what it hides, if that much can be read of it."""
    try:
        document = parse_html(source.encode())
        mark_hidden(document, names_of(document))
        remove_all(document, [element for element in document.iter(etree.Element) if is_hidden(element)])
        return etree.tostring(document, encoding="unicode", method="html")
    except Exception:
        logger.exception("❌ what a page hides could not be taken out of its plain text")
        return source


def read_html(body: bytes, charset: str, url: str, scope: Scope, name: str = "") -> Reading:
    """Read a page that is HTML; `name` as `read_page` takes it.

    Raises:
        PageRefused: there is nothing to read.
    """
    source = decode(body, charset).encode()
    clues = clues_of(source)
    document = parse_html(source)
    if "protected addresses" in clues.may_hold:
        show_addresses(document)
    del source  # a tree is ten times its page: what is not needed beside it goes before, and the tree before the rest
    alive = list(document.iter())  # or each of the many walks would make a Python object for every element anew
    context = read_page_context(document, url, scope)
    said = named_specifications(document, url) if "specifications" in clues.may_hold else ()
    named = [one for one in map(scope.normal, said) if scope.refusal(one) != "excluded"]
    if named and scope.origin:  # without an origin nobody follows links: such a viewer is an empty shell
        context = replace(context, links=tuple(dict.fromkeys((*named, *context.links))))
        if is_viewer(document):
            return reading_of(
                "API", "# API\n", url=url, context=replace(context, meta_refresh=named[0], is_viewer=True), language=""
            )
    content = extract(document, base_url(document, url), clues)
    converted, placeholders, language = (
        convert(content.root, content.placeholders),
        content.placeholders,
        content.language,
    )
    title = content.title or name or last_part_of(url)
    del document, content, alive
    if len(body) > LARGE_BODY:
        release_memory()
    markdown = finish(title, converted, placeholders)
    del converted, placeholders
    return reading_of(title, markdown, url=url, context=context, language=language)


def reading_of(title: str, markdown: str, *, url: str, context: PageContext, language: str) -> Reading:
    """Return the reading of a page whose Markdown is made: sanitised, counted and scored.

    Raises:
        PageRefused: it is too long.
    """
    check_length(markdown)
    title, markdown = drop_invisible(drop_controls(title)), drop_controls(markdown)
    is_suspect = has_invisible(markdown)
    markdown = without_active_links(without_unseen(markdown) if is_suspect else markdown)
    has_unseen = is_suspect and has_invisible(markdown)
    quality = page_quality(markdown, url)
    parts = list(fences(markdown))
    return Reading(
        title=title[:MAX_TITLE],
        language=language,
        markdown=markdown,
        words=quality.words,
        tokens=count_tokens(markdown),
        quality=quality.score,
        content_hash=content_digest(markdown),
        simhash=simhash(parts),
        outer_blocks=(*outer_block_digests(parts), *([_UNSEEN] if has_unseen else [])),
        has_text=_has_text(markdown),
        context=context,
    )


def _has_text(markdown: str) -> bool:
    """Tell whether a page has a word beside its title."""
    first, _, rest = markdown.lstrip().partition("\n")
    return bool(_WORD.search(rest if first.startswith("# ") else markdown))
