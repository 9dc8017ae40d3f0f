"""Infer which part of a site is the manual that a page belongs to, from what the site says of itself.

The widest sign that a page bears decides, not its own path: its generator's root, its sidebar, llms.txt, an overview
page that lists it, a sitemap. Of languages and versions that lie side by side one each is kept: the page's own, else
the default language and the newest release.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.scope import Kept, Scope, ScopeMode, is_language, is_version, page_kind
from docspasta_mcp.urls import origin_of, path_of

MOST = 0.9  # of a navigation's pages lie below its manual's root; the rest leads elsewhere
MIN_PAGES = 3  # that a list names, to say anything about a manual's extent
MIN_TWINS = 2  # pages that exist in two editions, to call them editions
_NUMBER = re.compile(r"\d+")
_PRERELEASE = re.compile(r"\d[._-]?(?:a|b|rc|dev|alpha|beta|pre)", re.IGNORECASE)
_NAMED_VERSIONS = ("latest", "stable", "current")  # what a site calls its newest release, in this order


@dataclass(frozen=True, slots=True)
class Evidence:
    """What discovery saw of a site before it knows the scope. URLs are in the site's own spelling.

    `chained` is the highest page above the seed that names a next page, as the seed does.
    """

    root: str = ""
    generator: str = ""
    navigation: tuple[str, ...] = ()
    llms_txt: tuple[str, ...] = ()
    overviews: tuple[tuple[str, tuple[str, ...]], ...] = ()
    chained: str = ""
    sitemap: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    translations: tuple[str, ...] = ()
    language: str = ""
    aliases: tuple[tuple[str, str], ...] = ()


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
    return Scope(origin_of(seed_url), prefix, reason, options.include, options.exclude, options.scope)


def infer_scope(seed_url: str, options: JobOptions, evidence: Evidence) -> Scope:
    """Return the scope of the manual that a parsed seed URL belongs to.

    Args:
        seed_url: any page of it, after redirects.
        options: `scope` decides whether anything is inferred; `include` and `exclude` go into the scope.
        evidence: what discovery saw.
    """
    scope = replace(directory_scope(seed_url, options), aliases=evidence.aliases)
    if options.scope is ScopeMode.PREFIX:
        return scope
    if options.scope is ScopeMode.HOST:
        return replace(scope, prefix="/", reason="the whole host, as asked for")
    prefix, reason = _root(seed_url, scope, evidence)
    known = [
        url
        for url in (seed_url, *evidence.navigation, *evidence.llms_txt, *evidence.sitemap, *evidence.links,
                    *evidence.translations)
        if origin_of(url) == scope.origin
    ]  # fmt: skip
    prefix, kept, chosen = _editions(seed_url, prefix, known, evidence)
    return replace(scope, prefix=prefix, reason="; ".join([reason, *chosen]), kept=kept)


def _root(seed_url: str, scope: Scope, evidence: Evidence) -> tuple[str, str]:
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
        found.append((prefix, "the page's navigation leads there"))
    if prefix := _common(seed_url, evidence.llms_txt):
        found.append((prefix, "llms.txt lists it"))
    if not found:
        found = [
            (path_of(overview), f"{path_of(overview)} lists the page")
            for overview, pages in evidence.overviews
            if page_key(seed_url) in set(map(page_key, pages))
        ]
    if not found and evidence.chained:
        found = [(path_of(evidence.chained), "its front page and the page are parts of one chain of next pages")]
    if not found and (prefix := _common(seed_url, evidence.sitemap)):
        named = [segment for segment in own.split("/") if segment in ("docs", "doc", "documentation", "manual")]
        if named and prefix == "/":
            prefix = own[: own.index(f"/{named[0]}/") + len(named[0]) + 2]
        found.append((prefix, "the sitemap lists it"))
    wider = [(prefix, why) for prefix, why in found if len(prefix) <= len(own)]
    if not wider:
        return own, scope.reason
    prefix, why = min(wider, key=lambda one: len(one[0]))
    return (prefix, f"all below {prefix}: {why}") if prefix != "/" else (prefix, f"the whole site: {why}")


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


def _editions(
    seed_url: str, prefix: str, known: Sequence[str], evidence: Evidence
) -> tuple[str, tuple[Kept, ...], list[str]]:
    """Return the root of the edition to crawl, the editions kept, and why."""
    kept: tuple[Kept, ...] = _on_path(prefix)
    chosen: list[str] = []
    path = path_of(seed_url)
    for _ in range(3):  # a language, a version, and a product between them at most
        below = f"{path}/"[len(prefix) :].split("/", 1)[0] if path.startswith(prefix) else ""
        for kind, is_kind in (("translation", is_language), ("version", is_version)):
            names = _names_below(prefix, known, is_kind)
            if below in names and _lie_apart(prefix, names, evidence, kind):
                name = below
            elif _are_all(prefix, known, names, seed_url) and _are_editions(prefix, path, names, evidence, kind):
                name = _preferred_language(names, evidence) if kind == "translation" else _preferred_version(names)
            else:
                continue
            others = sorted(names - {name})
            kept += (Kept(kind, prefix, name),)
            prefix = f"{prefix}{name}/"
            if others:
                chosen.append(f"of the {kind}s {', '.join(sorted(names)[:6])} only {name}")
            break
        else:
            break
    return prefix, (*kept, *_unnamed(prefix, known, evidence)), chosen


def _on_path(prefix: str) -> tuple[Kept, ...]:
    """Return the editions that a root path names already."""
    kept: list[Kept] = []
    parent = "/"
    for segment in prefix.strip("/").split("/"):
        if is_language(segment):
            kept.append(Kept("translation", parent, segment))
        elif is_version(segment):
            kept.append(Kept("version", parent, segment))
        parent += f"{segment}/"
    return tuple(kept)


def _names_below(prefix: str, known: Iterable[str], is_kind: Callable[[str], bool]) -> set[str]:
    """Return the first path segments below a prefix that are directories and name an edition."""
    names: set[str] = set()
    for url in known:
        path = path_of(url)
        if path.startswith(prefix):
            segment, slash, _ = path[len(prefix) :].partition("/")
            if slash and is_kind(segment):
                names.add(segment)
    return names


def _are_all(prefix: str, known: Sequence[str], names: set[str], seed_url: str) -> bool:
    """Tell whether what is known below a prefix, but for its front page, lies in editions, more than one of them."""
    paths = {path_of(url) for url in known if path_of(url).startswith(prefix)}
    below = {path[len(prefix) :] for path in paths} - {"", "index.html", path_of(seed_url)[len(prefix) :]}
    inside = [path for path in below if path.split("/", 1)[0] in names]
    return len(names) > 1 and len(inside) >= MOST * len(below)


def _unnamed(prefix: str, known: Sequence[str], evidence: Evidence) -> tuple[Kept, ...]:
    """Return the editions to leave out where the one to crawl has no path segment of its own."""
    paths = {path_of(url).removesuffix("index.html") for url in known if path_of(url).startswith(prefix)}
    below = {path[len(prefix) :] for path in paths}
    in_navigation = {path_of(url)[len(prefix) :].split("/", 1)[0] for url in evidence.navigation}
    kept: list[Kept] = []
    for kind, is_kind in (("translation", is_language), ("version", is_version)):
        names = _names_below(prefix, known, is_kind)
        twins: defaultdict[str, int] = defaultdict(int)
        for path in below:
            name, slash, rest = path.partition("/")
            if slash and rest and name in names and rest in below:
                twins[name] += 1
        if names & in_navigation:
            continue
        is_switch = kind == "version" and len(names) > 1
        if is_switch or names & _declared(prefix, evidence, kind) or any(n >= MIN_TWINS for n in twins.values()):
            kept.append(Kept(kind, prefix, ""))
    return tuple(kept)


def _declared(prefix: str, evidence: Evidence, kind: str) -> set[str]:
    """Return the path segments that the page's hreflang links name below a prefix."""
    urls = evidence.translations if kind == "translation" else ()
    return {path_of(url)[len(prefix) :].split("/", 1)[0] for url in urls if path_of(url).startswith(prefix)}


def _are_editions(prefix: str, path: str, names: set[str], evidence: Evidence, kind: str) -> bool:
    """Tell whether directories that hold a whole site are its editions, and not sections that are called like some."""
    if path.startswith(prefix) and "/" in path[len(prefix) :]:
        return False  # a page in one of them: its own sidebar has been asked already
    if kind == "version":
        return True
    languages = {name.lower().replace("_", "-").split("-")[0] for name in names}
    return bool({"en", evidence.language.split("-")[0]} & languages or names & _declared(prefix, evidence, kind))


def _lie_apart(prefix: str, names: set[str], evidence: Evidence, kind: str) -> bool:
    """Tell whether directories that are called like editions are some: several, and no sidebar leads to two of them."""
    shown = {path_of(url)[len(prefix) :].split("/", 1)[0] for url in evidence.navigation}
    return len(shown & names) < 2 and (len(names) > 1 or bool(names & _declared(prefix, evidence, kind)))


def _preferred_language(names: set[str], evidence: Evidence) -> str:
    """Return the language of the page that was asked for, else English, else the first."""
    for wanted in (evidence.language, evidence.language.split("-")[0], "en", "en-us", "en-gb"):
        for name in sorted(names):
            if wanted and name.lower().replace("_", "-") == wanted:
                return name
    return min(names)


def _preferred_version(names: set[str]) -> str:
    """Return the newest release: by its name if the site names one, else by number."""
    for name in _NAMED_VERSIONS:
        if name in names:
            return name
    numbered = [name for name in names if _NUMBER.search(name)]
    released = [name for name in numbered if not _PRERELEASE.search(name)]
    best = released or numbered
    return max(best, key=lambda name: [int(part) for part in _NUMBER.findall(name)]) if best else min(names)
