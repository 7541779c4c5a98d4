"""Series over time in bounded memory: extremes of numbers and changes of states survive, whatever is left out."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

BUCKETS: Final = 1_000
"""Columns of a chart: a bucket is about a pixel wide."""
MOST_POINTS: Final = 4 * BUCKETS
"""So many points are kept as they are; beyond, each bucket has its first, lowest, highest and last one."""
MOST_BARS: Final = 2_000
"""More states than that cannot be told from each other: short ones are merged."""


class Point(NamedTuple):
    """A value at a moment."""

    offset_s: float
    value: float
    id: int
    """The message that it comes from."""


@dataclass(slots=True)
class Thinned:
    """Points of [start_s, end_s), added in any order of time."""

    start_s: float
    end_s: float
    count: int = 0
    """All that were added."""
    _raw: list[Point] = field(default_factory=list)
    _buckets: dict[int, list[Point]] = field(default_factory=dict)
    """First, lowest, highest, last."""

    def add(self, point: Point) -> None:
        """Takes one more."""
        self.count += 1
        if self._buckets:
            self._put(point)
            return
        self._raw.append(point)
        if len(self._raw) > MOST_POINTS:
            for one in self._raw:
                self._put(one)
            self._raw = []

    def _put(self, point: Point) -> None:
        part = (point.offset_s - self.start_s) / (self.end_s - self.start_s or 1.0)
        number = min(BUCKETS - 1, max(0, int(part * BUCKETS)))
        kept = self._buckets.get(number)
        if kept is None:
            self._buckets[number] = [point] * 4
            return
        if point.offset_s < kept[0].offset_s:
            kept[0] = point
        if point.value < kept[1].value:
            kept[1] = point
        if point.value > kept[2].value:
            kept[2] = point
        if point.offset_s >= kept[3].offset_s:
            kept[3] = point

    @property
    def thinned(self) -> bool:
        """Whether points were left out."""
        return bool(self._buckets)

    def points(self) -> list[Point]:
        """What is left, in the order of time."""
        found = self._raw or [point for bucket in self._buckets.values() for point in dict.fromkeys(bucket)]
        return sorted(found, key=lambda point: (point.offset_s, point.id))


class Bar(NamedTuple):
    """A state that lasts until the next bar begins."""

    offset_s: float
    state: Hashable
    """None: several states in quick succession."""
    id: int
    """The message that began it."""


@dataclass(slots=True)
class StateBars:
    """The states of a field in [start_s, end_s), added in the order of arrival."""

    start_s: float
    end_s: float
    count: int = 0
    _bars: list[Bar] = field(default_factory=list)
    _width_s: float = 0.0
    """Changes within such a stretch were merged; 0: none were."""

    def begin(self, offset_s: float, state: Hashable, message_id: int) -> None:
        """The state of an earlier message, which does not count."""
        self.add(offset_s, state, message_id)
        self.count -= 1

    def add(self, offset_s: float, state: Hashable, message_id: int) -> None:
        """Takes one more; `state` is not None."""
        self.count += 1
        if self._bars and self._bars[-1].state == state:
            return
        self._bars.append(Bar(offset_s, state, message_id))
        if len(self._bars) > MOST_BARS:
            self._merge()

    def _merge(self) -> None:
        """Of each stretch at most two bars remain: several states, and the one that lasts beyond it."""
        narrowest_s = max(self.end_s - self.start_s, 1e-9) / BUCKETS
        while len(self._bars) > MOST_BARS // 2:
            self._width_s = max(narrowest_s, 2 * self._width_s)
            groups: dict[int, list[Bar]] = {}
            for bar in self._bars:
                groups.setdefault(int((bar.offset_s - self.start_s) // self._width_s), []).append(bar)
            if len(groups) == 1 and len(self._bars) <= 2:
                return
            self._bars = [one for group in groups.values() for one in _merged(group)]

    @property
    def merged(self) -> bool:
        """Whether short states were merged."""
        return self._width_s > 0

    def bars(self) -> list[Bar]:
        """What is left, in the order of arrival."""
        return list(self._bars)


def _merged(group: list[Bar]) -> list[Bar]:
    if len(group) == 1:
        return group
    return [Bar(group[0].offset_s, None, group[0].id), *([group[-1]] if group[-1].state is not None else [])]
