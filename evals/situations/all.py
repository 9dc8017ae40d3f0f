"""All situations, in the order of what they are about: those that people told of, and the same with other markup."""

from evals.situations import (
    addresses,
    editions,
    generators,
    hosts_and_moves,
    nothing_dropped,
    order,
    robots,
    sections,
    seed_and_budget,
    servers,
)

SITUATIONS = (
    *seed_and_budget.SITUATIONS,
    *nothing_dropped.SITUATIONS,
    *robots.SITUATIONS,
    *editions.SITUATIONS,
    *order.SITUATIONS,
    *hosts_and_moves.SITUATIONS,
)
NEIGHBOURS = (
    *nothing_dropped.NEIGHBOURS,
    *sections.SITUATIONS,
    *servers.SITUATIONS,
    *generators.SITUATIONS,
    *addresses.SITUATIONS,
)

ALL = (*SITUATIONS, *NEIGHBOURS)
OPEN = frozenset[str]()
"""Names of those that are still crawled wrongly: they are shown, and do not make the run fail."""
