"""Which labels belong to a set of panels, and which names a panel: the first that has a value in common with it."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import ancestors

LEVELS = 8  # between a label and what holds it and its panels
_NAMES = (
    "aria-controls", "href", "data-target", "data-bs-target", "for", "data-tab", "data-tab-target", "data-panel",
    "panel",
    "data-id", "data-tab-id", "data-name", "data-value", "data-lang", "value", "name", "tab", "id", "data-index",
    "data-key",
)  # fmt: skip


def labels_near(labels: Iterable[HtmlElement], panels: Collection[HtmlElement]) -> dict[HtmlElement, list[HtmlElement]]:
    """Return the labels in each element close around them; what is in a panel labels none of the set around that."""
    near: dict[HtmlElement, list[HtmlElement]] = {}
    for label in labels:
        for above in ancestors(label, LEVELS):
            near.setdefault(above, []).append(label)
            if above in panels:
                break
    return near


def own_label(panel: HtmlElement, near: Mapping[HtmlElement, Sequence[HtmlElement]]) -> HtmlElement | None:
    """Return the label that stands alone in a panel for which there is none outside; `near` is of `labels_near`."""
    inside = near.get(panel, ())
    return inside[0] if len(inside) == 1 else None


class TabLabels:
    """The labels of one set, by what they name."""

    def __init__(self, labels: Sequence[HtmlElement]) -> None:
        self.labels = labels
        self._places: dict[str, int] = {}
        for place, label in enumerate(labels):
            for part in (label, *label.iterdescendants("a", "button")):
                for value in _values(part):
                    self._places.setdefault(value, place)

    def naming(self, panel: HtmlElement) -> HtmlElement | None:
        """Return the label that has a value in common with a panel."""
        places = [self._places[value] for value in _values(panel) if value in self._places]
        return self.labels[min(places)] if places else None


def _values(element: HtmlElement) -> set[str]:
    return {value.removeprefix("#") for name in _NAMES if (value := element.get(name, ""))}
