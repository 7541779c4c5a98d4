"""What happened besides messages: marks, gaps and pauses, as offsets in a session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.message import NS_PER_SECOND
from store.events import Event, EventKind


@dataclass(frozen=True)
class Mark:
    """A moment that somebody marked during the recording."""

    offset_s: float
    at_ns: int
    text: str


@dataclass(frozen=True)
class Span:
    """A stretch of a session: a gap or a pause. One that never ended lasts until the session's end."""

    start_s: float
    end_s: float
    text: str = ""

    @property
    def duration_s(self) -> float:
        """Never negative."""
        return max(0.0, self.end_s - self.start_s)


@dataclass(frozen=True)
class Happenings:
    """What happened in a session, or in a stretch of it, besides messages."""

    gaps: tuple[Span, ...] = ()
    pauses: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()

    def within(self, start_s: float, end_s: float) -> Happenings:
        """What touches [start_s, end_s); spans keep their full length."""
        return Happenings(
            gaps=tuple(gap for gap in self.gaps if gap.start_s < end_s and gap.end_s >= start_s),
            pauses=tuple(pause for pause in self.pauses if pause.start_s < end_s and pause.end_s >= start_s),
            marks=tuple(mark for mark in self.marks if start_s <= mark.offset_s < end_s),
        )


def happenings(events: Sequence[Event], origin_ns: int, end_ns: int) -> Happenings:
    """Marks, gaps and pauses of a session that begins at `origin_ns` and ends at `end_ns`."""
    return Happenings(
        gaps=gaps(events, origin_ns, end_ns), pauses=pauses(events, origin_ns, end_ns), marks=marks(events, origin_ns)
    )


def marks(events: Iterable[Event], origin_ns: int) -> tuple[Mark, ...]:
    """The marks in the order of their moments."""
    found = (
        Mark(offset_s(event.at_ns, origin_ns), event.at_ns, event.text)
        for event in events
        if event.kind == EventKind.MARK
    )
    return tuple(sorted(found, key=lambda mark: mark.at_ns))


def gaps(events: Iterable[Event], origin_ns: int, end_ns: int) -> tuple[Span, ...]:
    """The stretches without a connection; one still open lasts until `end_ns`."""
    return _spans(events, EventKind.GAP_START, EventKind.GAP_END, origin_ns, end_ns)


def pauses(events: Iterable[Event], origin_ns: int, end_ns: int) -> tuple[Span, ...]:
    """The stretches in which the recording paused; one still open lasts until `end_ns`."""
    return _spans(events, EventKind.PAUSE, EventKind.RESUME, origin_ns, end_ns)


def offset_s(at_ns: int, origin_ns: int) -> float:
    """Seconds from the session's start to a moment; negative before it."""
    return (at_ns - origin_ns) / NS_PER_SECOND


def _spans(
    events: Iterable[Event], opens: EventKind, closes: EventKind, origin_ns: int, end_ns: int
) -> tuple[Span, ...]:
    """Pairs of opening and closing events. A second opening inside a span and a lone closing add nothing."""
    found: list[Span] = []
    opened: Event | None = None
    for event in sorted(events, key=lambda event: event.at_ns):
        if event.kind == opens and opened is None:
            opened = event
        elif event.kind == closes and opened is not None:
            found.append(_span(opened, event.at_ns, origin_ns))
            opened = None
    if opened is not None:
        found.append(_span(opened, max(end_ns, opened.at_ns), origin_ns))
    return tuple(found)


def _span(opened: Event, end_ns: int, origin_ns: int) -> Span:
    return Span(offset_s(opened.at_ns, origin_ns), offset_s(end_ns, origin_ns), opened.text)
