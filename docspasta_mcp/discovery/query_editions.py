"""Languages and versions that a parameter of the query tells apart, as in `?version=2.1` or `?hl=de`."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from urllib.parse import parse_qsl

from docspasta_mcp.discovery.evidence import ScopeEvidence
from docspasta_mcp.discovery.preferred_editions import nearest_version, preferred_language, preferred_version
from docspasta_mcp.model.scope import EditionChoice, is_language, is_version
from docspasta_mcp.urls import path_of

_NAMES = {
    "translation": frozenset(("lang", "language", "locale", "hl", "setlang", "uselang", "lng")),
    "version": frozenset(("version", "ver", "v", "release", "branch", "view", "docver")),
}
_IS_KIND = {"translation": is_language, "version": is_version}


def query_editions(
    seed_url: str, known: Sequence[str], evidence: ScopeEvidence, *, version: str = ""
) -> tuple[tuple[EditionChoice, ...], list[str]]:
    """Return the editions kept of those that a query tells apart, and why.

    A parameter does so if it is called after languages or versions, all its values are such, and a page has several.

    Args:
        seed_url: the page that was asked for.
        known: what is known of the site.
        evidence: what discovery saw.
        version: the one that was asked for, or empty.
    """
    values: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for url in dict.fromkeys((seed_url, *known)):
        if "?" in url:
            for name, value in parse_qsl(url.partition("?")[2]):
                values[name][path_of(url)].add(value)
    kept: list[EditionChoice] = []
    chosen: list[str] = []
    own = dict(parse_qsl(seed_url.partition("?")[2]))
    for name, by_path in values.items():
        kind = next((kind for kind, names in _NAMES.items() if name.lower() in names), "")
        found = set[str]().union(*by_path.values())
        if not kind or not all(map(_IS_KIND[kind], found)) or max(map(len, by_path.values())) < 2:
            continue
        picked = own.get(name, "")
        if kind == "version" and version:
            picked = nearest_version(found, version) or picked
        elif not picked and not _has_plain(known, name, by_path.keys()):
            picked = preferred_language(found, evidence) if kind == "translation" else preferred_version(found)
        kept.append(EditionChoice(kind, f"?{name}", picked))
        chosen.append(f"of the {kind}s {', '.join(sorted(found)[:6])} only {picked or 'the one without a name'}")
    return tuple(kept), chosen


def _has_plain(known: Sequence[str], name: str, paths: Collection[str]) -> bool:
    """Tell whether pages that exist in editions are known without the parameter, too."""
    return any(path_of(url) in paths and name not in dict(parse_qsl(url.partition("?")[2])) for url in known[1:])
