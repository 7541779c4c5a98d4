"""Aligns two sequences: what both have in the same order, and what only one of them has, in bounded memory."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final, Generic, TypeVar

T = TypeVar("T")

WINDOW: Final = 32_768
"""Entries of each side that are looked at together where the sides differ; some 15 MB."""
MAX_PAIRS: Final = 500_000
"""Pairs of equal entries that are weighed against each other; a tenth of a second per 100,000."""

Places = list[tuple[int, int]]
"""Pairs of positions, left and right, both ascending."""


def common_subsequence(left: Sequence[Hashable], right: Sequence[Hashable]) -> Places:
    """The longest sequence that both contain in this order, as pairs of positions.

    It is the longest unless entries repeat so often that there are more than MAX_PAIRS pairs of equal ones: then those
    that repeat least lead.
    """
    begin = _common_beginning(left, right)
    left_end, right_end = len(left), len(right)
    while left_end > begin and right_end > begin and left[left_end - 1] == right[right_end - 1]:
        left_end, right_end = left_end - 1, right_end - 1
    middle = _middle(left[begin:left_end], right[begin:right_end])
    return [
        *((place, place) for place in range(begin)),
        *((begin + one, begin + other) for one, other in middle),
        *zip(range(left_end, len(left)), range(right_end, len(right)), strict=True),
    ]


def _common_beginning(left: Sequence[Hashable], right: Sequence[Hashable]) -> int:
    place = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        place += 1
    return place


def _middle(left: Sequence[Hashable], right: Sequence[Hashable]) -> Places:
    if not left or not right:
        return []
    in_left, in_right = Counter(left), Counter(right)
    weights = {key: count * in_right[key] for key, count in in_left.items() if key in in_right}
    if sum(weights.values()) <= MAX_PAIRS:
        return _hunt_szymanski(left, right)
    rare, room = set(), MAX_PAIRS
    for key in sorted(weights, key=weights.__getitem__):
        room -= weights[key]
        if room < 0:
            break
        rare.add(key)
    return _around(left, right, rare) if rare else _halved(left, right)


def _around(left: Sequence[Hashable], right: Sequence[Hashable], rare: set[Hashable]) -> Places:
    """First what repeats least, then what lies between."""
    places = [place for place, key in enumerate(left) if key in rare]
    others = [place for place, key in enumerate(right) if key in rare]
    led = _hunt_szymanski([left[place] for place in places], [right[place] for place in others])
    found: Places = []
    left_from = right_from = 0
    for one, other in [*((places[one], others[other]) for one, other in led), (len(left), len(right))]:
        between = _without(left[left_from:one], right[right_from:other], rare)
        found += ((left_from + a, right_from + b) for a, b in between)
        if one < len(left):
            found.append((one, other))
        left_from, right_from = one + 1, other + 1
    return found


def _without(left: Sequence[Hashable], right: Sequence[Hashable], keys: set[Hashable]) -> Places:
    """The alignment of what is none of `keys`."""
    places = [place for place, key in enumerate(left) if key not in keys]
    others = [place for place, key in enumerate(right) if key not in keys]
    found = common_subsequence([left[place] for place in places], [right[place] for place in others])
    return [(places[one], others[other]) for one, other in found]


def _halved(left: Sequence[Hashable], right: Sequence[Hashable]) -> Places:
    """Nothing is rare: both in the middle apart, as coarse as that is."""
    one, other = len(left) // 2, len(right) // 2
    first = common_subsequence(left[:one], right[:other])
    return [*first, *((one + a, other + b) for a, b in common_subsequence(left[one:], right[other:]))]


def _hunt_szymanski(left: Sequence[Hashable], right: Sequence[Hashable]) -> Places:
    """Hunt and Szymanski 1977: the time is that of the pairs of equal entries, times the logarithm of the length."""
    places: dict[Hashable, list[int]] = {}
    for place in range(len(right) - 1, -1, -1):
        places.setdefault(right[place], []).append(place)
    ends: list[int] = []
    """For each length the smallest position in `right` at which a common sequence of that length ends."""
    chains: list[tuple[int, int, object]] = []
    for one, key in enumerate(left):
        for other in places.get(key, ()):
            length = bisect_left(ends, other)
            chain = (one, other, chains[length - 1] if length else None)
            if length == len(ends):
                ends.append(other)
                chains.append(chain)
            else:
                ends[length], chains[length] = other, chain
    found: Places = []
    link: object = chains[-1] if chains else None
    while isinstance(link, tuple):
        found.append((link[0], link[1]))
        link = link[2]
    found.reverse()
    return found


class _Side(Generic[T]):
    """What lies ahead on one side."""

    def __init__(self, entries: Iterable[T]) -> None:
        self.ahead: deque[T] = deque()
        self._rest = iter(entries)
        self.ended = False

    def next(self) -> T | None:
        return self.ahead.popleft() if self.ahead else next(self._rest, None)

    def rest(self) -> Iterator[T]:
        """All that is left."""
        return chain(self.ahead, self._rest)

    def look_ahead(self, count: int) -> None:
        """So that `ahead` has so many entries, or all there are."""
        self.ahead.extend(islice(self._rest, count - len(self.ahead)))
        self.ended = len(self.ahead) < count

    def take(self, count: int) -> Iterator[T]:
        for _ in range(count):
            yield self.ahead.popleft()


Pair = tuple[T | None, T | None]
"""An entry of both sides, or of one of them only."""


def aligned(
    left: Iterable[T],
    right: Iterable[T],
    key: Callable[[T], Hashable],
    at: Callable[[T], int],
    window: int = WINDOW,
) -> Iterator[Pair[T]]:
    """Every entry of both sides once, in order: together with its equal on the other side, or alone.

    Entries are equal if their `key` is. As many as possible are together: exactly so on sides of up to `window`
    entries; of longer ones, where they differ, no more than `window` of each are looked at at a time. `at` is asked
    only where nothing within that is equal: the side that is earlier in time goes on first.
    """
    sides = _Side(left), _Side(right)
    begin: tuple[T, T] | None = None  # times count from the last two that were equal, or from the first ones
    while True:
        one, other = sides[0].next(), sides[1].next()
        if one is None or other is None:
            break
        if key(one) == key(other):
            begin = one, other
            yield one, other
            continue
        sides[0].ahead.appendleft(one)
        sides[1].ahead.appendleft(other)
        begin = begin or (one, other)
        ahead_ns = at(begin[0]) - at(begin[1])

        def is_earlier(here: T, there: T, ahead_ns: int = ahead_ns) -> bool:
            return at(here) - at(there) <= ahead_ns

        yield from _past_the_difference(sides, key, is_earlier, window)
    if one is not None:
        sides[0].ahead.appendleft(one)
    if other is not None:
        sides[1].ahead.appendleft(other)
    yield from ((entry, None) for entry in sides[0].rest())
    yield from ((None, entry) for entry in sides[1].rest())


def _past_the_difference(
    sides: tuple[_Side[T], _Side[T]], key: Callable[[T], Hashable], is_earlier: Callable[[T, T], bool], window: int
) -> Iterator[Pair[T]]:
    """Goes on by half a window at least, or to the end. Near its end a window does not show what would fit better."""
    left, right = sides
    for side in sides:
        side.look_ahead(window)
    pairs = common_subsequence([key(one) for one in left.ahead], [key(one) for one in right.ahead])
    ends = (
        len(left.ahead) if right.ended else (len(left.ahead) + 1) // 2,
        len(right.ahead) if left.ended else (len(right.ahead) + 1) // 2,
    )
    sure = [pair for pair in pairs if pair[0] < ends[0] and pair[1] < ends[1]]
    done = (0, 0)
    for one, other in sure:
        yield from ((entry, None) for entry in left.take(one - done[0]))
        yield from ((None, entry) for entry in right.take(other - done[1]))
        yield left.ahead.popleft(), right.ahead.popleft()
        done = one + 1, other + 1
    if sure:
        return
    if pairs:
        ends = min(ends[0], pairs[0][0]), min(ends[1], pairs[0][1])
    elif not (left.ended and right.ended):
        ends = (ends[0], 0) if is_earlier(left.ahead[ends[0] - 1], right.ahead[ends[1] - 1]) else (0, ends[1])
    yield from ((entry, None) for entry in left.take(ends[0]))
    yield from ((None, entry) for entry in right.take(ends[1]))
