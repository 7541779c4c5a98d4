"""Fields inside payloads over time: numbers as points, states as bars, both in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.field_choice import Field, FieldKind, number_of, parsed, state_of
from analysis.moments import Happenings, happenings
from analysis.overview import session_end_ns
from analysis.progress import Progress, quiet, watched
from analysis.thinning import Bar, Point, StateBars, Thinned
from analysis.timeline import session_range
from core.json_path import Steps, value_at
from core.message import NS_PER_SECOND
from store.query import MessageQuery
from store.reading import Reader


@dataclass(frozen=True, slots=True)
class NumberSeries:
    """A number over time. Offsets are seconds since the session's start."""

    field: Field
    points: tuple[Point, ...]
    """In the order of time; with first, lowest, highest and last of each bucket where there were too many."""
    count: int
    """All values that there are."""
    thinned: bool


@dataclass(frozen=True, slots=True)
class StateSeries:
    """A state over time: each bar lasts until the next one begins, the last one to the end."""

    field: Field
    bars: tuple[Bar, ...]
    count: int
    merged: bool
    """Whether quick changes share a bar whose state is None."""


@dataclass(frozen=True)
class FieldSeries:
    """What is drawn."""

    origin_ns: int
    """Offset 0, nanoseconds since the epoch, UTC."""
    start_s: float
    end_s: float
    numbers: tuple[NumberSeries, ...]
    states: tuple[StateSeries, ...]
    shown: Happenings


def field_series(
    reader: Reader,
    query: MessageQuery,
    fields: Sequence[Field],
    span: tuple[float, float] | None = None,
    progress: Progress = quiet,
) -> FieldSeries:
    """The values of `fields` in the messages of a query, whatever topics it asks for.

    `span` is what the query's times mean, None the whole session. A message without the field leaves it as it was;
    values of another kind than the field's are left out.
    """
    origin_ns = reader.metadata.started_ns
    start_s, end_s = span or session_range(reader)
    numbers = [(one, Thinned(start_s, end_s)) for one in fields if one.kind is FieldKind.NUMBER]
    states = [(one, StateBars(start_s, end_s)) for one in fields if one.kind is FieldKind.STATE]
    places: dict[str, list[_Place]] = {}
    every: list[tuple[Field, Thinned | StateBars]] = [*numbers, *states]
    for one, kept in every:
        places.setdefault(one.topic, []).append((one.steps, kept))
    if fields:
        _states_before(reader, query, places, start_s)
        _collect(reader, query, places, progress)
    end_ns = session_end_ns(reader, reader.summary())
    return FieldSeries(
        origin_ns,
        start_s,
        end_s,
        tuple(NumberSeries(one, tuple(kept.points()), kept.count, kept.thinned) for one, kept in numbers),
        tuple(StateSeries(one, tuple(kept.bars()), kept.count, kept.merged) for one, kept in states),
        happenings(reader.events(), origin_ns, end_ns).within(start_s, end_s),
    )


_Place = tuple[Steps, Thinned | StateBars]
"""Where in a payload a value lies, and where it goes."""


def _states_before(reader: Reader, query: MessageQuery, places: Mapping[str, Sequence[_Place]], start_s: float) -> None:
    """A state that began before the stretch lasts into it."""
    if query.start_ns is None:
        return
    for stored in reader.latest(replace(query, include=tuple(places), start_ns=None, end_ns=query.start_ns)):
        document = parsed(stored.message.payload)
        for steps, kept in places.get(stored.message.topic, ()):
            state = state_of(value_at(document, steps))
            if isinstance(kept, StateBars) and state is not None:
                kept.begin(start_s, state, stored.id)


def _collect(reader: Reader, query: MessageQuery, places: Mapping[str, Sequence[_Place]], progress: Progress) -> None:
    origin_ns = reader.metadata.started_ns
    for stored in watched(reader, replace(query, include=tuple(places)), progress):
        wanted = places.get(stored.message.topic)
        if not wanted:  # a filter of a strange topic may match others
            continue
        document, offset_s = parsed(stored.message.payload), (stored.message.at_ns - origin_ns) / NS_PER_SECOND
        for steps, kept in wanted:
            value = value_at(document, steps)
            if isinstance(kept, Thinned):
                number = number_of(value)
                if number is not None:
                    kept.add(Point(offset_s, number, stored.id))
            elif (state := state_of(value)) is not None:
                kept.add(offset_s, state, stored.id)
