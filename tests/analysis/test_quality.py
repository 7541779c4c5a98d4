"""What fields that count up say about messages that never came."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import quality
from analysis.quality import SequenceField, missing_for_certain, sequence_fields
from core.message import FROM_DUMP, Message
from store.catalog import Catalog
from store.events import Event, EventKind
from store.reader import SessionReader
from tests.analysis.sessions import START_NS, message, session


def numbered(*values: object, topic: str = "a/b", field: str = "number") -> list[Message]:
    return [message(topic, place, json.dumps({field: value}).encode()) for place, value in enumerate(values)]


def fields_of(messages: list[Message], *events: Event) -> list[SequenceField]:
    with session(messages, events) as reader:
        return sequence_fields(reader)


def test_a_counter_without_a_hole_says_that_nothing_is_missing():
    (found,) = fields_of(numbered(*range(20)))
    assert (found.topic, found.field, found.messages) == ("a/b", "number", 20)
    assert (found.missing, found.restarts, found.jumps) == (0, 0, ())


def test_a_hole_is_counted_and_has_its_place_and_moment():
    (found,) = fields_of(numbered(*range(15), *range(18, 30)))
    assert found.missing == 3
    (jump,) = found.jumps
    assert (jump.before, jump.after, jump.missing) == (14, 18, 3)
    assert jump.at_ns == START_NS + 15_000_000_000


@settings(max_examples=30)
@given(st.sets(st.integers(5, 194), max_size=20))
def test_what_was_taken_out_of_a_series_is_what_is_missing(lost: set[int]):
    (found,) = fields_of(numbered(*(number for number in range(200) if number not in lost)))
    assert found.missing == len(lost)


def test_a_message_that_comes_late_is_not_missing():
    (found,) = fields_of(numbered(*range(15), 17, 15, *range(18, 30)))
    assert found.missing == 1


def test_a_counter_that_begins_anew_is_no_loss():
    (found,) = fields_of(numbered(*range(100, 130), *range(20)))
    assert (found.missing, found.restarts) == (0, 1)


def test_one_message_that_is_counted_otherwise_is_neither_loss_nor_restart():
    (found,) = fields_of(numbered(*range(100, 130), 1, *range(130, 140)))
    assert (found.missing, found.restarts) == (0, 0)


def test_a_jump_from_a_single_number_says_nothing():
    """The first message may be an old one."""
    (found,) = fields_of(numbered(1, *range(125, 160)))
    assert found.missing == 0


def gap(after_s: int) -> tuple[Event, Event]:
    """The connection is away for a moment after the message of this second."""
    start_ns = START_NS + after_s * 1_000_000_000
    return Event(start_ns + 400_000_000, EventKind.GAP_START), Event(start_ns + 600_000_000, EventKind.GAP_END)


def test_a_single_number_before_a_gap_is_enough_for_what_it_left_out():
    """The message was received, so what was published after it is missing."""
    (found,) = fields_of(numbered(0, *range(295, 330)), *gap(0))
    assert found.missing == 294


@pytest.mark.parametrize("before", [1, 2, 4])
def test_few_numbers_around_a_gap_are_enough_where_nothing_else_interrupts_them(before: int):
    (found,) = fields_of(numbered(*range(before), *range(50, 55 - before)), *gap(before - 1))
    assert found.missing == 50 - before


@pytest.mark.parametrize("values", [[1, 2, 9, 10], [1, 2, 3, 9, 11, 12]], ids=["two steps", "another jump"])
def test_fewer_numbers_around_a_gap_say_nothing(values: list[int]):
    assert fields_of(numbered(*values), *gap(values.index(9) - 1)) == []


def test_what_was_not_recorded_during_a_pause_is_not_missing():
    pause = Event(START_NS + 14_500_000_000, EventKind.PAUSE), Event(START_NS + 14_600_000_000, EventKind.RESUME)
    (found,) = fields_of(numbered(*range(15), *range(40, 60)), *pause)
    assert found.missing == 0


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([7] * 50, id="constant"),
        pytest.param(list(range(0, 100, 2)), id="even numbers"),
        pytest.param([1, 2, 3] * 20, id="steps of an order"),
        pytest.param([1_786_093_887_000 + 1_013 * n for n in range(50)], id="a time"),
        pytest.param(list(range(9)), id="too few"),
        pytest.param([True, False] * 30, id="switches"),
        pytest.param([n / 2 for n in range(60)], id="fractions"),
        pytest.param([str(n) for n in range(60)], id="texts"),
    ],
)
def test_what_does_not_count_messages_is_left_alone(values: list[object]):
    assert fields_of(numbered(*values)) == []


@pytest.mark.parametrize("payload", [b"", b"\xff\x00", b"{", b"[1]", b"17", b"null", b"[" * 5_000, b'{"a":' * 5_000])
def test_payloads_that_are_no_objects_are_left_alone(payload: bytes):
    assert fields_of([message(payload=payload)] * 30) == []


def test_a_field_within_an_object_is_found():
    (found,) = fields_of(
        [message(at_s=n, payload=json.dumps({"header": {"id": n}, "x": 1}).encode()) for n in range(20)]
    )
    assert found.field == "header.id"


def test_topics_count_for_themselves():
    both = fields_of([*numbered(*range(20), topic="a/b"), *numbered(*range(30, 50), topic="a/c")])
    assert [(one.topic, one.missing) for one in both] == [("a/b", 0), ("a/c", 0)]


def test_sisters_that_share_a_counter_are_looked_at_together():
    """A module's state and its heartbeat: each alone would seem to miss something."""
    mixed = [numbered(n, topic="m/state" if n % 6 == 0 else "m/connection")[0] for n in range(60) if n not in (31, 32)]
    (found,) = fields_of([one._replace(at_ns=START_NS + place) for place, one in enumerate(mixed)])
    assert (found.topic, found.missing) == ("m/+", 2)


def test_the_brokers_stored_messages_do_not_count():
    stored = [one._replace(retain=FROM_DUMP) for one in numbered(*range(20))]
    assert fields_of(stored) == []


def test_a_session_with_a_topic_for_each_message_is_looked_at_up_to_a_bound(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quality, "MAX_TOPICS", 1)
    (found,) = fields_of([*numbered(*range(20)), *numbered(*range(20), topic="other/topic")])
    assert found.topic == "a/b"


def test_of_several_counters_on_a_topic_the_one_that_misses_most_counts():
    def one(topic: str, missing: int) -> SequenceField:
        return SequenceField(topic, "n", 100, missing, 0, ())

    assert missing_for_certain([one("a", 3), one("a", 5), one("b", 2)]) == 7
    assert missing_for_certain([]) == 0


@pytest.mark.real_data
def test_the_factorys_counters_show_an_outage_that_nobody_had_noticed(real_recordings: Path, tmp_path: Path):
    """All vehicles and modules jump at the same moments: 72 messages never came."""
    found = _fields_of_file(real_recordings / "storage-production-ml-rrr_20260804_133245.log", tmp_path)
    assert missing_for_certain(found) == 72
    jumps = [jump for one in found for jump in one.jumps]
    moments = {jump.at_ns // 60_000_000_000 for jump in jumps}
    assert len(jumps) > 3 * len(moments)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["white-storage-production_20260807_111716", "storage_order_blue_20251110_181104"])
def test_a_recording_of_the_factory_that_is_complete_says_so(real_recordings: Path, tmp_path: Path, name: str):
    found = _fields_of_file(real_recordings / f"{name}.log", tmp_path)
    assert found
    assert missing_for_certain(found) == 0


def _fields_of_file(path: Path, folder: Path) -> list[SequenceField]:
    imported = Catalog(folder).import_file(path).entry
    with SessionReader.open(imported.path) as reader:
        return sequence_fields(reader)
