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
from core.json_path import values_at
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
    series: dict[Field, Thinned | StateBars] = {
        one: (Thinned if one.kind is FieldKind.NUMBER else StateBars)(start_s, end_s) for one in fields
    }
    of_topic: dict[str, list[Field]] = {}
    for one in fields:
        of_topic.setdefault(one.topic, []).append(one)
    if query.start_ns is not None and fields:
        _states_before(reader, query, of_topic, series, start_s)
    for stored in watched(reader, replace(query, include=tuple(of_topic)), progress) if fields else ():
        wanted = of_topic.get(stored.message.topic)
        if wanted:
            value, offset_s = parsed(stored.message.payload), (stored.message.at_ns - origin_ns) / NS_PER_SECOND
            for one in wanted:
                _add(series[one], next(values_at(value, one.steps), None), offset_s, stored.id)
    end_ns = session_end_ns(reader, reader.summary())
    numbers = [(one, kept) for one, kept in series.items() if isinstance(kept, Thinned)]
    states = [(one, kept) for one, kept in series.items() if isinstance(kept, StateBars)]
    return FieldSeries(
        origin_ns,
        start_s,
        end_s,
        tuple(NumberSeries(one, tuple(kept.points()), kept.count, kept.thinned) for one, kept in numbers),
        tuple(StateSeries(one, tuple(kept.bars()), kept.count, kept.merged) for one, kept in states),
        happenings(reader.events(), origin_ns, end_ns).within(start_s, end_s),
    )


def _states_before(
    reader: Reader,
    query: MessageQuery,
    of_topic: Mapping[str, Sequence[Field]],
    series: Mapping[Field, Thinned | StateBars],
    start_s: float,
) -> None:
    """A state that began before the stretch lasts into it."""
    earlier = replace(query, include=tuple(of_topic), start_ns=None, end_ns=query.start_ns)
    for stored in reader.latest(earlier):
        value = parsed(stored.message.payload)
        for one in of_topic.get(stored.message.topic, ()):
            kept, state = series[one], state_of(next(values_at(value, one.steps), None))
            if isinstance(kept, StateBars) and state is not None:
                kept.begin(start_s, state, stored.id)


def _add(kept: Thinned | StateBars, value: object, offset_s: float, message_id: int) -> None:
    if isinstance(kept, Thinned):
        number = number_of(value)
        if number is not None:
            kept.add(Point(offset_s, number, message_id))
    elif (state := state_of(value)) is not None:
        kept.add(offset_s, state, message_id)
