"""Infer which part of a site is the manual that a page belongs to, from what the site says of itself.

The widest sign that a page bears decides, not its own path: its generator's root, its sidebar, llms.txt, an overview
page that lists it, a sitemap. Of languages and versions that lie side by side one each is kept: the page's own, else
the default language and the newest release.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from docspasta_mcp.discovery.evidence import ScopeEvidence
from docspasta_mcp.discovery.infer_editions import MOST, editions
from docspasta_mcp.discovery.section_tabs import MAX_TABS, whole_of
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.languages import speaks
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.scope import Scope, ScopeMode, page_kind
from docspasta_mcp.urls import origin_of, path_of

_NEWS = re.compile(r"/(?:news|posts?|releases?|announcements?|events?|updates?)/$", re.IGNORECASE)
MIN_PAGES = 3  # that a list names, to say anything about a manual's extent


def directory_scope(seed_url: str, options: JobOptions) -> Scope:
    """Return the scope that a URL alone gives: its directory; a leaf page uses its parent directory."""
    path = path_of(seed_url)
    prefix = path[: path.rindex("/") + 1]
    if prefix == "/":
        reason = "the whole site, since the URL is at its top"
    elif path == prefix:
        reason = f"all below {prefix}, the directory of the URL"
    else:
        reason = f"all below {prefix}, the parent directory of the page"
    scope = Scope(origin_of(seed_url), prefix, reason, options.include, options.exclude, options.scope)
    return replace(scope, files=options.files)


def infer_scope(seed_url: str, options: JobOptions, evidence: ScopeEvidence) -> Scope:
    """Return the scope of the manual that a parsed seed URL belongs to.

    Args:
        seed_url: any page of it, after redirects.
        options: `scope` decides whether anything is inferred; `include` and `exclude` go into the scope.
        evidence: what discovery saw.
    """
    scope = replace(directory_scope(seed_url, options), aliases=evidence.aliases, hosts=options.include_hosts)
    if options.scope is ScopeMode.PREFIX:
        return scope
    if options.scope is ScopeMode.HOST:
        return replace(scope, prefix="/", reason="the whole host, as asked for")
    prefix, reason = _root(seed_url, scope, evidence)
    known = [
        url
        for url in (seed_url, *evidence.navigation, *evidence.llms_txt, *evidence.sitemap, *evidence.links,
                    *(one.url for one in evidence.alternates))
        if origin_of(url) == scope.origin
    ]  # fmt: skip
    prefix, kept, chosen = editions(seed_url, prefix, known, evidence, version=options.version)
    language = next((one.name for one in reversed(kept) if one.kind == "translation" and one.name), "")
    is_own = not language or speaks(language, evidence.language)  # else another was chosen than the page's
    return replace(
        scope,
        prefix=prefix,
        reason="; ".join([reason, *chosen]),
        kept=kept,
        language=evidence.language if is_own else "",
    )


def _root(seed_url: str, scope: Scope, evidence: ScopeEvidence) -> tuple[str, str]:
    """Return the manual's root path and why."""
    own = scope.prefix
    if (
        evidence.root
        and origin_of(evidence.root) == scope.origin
        and path_of(seed_url).startswith(path_of(evidence.root))
    ):
        root = path_of(evidence.root)
        return root, f"all below {root}, where {evidence.generator} says that the manual begins"
    found: list[tuple[str, str]] = []
    if prefix := _common(seed_url, evidence.navigation):
        docs = _docs_directory(own) if prefix == "/" and _is_bar(seed_url, evidence) else ""
        if docs and _lists_below(docs, (*evidence.navigation, *evidence.links)):
            prefix = docs
        found.append(_beyond_news(prefix, evidence) or (prefix, "the page's navigation leads there"))
        if whole := whole_of(prefix, evidence):
            found.append((whole, "its tabs lead to sections of one manual"))
    if prefix := _common(seed_url, evidence.llms_txt):
        found.append((prefix, "llms.txt lists it"))
    is_front = page_key(seed_url) == page_key(f"{scope.origin}{own}")
    is_manual = is_front and own != "/" and _lists_below(own, evidence.links)
    if not found:
        found = [
            (path_of(overview), f"{path_of(overview)} lists the page")
            for overview, pages in evidence.overviews
            if page_key(seed_url) in set(map(page_key, pages)) and not (is_manual and not _lists_below(own, pages))
        ]
    if not found and is_front and _lists_below(own, evidence.links):
        found = [(own, f"{own} lists its pages")]
    if not found and evidence.chained:
        found = [(path_of(evidence.chained), "its front page and the page are parts of one chain of next pages")]
    if not found and (prefix := _common(seed_url, evidence.sitemap)):
        docs = _docs_directory(own) if prefix == "/" else ""
        found.append((docs or prefix, "the sitemap lists it"))
    wider = [(prefix, why) for prefix, why in found if len(prefix) <= len(own)]
    if not wider:
        return own, scope.reason
    prefix, why = min(wider, key=lambda one: len(one[0]))
    return (prefix, f"all below {prefix}: {why}") if prefix != "/" else (prefix, f"the whole site: {why}")


def _is_bar(seed_url: str, evidence: ScopeEvidence) -> bool:
    """Tell whether a page's navigation is a bar that leads to all of a site: short, and without the page itself.

    The front page of a directory may stand in it.
    """
    is_shown = page_key(seed_url) in set(map(page_key, evidence.navigation))
    return len(evidence.navigation) <= MAX_TABS and (not is_shown or path_of(seed_url).endswith("/"))


def _docs_directory(directory: str) -> str:
    """Return the directory on a path that is called after documentation, or an empty string."""
    named = next((part for part in directory.split("/") if part in ("docs", "doc", "documentation", "manual")), "")
    return directory[: directory.index(f"/{named}/") + len(named) + 2] if named else ""


def _lists_below(directory: str, pages: Sequence[str]) -> bool:
    """Tell whether pages of a directory are among those listed, so that it is a part of what lists them."""
    return sum(path_of(url).startswith(directory) and path_of(url) != directory for url in pages) >= MIN_PAGES


def _beyond_news(prefix: str, evidence: ScopeEvidence) -> tuple[str, str] | None:
    """Return the manual that news belong to: what a sidebar of news leads to are more news, and no manual."""
    if not _NEWS.search(prefix):
        return None
    for overview, pages in sorted(evidence.overviews, key=lambda one: -len(path_of(one[0]))):
        above = path_of(overview)
        elsewhere = sum(not path_of(url).startswith(prefix) and path_of(url).startswith(above) for url in pages)
        if prefix.startswith(above) and above != prefix and elsewhere >= MIN_PAGES:
            return above, f"{above} leads to the news that the page is one of, and to its manual"
    return None


def _common(seed_url: str, urls: Sequence[str]) -> str:
    """Return the nearest directory above a page that holds most of the URLs, or an empty string if they are few."""
    origin, own = origin_of(seed_url), path_of(seed_url)
    paths = [path_of(url) for url in urls if origin_of(url) == origin]
    paths = [path for path in paths if not page_kind(path)]
    if len(set(paths)) < MIN_PAGES:
        return ""
    prefix = own[: own.rindex("/") + 1]
    while True:
        if sum(f"{path}/".startswith(prefix) for path in paths) >= MOST * len(paths):
            return prefix
        if prefix == "/":
            return ""
        prefix = prefix[: prefix.rstrip("/").rindex("/") + 1]
