"""What discovery has seen of a site: the page that was asked for, and what its lists say."""

from dataclasses import dataclass, field

from docspasta_mcp.discovery.context_values import GeneratorMarks
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.seed_fault import SeedFault


@dataclass
class DiscoveryState:
    """What came in until the time was up.

    `sitemap` holds URLs with the dates of their last change, where they are known; `is_cut` tells that there are more.
    `llms` and `full` are by the directory that they lie in: pages, and the URLs of an llms-full.txt and its llms.txt;
    `files` are the Markdown files that an llms.txt names; `probed` has a page of each directory that may be an edition;
    `files_there` are the pages of a folder that is a built site; `tree` is a navigation that pages show by scripts, and
    `is_tree_cut` tells that not all of it was read. `tabs` has the pages that the tabs above the seed lead to.
    """

    sitemap: dict[str, str] = field(default_factory=dict[str, str])
    llms: dict[str, tuple[NavEntry, ...]] = field(default_factory=dict[str, tuple[NavEntry, ...]])
    is_cut: bool = False
    index: tuple[str, ...] = ()
    tree: tuple[NavEntry, ...] = ()
    is_tree_cut: bool = False
    tabs: dict[str, GeneratorMarks] = field(default_factory=dict[str, GeneratorMarks])
    files: set[str] = field(default_factory=set[str])
    full: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    files_there: tuple[str, ...] = ()
    overviews: dict[str, GeneratorMarks] = field(default_factory=dict[str, GeneratorMarks])
    probed: dict[str, GeneratorMarks] = field(default_factory=dict[str, GeneratorMarks])


@dataclass(frozen=True, slots=True)
class SeedPage:
    """The page that a crawl starts from, after redirects, and what it says.

    `moved` is a directory that its navigation still names, and the one that all in it redirects to.
    """

    url: str
    came_by: str
    marks: GeneratorMarks
    fault: SeedFault | None = None
    moved: tuple[str, str] | None = None
    is_file: str = ""  # what it is, if it is a manual by itself, such as an API specification
