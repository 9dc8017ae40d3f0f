"""Judge what was read of a page: whether it belongs into the document, and the reason if it does not."""

from dataclasses import replace

from docspasta_mcp.errors import MAX_DETAIL, QUOTED
from docspasta_mcp.extract.reading import Reading
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Claim, Outcome, PageState
from docspasta_mcp.model.page_identity import is_same_page, page_key
from docspasta_mcp.model.scope import is_search

MAX_SEARCH_WORDS = 45  # a page called "search" with more of them is about searching; Sphinx's says thirty
MAX_NOTICE_WORDS = 100  # a page with more of them that sends its reader on is a page all the same
MIN_CHAPTER_WORDS = 2  # a title; less is an empty shell, whatever names it


def judged(reading: Reading, url: str, job: Job, claim: Claim) -> Outcome:
    """Decide whether a page belongs into the document; its links count either way.

    What a navigation or llms.txt names is part of the manual, even a chapter that only lists its sections. The page
    that was asked for is in the document whatever it is, if it says anything.
    """
    context = reading.context
    index = reading.index
    if context.canonical in job.scope and is_same_page(context.canonical, url):
        index = index if context.canonical == url else None  # words of the URL are in it
        url = context.canonical
    outcome = Outcome(
        PageState.DONE,
        url,
        title=reading.title,
        markdown=reading.markdown,
        words=reading.words,
        tokens=reading.tokens,
        quality=reading.quality,
        content_hash=reading.content_hash,
        language=reading.language,
        outer_blocks=reading.outer_blocks,
        simhash=reading.simhash,
        links=context.links,
        following=context.following,
        navigation=context.navigation,
        left_out=context.left_out,
        index=index,
    )
    skipped = replace(outcome, state=PageState.SKIPPED, markdown="", index=None)
    if aside := _no_page(reading, url, job, claim):
        reason, detail = aside
        links = (
            tuple(dict.fromkeys((context.meta_refresh, *context.links))) if reason == "redirected" else context.links
        )
        if reason == "translation":  # it leads to others of its language
            return replace(skipped, reason=reason, detail=detail, links=(), navigation=(), following="", left_out=())
        return replace(skipped, reason=reason, detail=detail[:MAX_DETAIL], links=links)
    if not job.scope.wants(url):
        return replace(skipped, reason="excluded", detail="No include pattern names it.")
    is_chapter = (claim.is_seed or (claim.is_named and reading.quality > 0)) and reading.words >= MIN_CHAPTER_WORDS
    if reading.quality < job.options.quality_threshold and not is_chapter:
        limit = job.options.quality_threshold
        return replace(skipped, reason="low_quality", detail=f"Its score {reading.quality} is under {limit}.")
    return outcome


def _no_page(reading: Reading, url: str, job: Job, claim: Claim) -> tuple[str, str] | None:
    """Return the reason and its words why what was read is not a page with a text of its own; None if it is one."""
    context = reading.context
    if context.meta_refresh and page_key(context.meta_refresh) != page_key(url) and reading.words < MAX_NOTICE_WORDS:
        if context.is_viewer:
            return (
                "redirected",
                f"Only a browser shows it: the API specification that it names.{QUOTED}{context.meta_refresh}",
            )
        if (
            context.meta_refresh in job.scope or context.meta_refresh in context.links
        ):  # a specification may lie elsewhere
            return "redirected", f"It sends its reader to another page.{QUOTED}{context.meta_refresh}"
        return "redirected_out_of_scope", f"It sends its reader out of the scope.{QUOTED}{context.meta_refresh}"
    if context.is_frameset or context.is_listing:
        frames = ("frames", "It only arranges other pages in frames, which are read instead.")
        return frames if context.is_frameset else ("listing", "It is a server's list of the files in a directory.")
    if not claim.is_seed and (aside := _aside(reading, url, job)):
        return aside
    return None if reading.has_text else ("empty", "It says nothing but its title.")


def _aside(reading: Reading, url: str, job: Job) -> tuple[str, str] | None:
    """Return why a page that has a text is not part of the manual, as reason and sentence; None if it is."""
    context = reading.context
    if context.is_translation and not job.scope.brings_back(url):
        return "translation", "It is in another language than the manual, of which it is a translation."
    if context.is_index and not job.scope.brings_back(url):
        return "listing", "It is an index of the manual's words."
    if context.has_search and reading.words < MAX_SEARCH_WORDS and is_search(url) and not job.scope.brings_back(url):
        return "listing", "It is a page to search the manual with."
    return None
