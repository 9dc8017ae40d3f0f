"""The last hour as a small chart: how many pages were read and failed in each minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from docspasta_mcp.store import Store

MINUTES = 60


@dataclass(frozen=True, slots=True)
class Bar:
    """A minute: pages read and failed, and the heights of both in percent of the fullest minute."""

    done: int
    failed: int
    done_height: float
    failed_height: float


@dataclass(frozen=True, slots=True)
class Hour:
    """The bars of an hour, oldest first, and their sums."""

    bars: Sequence[Bar]

    @property
    def done(self) -> int:
        """Pages that were read or skipped."""
        return sum(bar.done for bar in self.bars)

    @property
    def failed(self) -> int:
        """Pages that failed."""
        return sum(bar.failed for bar in self.bars)

    @property
    def most(self) -> int:
        """Pages of the fullest minute."""
        return max(bar.done + bar.failed for bar in self.bars)


async def last_hour(store: Store) -> Hour:
    """Return what the last sixty minutes came to, over all owners."""
    return hour_of(await store.usage.settled_by_minute(store.clock() - MINUTES * 60))


def hour_of(minutes: Mapping[int, tuple[int, int]]) -> Hour:
    """Return the chart of pages read and failed by minute; what is not counted is nothing."""
    most = max((done + failed for done, failed in minutes.values()), default=0) or 1
    counts = [minutes.get(at, (0, 0)) for at in range(MINUTES)]
    return Hour([Bar(done, failed, 100 * done / most, 100 * failed / most) for done, failed in counts])
