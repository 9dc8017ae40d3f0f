"""What discovery saw of a site before it knows the scope."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from docspasta_mcp.discovery.context_values import Alternate


@dataclass(frozen=True, slots=True)
class Probed:
    """What a page of a directory that is called like an edition says: its language, and where it leads."""

    language: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenedTab:
    """A page behind a tab: the directory that its sidebar shows, and its own tabs."""

    url: str
    section: str
    tabs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopeEvidence:
    """What discovery saw of a site before it knows the scope. URLs are in the site's own spelling.

    `chained` is the highest page above the seed that names a next page, as the seed does. `probed` has the paths of
    directories that are called like editions, as `/io/`. `tabs` are the links of the bar above the seed, `opened_tabs`
    the pages behind some of them.
    """

    root: str = ""
    generator: str = ""
    navigation: tuple[str, ...] = ()
    llms_txt: tuple[str, ...] = ()
    overviews: tuple[tuple[str, tuple[str, ...]], ...] = ()
    chained: str = ""
    sitemap: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    alternates: tuple[Alternate, ...] = ()
    language: str = ""
    aliases: tuple[tuple[str, str], ...] = ()
    probed: Mapping[str, Probed] = field(default_factory=dict[str, Probed])
    tabs: tuple[str, ...] = ()
    opened_tabs: tuple[OpenedTab, ...] = ()
