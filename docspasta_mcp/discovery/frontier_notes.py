"""Notes on what discovery has found and decided; they quote no text of the site."""

import difflib
from collections.abc import Iterable, Sequence

from docspasta_mcp.discovery.evidence import ScopeEvidence
from docspasta_mcp.discovery.preferred_editions import nearest_version
from docspasta_mcp.discovery.robots import Rules, pause_of
from docspasta_mcp.discovery.section_tabs import further_sections
from docspasta_mcp.discovery.seen import DiscoveryState, SeedPage
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.page import NOT_THERE
from docspasta_mcp.model.scope import Scope, ScopeMode

MAX_MEANT = 3  # pages that a mistyped URL may have meant
MAX_COMPARED = 2_000  # URLs that it is compared with: some tens of milliseconds
MOST_LONGER = 3  # characters that one of them may be longer or shorter
MIN_LIKENESS = 0.8  # of the last segments, without suffixes, as difflib has it


def pause_note(options: JobOptions, rules: Rules | None, pages: int) -> tuple[str, ...]:
    """Return the note that pauses make a crawl long, if there are some."""
    asked = rules.asked_delay_s if rules and rules.is_obeyed else 0.0
    delay_s = pause_of(rules, options)
    if not delay_s:
        return ()
    hours, minutes = divmod(round(min(pages, options.max_pages) * delay_s / 60), 60)
    long = f"{hours} h {minutes} min" if hours else f"{max(1, minutes)} min"
    kept = f"robots.txt asks for {asked:g} s; " if asked > delay_s else ""
    takes = counted(pages, "page known so far takes", "pages known so far take")
    return (f"{kept}{delay_s:g} s pass between two requests: the {takes} about {long}.",)


def late_note(time_s: float, delay_s: float, *, is_read: bool) -> str:
    """Return the note that a look at a site ran out of time, with what it did not read."""
    lists = (
        "its sitemaps, llms.txt, index and overview pages" if is_read else "the page itself, and any list of its site"
    )
    if delay_s:
        return (
            f"With {delay_s:g} s between two requests, {time_s:g} s were too short to read {lists}: a crawl reads them."
        )
    return f"The site answered slowly: {time_s:g} s were too short to read {lists}."


def version_note(options: JobOptions, scope: Scope) -> tuple[str, ...]:
    """Return the note that the version which was asked for is not the one that is crawled, if so."""
    wanted = options.version
    names = (*(one.name for one in scope.kept), *scope.prefix.split("/"))
    if not wanted or nearest_version(names, wanted):
        return ()
    return (f"No version {wanted!r} of the manual was found: the one that its scope names is crawled.",)


def section_note(scope: Scope, evidence: ScopeEvidence) -> tuple[str, ...]:
    """Return the note that tabs lead to sections which the scope leaves out, if they do."""
    if scope.mode is not ScopeMode.AUTO:
        return ()
    beside = [one for one in further_sections(scope.prefix, evidence) if not one.startswith(scope.prefix)]
    if not beside:
        return ()
    lead = counted(len(beside), "section of the site, which lies", "sections of the site, which lie")
    return (f"Tabs above the page lead to {lead} outside the scope: start there, or crawl with scope host.",)


def fault_note(seed: SeedPage, *, goes_on: bool) -> tuple[str, ...]:
    """Return the note that the page which was asked for cannot be read, if so; it is told before all else."""
    return (seed.fault.note(goes_on=goes_on),) if seed.fault else ()


def meant_note(seed: SeedPage, pages: Iterable[str]) -> tuple[str, ...]:
    """Return the note that the site has pages with nearly the URL of the page that it does not have, if it has some.

    They differ from what the caller wrote by a few characters of their last segment: there is no room for a sentence.
    """
    if seed.fault is None or seed.fault.reason not in NOT_THERE:
        return ()
    directory, own = _split(seed.url)
    beside: dict[str, str] = {}
    for url in pages:
        above, name = _split(url)
        if above == directory and name != own and abs(len(name) - len(own)) <= MOST_LONGER:
            beside.setdefault(name, url)
        if len(beside) >= MAX_COMPARED:
            break
    near = difflib.get_close_matches(own, beside, MAX_MEANT, MIN_LIKENESS)
    return (f"Did you mean {' or '.join(beside[name] for name in near)}?",) if near else ()


def _split(url: str) -> tuple[str, str]:
    """Return the directory of a page and its name without a suffix."""
    directory, _, name = url.rstrip("/").rpartition("/")
    return directory, name.rpartition(".")[0] or name


def notes_of(seed: SeedPage, state: DiscoveryState, dates: Sequence[str]) -> tuple[str, ...]:
    """Return the notes on what the site's lists say.

    Args:
        seed: the page that was asked for.
        state: what was seen of the site.
        dates: of the last change of pages, by a sitemap.
    """
    notes: list[str] = []
    if seed.marks.fault:
        notes.append(
            f"The navigation of the page where the crawl starts could not be read ({seed.marks.fault}): scope and order"
            " rest on what else the site shows."
        )
    if state.is_cut:
        notes.append(f"The sitemaps list more than {len(state.sitemap):,} pages; only so many are looked at.")
    if state.is_tree_cut:
        notes.append("The site's navigation lists more pages than are looked at: the others are found by their links.")
    if newest := max(dates, default=""):
        notes.append(f"By its sitemap, the manual last changed on {newest}.")
    if any(one.reason == "hash_route" for one in seed.marks.context.left_out):
        notes.append("The site routes by fragments (#/…): such pages are read only where a browser renders them.")
    return tuple(notes)
