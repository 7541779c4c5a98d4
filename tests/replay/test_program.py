"""Which messages a replay consists of: passes, playlists, merged sessions, and any position in them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.message import LIVE, LIVE_RETAINED, NS_PER_SECOND, Message
from replay.program import Program, program_of
from replay.schedule import Due
from replay.status import ReplayRequest, StateBefore
from store.parts import open_session
from tests.replay.sessions import START_NS, message, numbered, session
from tests.replay.states import END, before, contents, played_before, with_flag

S = NS_PER_SECOND


@contextmanager
def opened(request: ReplayRequest) -> Iterator[Program]:
    with ExitStack() as stack:
        yield program_of(
            request, [stack.enter_context(open_session(path)) for path in (request.session, *request.more)]
        )


def dues(request: ReplayRequest, offset_ns: int = 0, position_ns: int | None = None, number: int = 0) -> list[Due]:
    with opened(request) as program:
        return list(program.dues(offset_ns, position_ns, number))


def payloads(dues: Sequence[Due]) -> list[bytes]:
    return [due.message.payload for due in dues]


def seconds(dues: Sequence[Due]) -> list[float]:
    return [due.offset_ns / S for due in dues]


def positions(dues: Sequence[Due]) -> list[float]:
    return [due.position_ns / S for due in dues]


def test_each_loop_begins_at_the_end_of_the_one_before(tmp_path: Path):
    found = dues(ReplayRequest(session(tmp_path, numbered(1, 3)), loop=3))
    assert seconds(found) == [0, 2, 2, 4, 4, 6]
    assert positions(found) == [1, 3] * 3
    assert [due.pass_number for due in found] == [0, 0, 1, 1, 2, 2]


def test_between_two_loops_there_is_the_pause_that_was_asked_for(tmp_path: Path):
    assert seconds(dues(ReplayRequest(session(tmp_path, numbered(1, 3)), loop=2, loop_pause_s=5))) == [0, 2, 7, 9]


def test_without_a_number_of_loops_there_is_always_another_one(tmp_path: Path):
    with opened(ReplayRequest(session(tmp_path, numbered(0, 1)), loop=None)) as program:
        found = list(islice(program.dues(), 7))
        assert (program.endless, program.planned, program.messages_from(0, 41)) == (True, 2, 2)
    assert seconds(found) == [0, 1, 1, 2, 2, 3, 3]


def test_what_has_no_duration_is_not_repeated_for_ever_without_a_pause(tmp_path: Path):
    path = session(tmp_path, numbered(0, 0))
    with pytest.raises(UsageError, match="'order' has no duration"), opened(ReplayRequest(path, loop=None)):
        pass
    with opened(ReplayRequest(path, loop=None, loop_pause_s=1)) as program:
        assert seconds(list(islice(program.dues(), 4))) == [0, 0, 1, 1]


def test_nor_is_one_moment_long_after_the_start(tmp_path: Path):
    path = session(tmp_path, numbered(5, 5))
    with pytest.raises(UsageError, match="'order' has no duration"), opened(ReplayRequest(path, loop=None)):
        pass


def test_nothing_chosen_for_ever_ends_at_once(tmp_path: Path):
    assert dues(ReplayRequest(session(tmp_path, numbered(0, 1)), include=("z",), loop=None)) == []


def test_a_playlist_plays_one_session_after_the_other(tmp_path: Path):
    first = session(tmp_path, numbered(2, 5), "first")
    second = session(tmp_path, [message(100, payload=b"x"), message(101, payload=b"y")], "second")
    request = ReplayRequest(first, more=(second, first), loop=2)
    found = dues(request)
    assert payloads(found) == [b"0", b"1", b"x", b"y", b"0", b"1"] * 2
    assert positions(found)[:6] == [2, 5, 5, 6, 6, 9]
    assert seconds(found)[:6] == [0, 3, 3, 4, 4, 7]
    with opened(request) as program:
        assert (program.name, program.planned, program.end_ns) == ("first + second + first", 12, 9 * S)


def test_sessions_can_play_at_the_same_time_as_they_were_recorded(tmp_path: Path):
    one = session(tmp_path, [message(0, "a"), message(4, "a")], "one")
    other = session(tmp_path, [message(1, "b"), message(3, "b"), message(9, "b")], "other")
    found = dues(ReplayRequest(one, more=(other,), merged=True))
    assert [due.message.topic for due in found] == ["a", "b", "b", "a", "b"]
    assert seconds(found) == [0, 1, 3, 4, 9]


def test_sessions_of_other_days_are_not_merged_unless_silences_are_shortened(tmp_path: Path):
    one = session(tmp_path, [message(0, "a")], "one")
    other = session(tmp_path, [message(3 * 86_400, "b")], "other")
    request = ReplayRequest(one, more=(other,), merged=True)
    with pytest.raises(UsageError, match="lie 3 days, which would pass in silence"), opened(request):
        pass
    assert seconds(dues(replace(request, max_gap_s=10))) == [0, 10]


def test_from_a_position_comes_what_lies_there_or_behind_it(tmp_path: Path):
    request = ReplayRequest(session(tmp_path, numbered(0, 2, 4, 6)), start_s=2, end_s=6, loop=2)
    assert payloads(dues(request)) == [b"1", b"2"] * 2
    found = dues(request, 100 * S, 3 * S, 0)
    assert payloads(found) == [b"2", b"1", b"2"]
    assert seconds(found) == [101, 101, 103]
    assert payloads(dues(request, 0, 1 * S, 1)) == [b"1", b"2"]
    with opened(request) as program:
        assert [program.messages_from(at * S, 0) for at in (0, 2, 3, 4, 5)] == [4, 4, 3, 3, 2]
        assert [program.messages_from(at * S, 1) for at in (2, 3, 5)] == [2, 1, 0]


def test_a_position_in_a_playlist_lies_in_the_session_that_plays_then(tmp_path: Path):
    first = session(tmp_path, numbered(2, 5), "first")
    second = session(tmp_path, [message(100, payload=b"x"), message(101, payload=b"y")], "second")
    request = ReplayRequest(first, more=(second,))
    assert payloads(dues(request, 0, 4 * S)) == [b"1", b"x", b"y"]
    assert payloads(dues(request, 0, round(5.5 * S))) == [b"y"]
    assert seconds(dues(request, 0, round(5.5 * S))) == [0.5]


@given(
    times=st.lists(st.integers(0, 40), min_size=1, max_size=12).map(sorted),
    at=st.integers(0, 45),
    loop=st.integers(1, 3),
)
def test_from_any_position_in_any_pass_comes_exactly_the_rest(tmp_path: Path, times: list[int], at: int, loop: int):
    request = ReplayRequest(session(tmp_path, numbered(*times)), loop=loop)
    with opened(request) as program:
        whole = list(program.dues())
        for pass_number in range(loop):
            rest = list(program.dues(0, at * S, pass_number))
            wanted = [
                due
                for due in whole
                if due.pass_number > pass_number or (due.pass_number == pass_number and due.position_ns >= at * S)
            ]
            assert [(due.message, due.pass_number) for due in rest] == [
                (due.message, due.pass_number) for due in wanted
            ]
            assert len(rest) == program.messages_from(at * S, pass_number)
            assert all(one.offset_ns <= other.offset_ns for one, other in pairwise(rest))


def test_whether_a_topic_still_comes_is_known(tmp_path: Path):
    path = session(tmp_path, [message(0, "a"), message(1, "b"), message(2, "a")])
    with opened(ReplayRequest(path, exclude=("c",))) as program:
        assert [program.comes("b", at * S, 0) for at in (0, 1, 2)] == [True, True, False]
        assert program.comes("+", 2 * S, 0)
        assert not program.comes("z", 0, 0)
    with opened(ReplayRequest(path, loop=2)) as program:
        assert program.comes("b", 2 * S, 0)
        assert not program.comes("b", 2 * S, 1)
    with opened(ReplayRequest(path, exclude=("b",))) as program:
        assert not program.comes("b", 0, 0)
        assert program.topics() == ["a"]


def test_the_state_before_the_start_is_that_of_the_chosen_topics(tmp_path: Path):
    recorded = [message(0, "a", b"1"), message(1, "b", b"2"), message(2, "a", b"3"), message(3, "a", b"4")]
    request = ReplayRequest(session(tmp_path, recorded), start_s=3, exclude=("c",))
    with opened(request) as program:
        assert [one.payload for one in program.state_at_start().messages] == [b"2", b"3"]
    with opened(replace(request, include=("a",))) as program:
        assert [one.payload for one in program.state_at_start().messages] == [b"3"]


@pytest.mark.parametrize(("state", "known"), [(StateBefore.NONE, [b"3"]), (StateBefore.STATE, [b"2", b"3"])])
def test_what_is_stored_at_a_moment_begins_with_what_was_sent_first(
    tmp_path: Path, state: StateBefore, known: list[bytes]
):
    recorded: list[Message] = [
        message(0, "a", b"1", retain=LIVE_RETAINED),
        message(1, "b", b"2", retain=LIVE_RETAINED),
        message(3, "a", b"3", retain=LIVE_RETAINED),
        message(4, "a", b"4", retain=LIVE),
        message(5, "a", b"5", retain=LIVE_RETAINED),
    ]
    with opened(ReplayRequest(session(tmp_path, recorded), start_s=2, state=state)) as program:
        assert [one.payload for one in program.retained_before(5 * S)] == known
    assert recorded[0].at_ns == START_NS


def kept(at_s: float, topic: str, payload: bytes) -> Message:
    return message(at_s, topic, payload, retain=LIVE_RETAINED)


def test_what_a_further_session_held_before_its_part_was_never_sent_and_is_not_stored(tmp_path: Path):
    first = session(tmp_path, [kept(0, "a", b"1"), kept(30, "a", b"2")], "first")
    second = session(tmp_path, [kept(0, "b", b"old"), kept(10, "c", b"3"), kept(20, "c", b"4")], "second")
    with opened(ReplayRequest(first, more=(second,), start_s=10)) as program:
        assert [one.payload for one in program.state_at_start().messages] == [b"1"]
        stored = [[one.payload for one in program.retained_before(at * S)] for at in (10, 25, 31, 40)]
    assert stored == [[b"1"], [b"1"], [b"2", b"3"], [b"2", b"3"]]


def test_each_of_merged_sessions_begins_with_its_state_at_its_own_start(tmp_path: Path):
    one = session(tmp_path, [kept(0, "a", b"1"), kept(10, "a", b"2")], "one")
    later = session(tmp_path, [kept(5, "b", b"3"), kept(12, "b", b"4"), kept(17, "b", b"5")], "later", START_NS + 5 * S)
    with opened(ReplayRequest(one, more=(later,), merged=True, start_s=10)) as program:
        assert payloads(list(program.dues())) == [b"2", b"5"]  # the second one from its tenth second on
        assert [one.payload for one in program.state_at_start().messages] == [b"1", b"4"]
        stored = [[one.payload for one in program.retained_before(at * S)] for at in (10, 12, 18)]
    assert stored == [[b"1", b"4"], [b"2", b"4"], [b"2", b"5"]]


def test_a_further_session_after_one_of_which_nothing_is_played_begins_at_the_start(tmp_path: Path):
    short = session(tmp_path, numbered(0, 1), "short")
    longer = session(tmp_path, [message(10, payload=b"x"), message(12, payload=b"y")], "longer")
    request = ReplayRequest(short, more=(longer,), start_s=10)
    assert positions(dues(request)) == [10, 12]
    assert payloads(dues(request, 0, 11 * S)) == [b"y"]


@given(content=contents.filter(bool), at=st.integers(-1, END + 1), start=st.integers(0, END - 1),
       retain=st.sampled_from([None, True]))  # fmt: skip
def test_from_any_position_comes_what_has_not_been_played_before_it_and_seeks_know_what_has(
    content: list[Message], at: int, start: int, retain: bool | None
):
    """Also where recorded times go back, and where the state before a start is sent first."""
    with tempfile.TemporaryDirectory() as folder:
        path = session(Path(folder), content)
        with open_session(path) as reader:
            request = ReplayRequest(path, start_s=start / S, state=StateBefore.STATE, retain=retain)
            program = program_of(request, [reader])
            played = [due.message for due in program.dues()]
            rest = [due.message for due in program.dues(position_ns=at)]
            assert rest == played[len(played_before(played, START_NS + at)) :]
            assert len(rest) == program.messages_from(at, 0)
            done = [*before(content, START_NS + start), *played[: len(played) - len(rest)]]
            expected = {one.topic: one for one in with_flag(done, retain) if one.retained}
            assert {one.topic: one for one in program.retained_before(at)} == expected
