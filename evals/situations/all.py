"""All situations, in the order of what they are about."""

from evals.situations import seed_and_budget

SITUATIONS = (*seed_and_budget.SITUATIONS,)

OPEN = frozenset(
    (
        "two topics with one page each, one after the other",
        "three pages around a topic of each section",
        "dead links do not eat the budget",
        "a mistyped leaf",
        "a seed that wants a password",
        "a seed behind a challenge for browsers",
        "a seed that is forbidden",
        "a seed that robots.txt forbids",
        "an OpenAPI file as seed",
        "a PDF as seed",
        "a host that does not exist",
        "a private address",
        "globs that cannot match",
        "a page whose site has more outside the scope",
        "a print page as seed",
    )
)
"""Names of those that are still crawled wrongly: they are shown, and do not make the run fail."""
