"""Events become marks, gaps and pauses, also where their pairs are torn."""

from __future__ import annotations

from analysis.moments import Mark, Span, gaps, marks, pauses
from store.events import Event, EventKind

SECOND = 1_000_000_000
ORIGIN = 1_000 * SECOND


def event(kind: EventKind, at_s: float, text: str = "") -> Event:
    return Event(ORIGIN + round(at_s * SECOND), kind, text)


def test_a_gap_lasts_from_its_start_to_its_end() -> None:
    events = [event(EventKind.GAP_START, 2, "broker gone"), event(EventKind.GAP_END, 5.5)]
    found = gaps(events, ORIGIN, ORIGIN + 10 * SECOND)
    assert found == (Span(2.0, 5.5, "broker gone"),)
    assert found[0].duration_s == 3.5


def test_a_gap_that_never_ended_lasts_until_the_session_ends() -> None:
    assert gaps([event(EventKind.GAP_START, 2)], ORIGIN, ORIGIN + 10 * SECOND) == (Span(2.0, 10.0),)


def test_a_gap_that_began_after_the_session_ended_has_no_length() -> None:
    found = gaps([event(EventKind.GAP_START, 12)], ORIGIN, ORIGIN + 10 * SECOND)
    assert found == (Span(12.0, 12.0),)
    assert Span(3.0, 2.0).duration_s == 0.0


def test_a_second_start_inside_a_gap_and_a_lone_end_add_nothing() -> None:
    events = [
        event(EventKind.GAP_END, 1),
        event(EventKind.GAP_START, 2),
        event(EventKind.GAP_START, 3),
        event(EventKind.GAP_END, 4),
        event(EventKind.GAP_END, 5),
    ]
    assert gaps(events, ORIGIN, ORIGIN + 10 * SECOND) == (Span(2.0, 4.0),)


def test_pauses_and_gaps_are_told_apart() -> None:
    events = [
        event(EventKind.PAUSE, 1),
        event(EventKind.GAP_START, 2),
        event(EventKind.RESUME, 3),
        event(EventKind.GAP_END, 4),
    ]
    assert pauses(events, ORIGIN, ORIGIN) == (Span(1.0, 3.0),)
    assert gaps(events, ORIGIN, ORIGIN) == (Span(2.0, 4.0),)


def test_marks_come_in_the_order_of_their_moments_and_nothing_else_is_a_mark() -> None:
    events = [event(EventKind.MARK, 5, "second"), event(EventKind.WARNING, 3), event(EventKind.MARK, -1, "first")]
    assert marks(events, ORIGIN) == (
        Mark(-1.0, ORIGIN - SECOND, "first"),
        Mark(5.0, ORIGIN + 5 * SECOND, "second"),
    )
