"""From recorded times to due times."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.message import LIVE, NS_PER_SECOND, Message
from replay.schedule import Due, check, query_of, scaled_ns, schedule
from replay.status import ReplayRequest
from tests.replay.sessions import START_NS, message

SESSION = Path("order.db")


def dues_of(messages: Sequence[Message], max_gap_ns: int | None = None) -> list[Due]:
    placed = [(one.at_ns - START_NS, one) for one in messages]
    return list(schedule(placed, max_gap_ns=max_gap_ns))


def at(*at_ns: int) -> list[Message]:
    return [Message("a", b"", 1, LIVE, START_NS + one) for one in at_ns]


def offsets(dues: list[Due]) -> list[int]:
    return [due.offset_ns for due in dues]


def test_the_first_message_is_due_at_once_and_the_others_as_long_after_it_as_recorded():
    dues = dues_of(at(500, 700, 1_500))
    assert offsets(dues) == [0, 200, 1_000]
    assert [due.position_ns for due in dues] == [500, 700, 1_500]


def test_a_time_that_goes_back_is_due_with_the_message_before_it():
    assert offsets(dues_of(at(100, 300, 200, 250, 400))) == [0, 200, 200, 200, 300]


def test_from_a_position_the_first_message_is_due_as_much_later_as_it_lies_behind_it():
    placed = [(one.at_ns - START_NS, one) for one in at(700, 1_500)]
    dues = list(schedule(placed, offset_ns=40, from_position_ns=600, pass_number=3))
    assert dues == [Due(140, 700, placed[0][1], 3), Due(940, 1_500, placed[1][1], 3)]


def test_a_silence_lasts_as_long_as_allowed_at_most_and_positions_stay_true():
    dues = dues_of(at(0, 10, 1_000, 1_005, 9_000), max_gap_ns=100)
    assert offsets(dues) == [0, 10, 110, 115, 215]
    assert [due.position_ns for due in dues] == [0, 10, 1_000, 1_005, 9_000]


def test_nothing_gives_nothing():
    assert dues_of([]) == []


TIMES = st.lists(st.integers(0, 10**15), max_size=30)


@given(TIMES, st.none() | st.integers(0, 10**15))
def test_a_schedule_keeps_count_and_order_and_never_goes_back(times: list[int], max_gap_ns: int | None):
    messages = [Message("a", b"%d" % number, 1, LIVE, at_ns) for number, at_ns in enumerate(times)]
    dues = dues_of(messages, max_gap_ns)
    assert [due.message for due in dues] == messages
    assert all(before.offset_ns <= after.offset_ns for before, after in pairwise(dues))


@given(TIMES.map(sorted))
def test_recorded_distances_are_kept_when_times_do_not_go_back(times: list[int]):
    dues = dues_of(at(*times))
    assert offsets(dues) == [one - times[0] for one in times]


@given(TIMES.map(sorted), st.floats(0.1, 100))
def test_due_times_scale_with_the_speed_and_keep_their_order(times: list[int], speed: float):
    dues = offsets(dues_of(at(*times)))
    scaled = [scaled_ns(offset, speed) for offset in dues]
    assert scaled == sorted(scaled)
    assert all(abs(one * speed - offset) <= speed + offset * 1e-12 for one, offset in zip(scaled, dues, strict=True))


def test_the_range_includes_its_start_and_excludes_its_end():
    query = query_of(ReplayRequest(SESSION, include=("a",), exclude=("b",), start_s=1.5, end_s=3.0), START_NS)
    assert (query.start_ns, query.end_ns) == (START_NS + 1_500_000_000, START_NS + 3 * NS_PER_SECOND)
    assert (query.include, query.exclude) == (("a",), ("b",))


def test_without_a_start_messages_older_than_the_session_are_replayed_too():
    query = query_of(ReplayRequest(SESSION), START_NS)
    assert (query.start_ns, query.end_ns) == (None, None)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (ReplayRequest(SESSION, speed=0), "speed"),
        (ReplayRequest(SESSION, speed=-1), "speed"),
        (ReplayRequest(SESSION, speed=float("nan")), "speed"),
        (ReplayRequest(SESSION, speed=float("inf")), "speed"),
        (ReplayRequest(SESSION, speed=1e-300), "between 0.000001 and 1,000,000,000"),
        (ReplayRequest(SESSION, speed=1e300), "between 0.000001 and 1,000,000,000"),
        (ReplayRequest(SESSION, start_s=-1), "start"),
        (ReplayRequest(SESSION, start_s=1e300), "start"),
        (ReplayRequest(SESSION, start_s=5, end_s=5), "end"),
        (ReplayRequest(SESSION, end_s=0), "end"),
        (ReplayRequest(SESSION, loop=0), "loops"),
        (ReplayRequest(SESSION, loop_pause_s=-1), "pause"),
        (ReplayRequest(SESSION, loop_pause_s=1e300), "pause"),
        (ReplayRequest(SESSION, max_gap_s=-0.5), "silence"),
        (ReplayRequest(SESSION, max_gap_s=1e300), "silence"),
        (ReplayRequest(SESSION, qos=3), "QoS"),
        (ReplayRequest(SESSION, include=("a/#/b",)), "'a/#/b' is not a topic filter"),
        (ReplayRequest(SESSION, exclude=("",)), "must not be empty"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_with_a_sentence(request_: ReplayRequest, words: str):
    with pytest.raises(UsageError, match=rf"(?s){words}.*\.$"):
        check(request_)


@pytest.mark.parametrize("beyond_s", [3e11, 1e300])
def test_what_lies_beyond_all_times_is_after_every_message(beyond_s: float):
    query = query_of(ReplayRequest(SESSION, start_s=beyond_s, end_s=beyond_s), START_NS)
    assert query.start_ns == query.end_ns
    assert START_NS < (query.end_ns or 0) < 2**63


def test_the_default_request_is_valid():
    check(ReplayRequest(SESSION))
    check(ReplayRequest(SESSION, speed=None))
    assert message().at_ns == START_NS
