"""A copy is told from what is none, and what differs is counted exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import copy_differences
from analysis.copy_check import CopyReport, copy_report
from analysis.copy_differences import Change, Kind
from analysis.progress import Cancelled
from core.message import FROM_DUMP, LIVE_RETAINED, Message, Properties
from store.query import MessageQuery
from tests.analysis.sessions import message, session
from tests.analysis.test_alignment import longest


def numbered(count: int) -> list[Message]:
    """Messages that all differ, on three topics, a tenth of a second apart."""
    return [message(f"a/{number % 3}", number / 10, b"%d" % number, qos=number % 3) for number in range(count)]


def compared(left: Sequence[Message], right: Sequence[Message], **options: object) -> CopyReport:
    with session(left) as one, session(right) as other:
        return copy_report(one, other, **options)  # type: ignore[arg-type]


def at_its_time(messages: Sequence[Message]) -> list[Message]:
    """The same messages at the times of a copy."""
    return [one._replace(at_ns=message(at_s=place / 10).at_ns) for place, one in enumerate(messages)]


def test_a_copy_is_faithful_whenever_it_was_made():
    later = [one._replace(at_ns=one.at_ns + 3_600_000_000_000) for one in numbered(50)]
    found = compared(numbered(50), later)
    assert (found.same, found.different, found.timing_error_ms.max, found.faithful) == (50, 0, 0.0, True)
    assert (found.reasons(), found.differences, found.latest) == ([], (), ())


EDITS = st.dictionaries(st.integers(0, 19), st.sampled_from(["delete", "insert", "change", "swap"]), max_size=12)


@settings(max_examples=40)
@given(EDITS)
def test_so_many_deletions_insertions_changes_and_swaps_are_reported_as_exactly_these(edits: dict[int, str]):
    original = numbered(100)
    copy: list[Message] = []
    for begin in range(0, 100, 5):
        block = original[begin : begin + 5]
        match edits.get(begin // 5):
            case "delete":
                del block[2]
            case "insert":
                block.insert(2, message("a/new", payload=b"new %d" % begin))
            case "change":
                block[2] = block[2]._replace(payload=b"changed %d" % begin)
            case "swap":
                block[1], block[2] = block[2], block[1]
        copy += block
    found, done = compared(original, at_its_time(copy)), Counter(edits.values())
    assert (found.missing, found.extra) == (done["delete"], done["insert"])
    assert (found.changed, found.out_of_order) == (done["change"], done["swap"])
    assert Counter(one.kind for one in found.differences) == Counter(
        {Kind.MISSING: found.missing, Kind.EXTRA: found.extra, Kind.CHANGED: found.changed, Kind.MOVED: done["swap"]}
    )
    assert found.same == 100 - done["delete"] - done["change"]
    assert found.faithful == (not edits)


LETTERS = st.lists(st.sampled_from("abcde"), max_size=25)


@settings(max_examples=40)
@given(LETTERS, LETTERS)
def test_whatever_repeats_the_counts_are_those_of_a_naive_comparison(left: list[str], right: list[str]):
    found = compared(*([message(letter, payload=b"x") for letter in letters] for letters in (left, right)))
    common = (Counter(left) & Counter(right)).total()
    assert (found.same, found.out_of_order) == (common, common - longest(left, right))
    assert (found.missing + found.changed, found.extra + found.changed) == (len(left) - common, len(right) - common)


def test_two_that_were_exchanged_from_far_apart_are_moved_not_changed():
    copy = numbered(50)
    copy[6], copy[36] = copy[36], copy[6]
    found = compared(numbered(50), at_its_time(copy))
    assert (found.same, found.out_of_order, found.changed) == (50, 2, 0)


@pytest.mark.parametrize(
    ("change", "as_what"),
    [
        pytest.param({"payload": b"other"}, Change.PAYLOAD, id="payload"),
        pytest.param({"qos": 2}, Change.QOS, id="qos"),
        pytest.param({"retain": LIVE_RETAINED}, Change.RETAIN, id="retain"),
        pytest.param({"properties": Properties(content_type="text/plain")}, Change.PROPERTIES, id="properties"),
    ],
)
def test_it_is_said_what_has_changed(change: dict[str, object], as_what: Change):
    copy = numbered(20)
    copy[9] = copy[9]._replace(**change)  # type: ignore[arg-type]
    found = compared(numbered(20), copy)
    assert (found.changed, found.missing, found.extra, found.changed_by) == (1, 0, 0, {as_what: 1})
    assert found.reasons() == [f"1 message is changed ({as_what} of 1)."]
    (one,) = found.differences
    assert (one.kind, one.topic, one.left_id, one.right_id, one.changes) == (Kind.CHANGED, "a/0", 10, 10, (as_what,))


def test_what_a_replay_and_a_broker_add_is_no_change():
    mine = Properties(message_expiry_interval=60, user_properties=(("a", "1"),))
    theirs = Properties(message_expiry_interval=58, user_properties=(("a", "1"), ("session-replay", "run")))
    left, right = ([replace_properties(one, found) for one in numbered(5)] for found in (mine, theirs))
    assert compared(left, right).faithful
    assert compared(numbered(5), [replace_properties(one, replace(theirs, user_properties=())) for one in
                                  numbered(5)]).faithful  # fmt: skip


def replace_properties(one: Message, properties: Properties) -> Message:
    return one._replace(properties=properties)


def test_a_message_from_the_brokers_store_is_equal_to_one_with_the_flag_but_its_time_says_nothing():
    left = [one._replace(retain=FROM_DUMP) for one in numbered(3)] + numbered(10)[3:]
    right = [one._replace(retain=LIVE_RETAINED, at_ns=one.at_ns - 10**12) for one in numbered(3)] + numbered(10)[3:]
    assert compared(left, right).faithful


def test_times_are_compared_from_the_first_message_that_both_have():
    copy = [one._replace(at_ns=one.at_ns + 5_000_000 * (place == 40)) for place, one in enumerate(numbered(101))]
    found = compared(numbered(101), copy[1:])
    assert (found.timing_error_ms.p50, found.timing_error_ms.max, found.missing) == (0.0, 5.0, 1)
    (late,) = found.latest
    assert (late.error_ms, late.left_id, late.right_id) == (5.0, 41, 40)
    assert compared(numbered(101), copy, tolerance_ms=5.0).faithful
    strict = compared(numbered(101), copy, tolerance_ms=4.9)
    assert not strict.faithful
    assert strict.reasons() == ["The time of a message differs by up to 5 ms; 4.9 ms are tolerated."]


def test_only_some_topics_are_compared():
    found = compared(numbered(30), [one for one in numbered(30) if one.topic != "a/1"], query=MessageQuery(("a/2",)))
    assert (found.same, found.faithful) == (10, True)


def test_two_sessions_that_have_nothing_in_common(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(copy_differences, "MAX_PENDING", 10)
    found = compared(numbered(40), [message("b", place, b"b") for place in range(30)])
    assert (found.same, found.missing, found.extra, found.changed) == (0, 40, 30, 0)


def test_an_empty_session_has_nothing_to_differ_in():
    assert compared([], []).faithful
    assert compared([], numbered(2)).extra == 2


def test_the_work_says_how_far_it_is_and_can_be_cancelled():
    told: list[tuple[int, int]] = []
    compared(numbered(20), numbered(20), progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (40, 40)

    def cancel(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        compared(numbered(2), numbered(2), progress=cancel)
