"""Pages of the messages that a query finds, each from where one is: a page costs what it shows, not where it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from analysis.progress import Progress, quiet
from store.query import MessageQuery
from store.reading import Reader
from store.results import Search

STRETCH: Final = 2_000
"""Ids that are counted together: so many are searched in some milliseconds, also with a condition on payloads."""
FIRST_STEP, LARGEST_STEP = 200, 5_000
"""Ids that are looked through before somebody may end the search: few at first, because messages may be large."""

BUDGET_S: Final = 0.2
"""So long a page is searched for while somebody waits for it."""

GiveUp = Callable[[], bool]


def after(seconds: float) -> GiveUp:
    """Says so from then on."""
    end = perf_counter() + seconds
    return lambda: perf_counter() > end


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page lies: right after a message, or right before one."""

    after_id: int = 0
    before_id: int | None = None
    """If given, the page ends before this message, and `after_id` does not matter."""


START: Final = Place()
END: Final = Place(before_id=2**63 - 1)


@dataclass(frozen=True, slots=True)
class Page:
    """Matching messages that follow one another."""

    ids: tuple[int, ...]
    complete: bool
    """Whether nothing was left unsearched: else more may lie beyond `reached_id`."""
    reached_id: int
    """All up to this id were looked at; those from it on if the page goes backwards."""


@dataclass(frozen=True)
class Matches:
    """How many messages match in each stretch of ids."""

    counts: tuple[int, ...]
    """Of the ids 1 to STRETCH, and so on. In the last stretch there may be more since, if the session goes on."""

    @property
    def total(self) -> int:
        return sum(self.counts)

    def before(self, search: Search, message_id: int) -> int:
        """How many matching messages arrived before this one."""
        whole = max(0, message_id - 1) // STRETCH
        return sum(self.counts[:whole]) + len(search(whole * STRETCH, message_id - 1))


def last_id(reader: Reader) -> int:
    """The id of the message that arrived last; 0 without any."""
    return max((stored.id for stored in reader.newest(1)), default=0)


def count_matches(reader: Reader, query: MessageQuery, progress: Progress = quiet) -> Matches:
    """Counts what a query finds, over the whole session."""
    search, end = reader.search(query), last_id(reader)
    counts = []
    for begin in range(0, end, STRETCH):
        progress(begin, end)
        counts.append(len(search(begin, min(end, begin + STRETCH))))
    return Matches(tuple(counts))


def page(
    reader: Reader,
    query: MessageQuery,
    place: Place,
    limit: int,
    matches: Matches | None = None,
    give_up: GiveUp = lambda: False,
) -> Page:
    """At most `limit` messages at a place, in the order of arrival.

    Without `matches` it looks at one message after the other, until `give_up` says that this takes too long; with them
    it leaves out where nothing is and therefore needs no end.
    """
    search, end = reader.search(query), last_id(reader)
    backwards = place.before_id is not None
    begin = min(end + 1, place.before_id) if place.before_id is not None else place.after_id
    steps = _backwards(begin, matches) if backwards else _forwards(begin, end, matches)
    found: list[int] = []
    for low, high in steps:
        part = search(low, high)
        found = [*part, *found] if backwards else [*found, *part]
        reached = low + 1 if backwards else high
        if len(found) >= limit:
            ids = found[-limit:] if backwards else found[:limit]
            return Page(tuple(ids), complete=True, reached_id=reached)
        if matches is None and give_up():
            return Page(tuple(found), complete=reached == (1 if backwards else end), reached_id=reached)
    return Page(tuple(found), complete=True, reached_id=1 if backwards else end)


def _forwards(after_id: int, end: int, matches: Matches | None) -> Iterator[tuple[int, int]]:
    step = FIRST_STEP
    while after_id < end:
        through = min(end, after_id + step)
        if matches is not None:
            stretch = after_id // STRETCH
            through = min(end, (stretch + 1) * STRETCH)
            if stretch < len(matches.counts) - 1 and not matches.counts[stretch]:
                after_id = through
                continue
        yield after_id, through
        after_id, step = through, min(LARGEST_STEP, 2 * step)


def _backwards(before_id: int, matches: Matches | None) -> Iterator[tuple[int, int]]:
    step, through = FIRST_STEP, before_id - 1
    while through > 0:
        low = max(0, through - step)
        if matches is not None:
            stretch = (through - 1) // STRETCH
            low = stretch * STRETCH
            if stretch < len(matches.counts) - 1 and not matches.counts[stretch]:
                through = low
                continue
        yield low, through
        through, step = low, min(LARGEST_STEP, 2 * step)
