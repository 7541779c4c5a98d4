"""Times between the messages of one topic, in bounded memory: exact for few, within one percent for many."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from core.message import NS_PER_SECOND

EXACT: Final = 500
"""Up to so many intervals of a topic are kept as they are."""
STEP: Final = 1.02
"""Of more, those are counted together whose lengths differ by less than this factor: its middle is 1 % off at most."""
_LOG_STEP: Final = np.log(STEP)


@dataclass
class Intervals:
    """What is known of the intervals that have been added."""

    count: int = 0
    longest_ns: int = -1
    """-1 without any."""
    longest_from_ns: int = 0
    """The moment at which the longest began, the first of equals."""
    _exact: list[np.ndarray] = field(default_factory=list)
    _counts: np.ndarray | None = None
    """By logarithmic class, as soon as there are more than EXACT."""

    def add(self, lengths_ns: np.ndarray, starts_ns: np.ndarray) -> None:
        """Takes intervals (not negative, int64) and when each began."""
        if not len(lengths_ns):
            return
        self.count += len(lengths_ns)
        place = int(np.argmax(lengths_ns))
        if lengths_ns[place] > self.longest_ns:
            self.longest_ns, self.longest_from_ns = int(lengths_ns[place]), int(starts_ns[place])
        if self._counts is None:
            self._exact.append(lengths_ns)
            if self.count <= EXACT:
                return
            lengths_ns = np.concatenate(self._exact)
            self._exact.clear()
        self._counts = _added(self._counts, np.bincount(_class_of(lengths_ns)))

    def quantiles_s(self, parts: tuple[float, ...]) -> list[float | None]:
        """The length, in seconds, that this part (0 to 1) of the intervals does not exceed; None without any."""
        if not self.count:
            return [None] * len(parts)
        if self._counts is None:
            ordered = np.sort(np.concatenate(self._exact))
            return [float(ordered[_rank(part, self.count)]) / NS_PER_SECOND for part in parts]
        sums = np.cumsum(self._counts)
        classes = [int(np.searchsorted(sums, _rank(part, self.count), side="right")) for part in parts]
        return [min(_middle_ns(one), self.longest_ns) / NS_PER_SECOND for one in classes]


def _rank(part: float, count: int) -> int:
    """The place of a quantile in a sorted list: the lower one where it lies between two."""
    return int(part * (count - 1))


def _class_of(lengths_ns: np.ndarray) -> np.ndarray:
    classes: np.ndarray = np.floor(np.log1p(lengths_ns.astype("float64")) / _LOG_STEP).astype("int64")
    return classes


def _middle_ns(number: int) -> float:
    return float(STEP ** (number + 0.5)) - 1.0


def _added(counts: np.ndarray | None, more: np.ndarray) -> np.ndarray:
    if counts is None:
        return more
    longer, shorter = (counts, more) if len(counts) >= len(more) else (more, counts)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total
