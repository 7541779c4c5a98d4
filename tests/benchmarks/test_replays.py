"""The replay part of the benchmark: its messages, its subscriber, its figures and its tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import wire
from benchmarks.replays.contenders import LOOP, OURS, PEER, told
from benchmarks.replays.figures import Lateness, in_order, lateness, percentile
from benchmarks.replays.messages import START_NS, Planned, planned, read_csv, write_csv, write_session
from benchmarks.replays.rows import Footprint, MemoryRow, Rate, RateRow, TimingRow
from benchmarks.replays.table import bars, tables
from benchmarks.results import read, save
from benchmarks.subscribers.listening import Listening
from benchmarks.table import as_markdown, as_text
from store.parts import open_session
from tests.benchmarks.reports import report

MS = 1_000_000


def test_messages_are_the_same_each_time_and_as_many_in_a_second_as_asked_for() -> None:
    messages = planned("200", 3_000, 300.0)
    assert messages == planned("200", 3_000, 300.0)
    assert messages[0].offset_ns == 0
    assert 9 < messages[-1].offset_ns / 1e9 < 11
    assert all(one.offset_ns % 1_000 == 0 for one in messages)
    assert [one.offset_ns for one in messages] == sorted(one.offset_ns for one in messages)


def test_the_session_and_the_csv_hold_the_same_messages_at_the_same_moments(tmp_path: Path) -> None:
    messages = planned("200", 50, 300.0)
    with open_session(write_session(tmp_path, messages)) as reader:
        stored = list(reader.stream())
    assert [(one.topic, one.payload, one.at_ns - START_NS) for one in stored] == [
        (one.topic, one.payload, one.offset_ns) for one in messages
    ]
    at_s = 0.0
    for one, (topic, payload, since) in zip(
        messages, read_csv(write_csv(tmp_path / "messages.csv", messages, timed=True)), strict=True
    ):
        at_s += since
        assert (topic, payload, round(at_s * 1e9)) == (one.topic, one.payload, one.offset_ns)
    untimed = read_csv(write_csv(tmp_path / "messages.csv", messages, timed=False))
    assert {since for _, _, since in untimed} == {0.0}


def test_lateness_is_against_the_most_punctual_message() -> None:
    due = [number * MS for number in range(1_000)]
    arrived = [one + 7 * MS + (number % 100 == 99) * 5 * MS for number, one in enumerate(due)]
    assert lateness(due, arrived, 3) == Lateness(1_000, 3, 0.0, 0.0, 5.0, 0.0)


def test_drift_is_how_much_later_the_last_ones_are() -> None:
    due = [number * MS for number in range(1_000)]
    found = lateness(due, [one + number * 1_000 for number, one in enumerate(due)], 0)
    assert found.drift_ms == pytest.approx(0.9)
    assert lateness([5], [9], 0) == Lateness(1, 0, 0.0, 0.0, 0.0, 0.0)


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert [percentile([1, 2, 3, 4], percent) for percent in (1, 25, 26, 50, 99, 100)] == [1, 1, 2, 2, 4, 4]


@given(st.lists(st.integers(0, 5), max_size=30), st.data())
def test_what_came_is_found_in_its_order_whatever_is_missing_or_foreign(sent: list[int], data: st.DataObject) -> None:
    kept = [one for one in sent if data.draw(st.booleans())]
    pairs = in_order(sent, kept)
    assert all(sent[place] == kept[at] for place, at in pairs)
    assert pairs == sorted(pairs)
    assert len({at for _, at in pairs}) == len(pairs) <= len(kept)
    assert in_order(sent, sent) == [(place, place) for place in range(len(sent))]


@given(st.lists(st.tuples(st.sampled_from(["a", "a/bc"]), st.binary(max_size=300))), st.integers(1, 50))
def test_the_subscriber_knows_each_message_again_in_whatever_pieces_it_comes(
    sent: list[tuple[str, bytes]], size: int
) -> None:
    data = b"".join(wire.publish(topic, payload, 1, number) for number, (topic, payload) in enumerate(sent, 1))
    heard, answers = Listening(), b""
    for at in range(0, len(data), size):
        answers += heard.take(data[at : at + size], at)
    assert heard.fingerprints == [Planned(0, topic, payload).fingerprint() for topic, payload in sent]
    assert answers == b"".join(b"\x40\x02" + number.to_bytes(2, "big") for number in range(1, len(sent) + 1))
    assert heard.arrived_ns == sorted(heard.arrived_ns)


def test_what_a_replayer_tells_is_in_its_report_or_in_one_line() -> None:
    assert told('{"confirmed": 3, "seconds": 1.5}\n') == (3, 1.5)
    assert told('Connected.\n{\n "confirmed": 3,\n "playing_seconds": 2\n}') == (3, 2.0)
    with pytest.raises(ValueError, match="substring not found"):
        told("Error")


def timing(p99_ms: float = 0.5, drift_ms: float = 0.0) -> list[TimingRow]:
    return [
        TimingRow("200", OURS, 300.0, [Lateness(100, 0, 0.1, p99_ms, 2.0, drift_ms)] * 2),
        TimingRow("200", PEER, 300.0, [Lateness(99, 1, 500.0, 1_000.0, 1_200.0, 900.0)]),
    ]


def rates(ours: float = 50_000.0) -> list[RateRow]:
    return [
        RateRow("200", OURS, [Rate(1_000, 1_000, 1_000 / ours, 8.0, 1_000, 0.04)]),
        RateRow("200", LOOP, [Rate(1_000, 1_000, 0.1, 60.0, 1_000, 0.1)]),
        RateRow("200", PEER, [Rate(1_000, 0, 0.0, 60.0, 999, 0.1)]),
        RateRow("200", "another", problem="it is not here"),
    ]


def test_the_tables_hold_what_was_measured() -> None:
    (first, timed), (second, fastest) = tables(timing(), rates())
    assert (first, second) == (
        "Replay, 200 B, QoS 1, original speed: 300 messages/s",
        "Replay, 200 B, QoS 1, as fast as possible",
    )
    assert timed[1] == (OURS, "0.10", "0.50", "2.00", "+0.00", "0", "200")
    assert fastest[1] == (OURS, "50,000 (50,000, 50,000)", "5.0", "25,000", "2.5", "8.0", "0", "1,000")
    assert fastest[3][1] == "not told"
    assert fastest[4][1] == "not measured: it is not here"
    assert {len(row) for row in timed} == {7}
    assert {len(row) for row in fastest} == {8}


def test_each_bar_says_whether_it_is_reached() -> None:
    assert [reached for *_, reached in bars(timing(), rates())] == [True] * 4
    assert [reached for *_, reached in bars(timing(1.1, -0.2), rates(39_000))] == [False, False, True, False]
    assert bars([], []) == []


def memory(*peak_mb: int) -> list[MemoryRow]:
    return [MemoryRow(10 ** (3 + place), [Footprint(1_000, one * 1_000_000)]) for place, one in enumerate(peak_mb)]


def test_the_memory_of_replays_has_to_be_small_and_must_not_grow_with_their_length() -> None:
    assert [reached for *_, reached in bars([], [], memory(50, 60))] == [True] * 3
    assert [reached for *_, reached in bars([], [], memory(50, 61))] == [True, True, False]
    assert [reached for *_, reached in bars([], [], memory(251, 249))] == [False, True, True]
    failed = [*memory(50), MemoryRow(2_000, problem="ended with 1")]
    assert len(bars([], [], failed)) == 1
    ((_, rows),) = tables([], [], failed)
    assert rows[1:] == [("1,000", "50", "1,000"), ("2,000", "not measured: ended with 1", "")]


def test_replays_are_kept_and_shown_with_the_rest(tmp_path: Path) -> None:
    kept = report()
    kept.replay_timing, kept.replay_rates, kept.replay_memory = timing(), rates(), memory(50, 51)
    save(kept, tmp_path / "latest.json")
    assert read(tmp_path / "latest.json") == kept
    for text in (as_text(kept), as_markdown(kept)):
        assert "Replay, 200 B, QoS 1, as fast as possible" in text
        assert "times paho's publish() loop: 5.0 (at least 4: reached)" in text
        assert "replays, memory from 1,000 to 10,000 messages: +1 MB (flat: reached)" in text
