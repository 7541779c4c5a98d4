"""Which fields are times: by name, and by what the messages show."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import UsageError
from core.message import LIVE, NS_PER_SECOND, Message
from replay.status import ReplayRequest, TimeShift
from replay.time_fields import USUAL, USUAL_NAMES, FieldRule, fields_of, learn, sample
from store.reader import SessionReader
from tests.replay.sessions import START_NS, message, session

S = NS_PER_SECOND
DAY_NS = 86_400 * S


def fields(*objects: object) -> list[str]:
    """What is learned from these payloads, all of which arrived at 2026-11-21 08:15:00 UTC."""
    return learn(message(payload=json.dumps(one).encode()) for one in objects)


def seconds_from_then(seconds: float) -> int:
    return START_NS // S + round(seconds)


@pytest.mark.parametrize("name", ["timestamp", "ts", "startedAt", "At"])
def test_the_usual_names(name: str):
    assert USUAL.pattern().fullmatch(name)


@pytest.mark.parametrize("name", ["Timestamp", "tsx", "lat", "heat", "", "atAt "])
def test_other_names(name: str):
    assert not USUAL.pattern().fullmatch(name)


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not"),
    [("*", ["", "a\nb"], []), ("a.b", ["a.b"], ["axb"]), ("*_time_*", ["x_time_y"], ["time"]), ("Ä*", ["Äx"], ["äx"])],
)
def test_a_star_stands_for_any_part_and_nothing_else_does(pattern: str, fits: list[str], does_not: list[str]):
    found = FieldRule((pattern,)).pattern()
    assert all(found.fullmatch(name) for name in fits)
    assert not any(found.fullmatch(name) for name in does_not)


def test_a_payload_without_the_longest_part_of_any_name_is_not_looked_at():
    assert FieldRule(("ts", "*At", "a*bcd*e", "*", "Ä")).needles() == (b'"ts"', b'At"', b"bcd", b'"')


def test_no_names_are_no_fields():
    assert not FieldRule(()).pattern().fullmatch("")
    with pytest.raises(UsageError, match="must not be empty"):
        FieldRule(("a", ""))


def test_what_is_nearly_always_a_time_near_the_arrival_is_learned():
    near = [{"at_all": seconds_from_then(-number), "deep": [{"when": "2026-11-21T08:14:59Z"}]} for number in range(20)]
    assert fields(*near, {"at_all": 7}) == ["at_all", "when"]


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        "x",
        True,
        "2024-01-01T00:00:00Z",
        seconds_from_then(2 * 86_400),
        str(seconds_from_then(-2 * 86_400)),
        10**12,
    ],
)
def test_what_is_no_time_or_far_from_the_arrival_is_not_learned(value: object):
    assert fields({"x": value}) == []


def test_one_in_ten_that_is_no_time_is_too_many():
    assert fields(*[{"x": seconds_from_then(0)}] * 9, {"x": 1}) == []


@pytest.mark.parametrize("empty", [0, "", None, False])
def test_an_empty_place_says_nothing(empty: object):
    assert fields({"x": empty}) == []
    assert fields({"x": [empty, seconds_from_then(0)]}) == ["x"]


def test_a_clock_that_is_wrong_and_a_store_of_months_are_learned_where_the_name_or_the_form_says_so():
    months_ago = seconds_from_then(-100 * 86_400)
    shown = {
        "x": months_ago,
        "loadTimestamp": months_ago * 1000,
        "y": "2026-05-01T00:00:00Z",
        "z": "2024-05-01T00:00:00Z",
    }
    assert fields(shown) == ["loadTimestamp", "y"]


@pytest.mark.parametrize("name", ["id", "orderId", "requestID", "order_id", "ids", "headerIds"])
def test_an_identifier_that_is_made_of_the_time_is_none(name: str):
    assert fields({name: seconds_from_then(0)}) == []


def test_usual_names_need_not_be_learned():
    assert fields({"timestamp": seconds_from_then(0), "startedAt": seconds_from_then(0)}) == []


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff", b"{", b"[" * 100_000, b"1795248900", b'"2026-11-21T08:15:00Z"', b'{"x":NaN}',
     b'{"x":' + b"9" * 5000 + b"}", b'{"x":1795248900,"y":"' + b"y" * 70_000 + b'"}'],
)  # fmt: skip
def test_payloads_of_any_kind_are_looked_at(payload: bytes):
    assert learn([message(payload=payload)]) == []


def test_a_long_session_is_looked_at_in_all_its_parts(tmp_path: Path):
    path = session(tmp_path, [message(number / 1000, payload=b"%d" % number) for number in range(5_000)])
    with SessionReader.open(path) as reader:
        numbers = [int(one.payload) for one in sample(reader)]
    assert len(numbers) == 2_000
    assert {number // 250 for number in numbers} == set(range(20))


def test_the_fields_of_a_replay(tmp_path: Path):
    path = session(tmp_path, [message(payload=b'{"seen": %d}' % seconds_from_then(0))])
    with SessionReader.open(path) as reader:
        assert fields_of(ReplayRequest(path), [reader]) == USUAL
        assert fields_of(ReplayRequest(path, shift=TimeShift.RUN), [reader]).names == (*USUAL_NAMES, "seen")
        chosen = ReplayRequest(path, shift=TimeShift.RUN, shift_fields=("a", "b*"))
        assert fields_of(chosen, [reader]).names == ("a", "b*")


@pytest.mark.real_data
def test_what_a_real_factory_shows(real_recordings: Path):
    for path in sorted(real_recordings.glob("*.log")):
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        found = learn(
            Message(row["topic"], row["payload"].encode(), 0, LIVE, _ns(row["timestamp"]))
            for row in lines
            if "topic" in row
        )
        expected = [] if "synthetic" in path.name else ["lastSeen", "loadTimestamp", "pairedSince"]
        assert [name for name in found if name in expected] == [name for name in expected if name in found], path.name
        assert set(found) <= set(expected), (path.name, found)


def _ns(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) * S
