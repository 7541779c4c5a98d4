"""The ring keeps the last minutes, and makes sessions of exactly what was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import StateError, UsageError
from core.message import LIVE, Message
from recorder.description import OLDER_PROTOCOL, why_refused
from recorder.ledger import LOSSES, Losses, verdict
from recorder.ring_chunks import CHUNKS
from recorder.ring_rules import Operator, RingRule
from recorder.ring_status import RingRequest
from store.events import EventKind
from store.metadata import Status
from store.verify import verify
from store.writer import SessionWriter
from tests.builders import START_NS, metadata
from tests.recorder.ring_bench import SECOND, Bench

FAILED = RingRule("failed", "module/#", Operator.EQUALS, "FAILED")
SILENT = RingRule("quiet", "a", Operator.SILENT, "10")


@pytest.fixture
def benches(tmp_path: Path) -> Iterator[list[Bench]]:
    made: list[Bench] = []
    yield made
    for bench in made:
        bench.ring.stop()


def bench(benches: list[Bench], folder: Path, rules: Sequence[RingRule] = (), **request: Any) -> Bench:
    made = Bench(
        folder, RingRequest(**{"keep_s": 60.0, "before_s": 20.0, "after_s": 5.0, "rules": tuple(rules), **request})
    )
    benches.append(made)
    return made


def test_saving_by_hand_makes_a_session_of_all_that_is_held(tmp_path: Path, benches: list[Bench]) -> None:
    it = bench(benches, tmp_path)
    it.traffic(100)
    asked_ns = it.clock.now_ns()
    it.ring.save("What was that")
    it.saved(1)
    with it.session() as reader:
        assert list(reader.stream()) == it.sent_within(asked_ns - 60 * SECOND, asked_ns + 1)
        assert reader.metadata.name == "What was that"
        assert reader.metadata.status is Status.COMPLETED
        assert (reader.metadata.started_ns, reader.metadata.environment) == (asked_ns - 60 * SECOND, "mock")
        assert [(event.kind, event.at_ns) for event in reader.events()] == [(EventKind.MARK, asked_ns)]
    assert verify(reader.path).ok


def test_a_rule_saves_so_many_seconds_before_and_after(tmp_path: Path, benches: list[Bench]) -> None:
    it = bench(benches, tmp_path, [FAILED])
    it.traffic(50)
    hit = it.send("module/x", b"FAILED")
    it.traffic(30)
    it.saved(1)
    with it.session() as reader:
        expected = it.sent_within(hit.at_ns - 20 * SECOND, hit.at_ns + 5 * SECOND + 1)
        assert list(reader.stream()) == expected
        assert hit in expected
        assert reader.metadata.note == "failed: module/x"


def test_a_message_that_is_handed_on_late_belongs_to_its_window_all_the_same(
    tmp_path: Path, benches: list[Bench]
) -> None:
    it = bench(benches, tmp_path)
    it.traffic(3)
    it.ring.save(after_s=2.0)
    it.pass_time(2.25)  # the window has ended
    late = Message("a", b"late", 1, LIVE, it.clock.now_ns() - SECOND // 2)
    it.source.emit(late)
    it.saved(1)
    with it.session() as reader:
        assert list(reader.stream()) == [*it.sent, late]


def test_a_topic_that_falls_silent_saves_too(tmp_path: Path, benches: list[Bench]) -> None:
    it = bench(benches, tmp_path, [SILENT])
    it.traffic(20)
    it.traffic(30, topic="b")
    it.saved(1)
    assert it.ring.status().saved[0].reason == "quiet: a has been silent for 10 s"


def test_nobody_is_silent_while_the_connection_is_missing(tmp_path: Path, benches: list[Bench]) -> None:
    it = bench(benches, tmp_path, [SILENT])
    it.traffic(3)
    it.source.disconnect()
    it.pass_time(30)
    assert it.ring.status().in_gap
    it.source.connect()
    it.traffic(3)
    it.ring.save()
    it.saved(1)
    assert it.ring.status().saved[0].reason == "Saved by hand"
    with it.session() as reader:
        assert [event.kind for event in reader.events()] == [EventKind.GAP_START, EventKind.GAP_END, EventKind.MARK]


def test_a_session_says_what_its_connection_lacked(tmp_path: Path, benches: list[Bench]) -> None:
    """As a recording over that connection would."""
    it = bench(benches, tmp_path)
    it.source.disconnect()
    it.source.connect(refused=("#", "not/ours"), protocol="MQTT 3.1.1")
    it.traffic(3)
    it.ring.save()
    it.saved(1)
    with it.session() as reader:
        assert reader.metadata.extra["protocol"] == "MQTT 3.1.1"
        said = [event.text for event in reader.events() if event.kind is EventKind.WARNING]
    assert said == [OLDER_PROTOCOL, why_refused(["#"])]


@pytest.mark.parametrize(("broker_session", "unkept", "doubtful"), [(None, 0, 0), (7, 1, 0), (None, 0, 1)])
def test_a_session_says_for_which_gaps_the_broker_kept_nothing(
    tmp_path: Path, benches: list[Bench], broker_session: int | None, unkept: int, doubtful: int
) -> None:
    it = bench(benches, tmp_path)
    it.traffic(2)
    it.source.disconnect()
    it.pass_time(4)
    it.source.connect(broker_session=broker_session, doubtful=bool(doubtful))
    it.traffic(2)
    it.ring.save()
    it.saved(1)
    with it.session() as reader:
        losses = Losses.from_json(reader.metadata.extra[LOSSES])
    assert losses == Losses(
        gaps=1, gap_s=4.0, unkept=unkept, unkept_s=4.0 * unkept, doubtful=doubtful, doubtful_s=4.0 * doubtful
    )
    assert ("the broker kept nothing" in verdict(losses)) == bool(unkept)
    assert ("perhaps kept nothing" in verdict(losses)) == bool(doubtful)


@settings(max_examples=15)
@given(
    pauses=st.lists(st.floats(0, 7), min_size=1, max_size=30),
    before_s=st.floats(0, 20),
    after_s=st.floats(0, 9),
    position=st.integers(0, 29),
)
def test_the_saved_window_holds_exactly_its_messages(
    tmp_path_factory: pytest.TempPathFactory, pauses: list[float], before_s: float, after_s: float, position: int
) -> None:
    benches: list[Bench] = []
    it = bench(benches, tmp_path_factory.mktemp("ring"), [FAILED], keep_s=20.0, before_s=before_s, after_s=after_s)
    hit: Message | None = None
    for number, pause in enumerate(pauses):
        it.send(payload=str(number).encode())
        if number == position % len(pauses):
            hit = it.send("module/x", b"FAILED")
        it.pass_time(round(pause, 3))
    it.pass_time(after_s + 2)
    it.saved(1)
    it.ring.stop()
    assert hit is not None
    start_ns = max(START_NS, hit.at_ns - int(before_s * SECOND))
    with it.session() as reader:
        assert list(reader.stream()) == it.sent_within(start_ns, hit.at_ns + int(after_s * SECOND) + 1_000)


def test_while_a_window_of_a_rule_is_open_no_rule_begins_one(tmp_path: Path, benches: list[Bench]) -> None:
    it = bench(benches, tmp_path, [FAILED])
    it.send("module/x", b"FAILED")
    it.pass_time(1)
    assert it.ring.status().saving_reason == "failed: module/x"
    it.send("module/y", b"FAILED")
    it.saved(1)
    it.send("module/z", b"FAILED")
    it.saved(2)
    assert [window.reason for window in it.ring.status().saved] == ["failed: module/x", "failed: module/z"]


@pytest.mark.parametrize("by_hand_first", [True, False])
def test_by_hand_and_by_a_rule_are_saved_side_by_side(
    tmp_path: Path, benches: list[Bench], by_hand_first: bool
) -> None:
    it = bench(benches, tmp_path, [FAILED], keep_s=8.0, before_s=4.0, after_s=3.0)
    it.traffic(10)
    asked_ns = failed_ns = 0
    for by_hand in (by_hand_first, not by_hand_first):
        if by_hand:
            asked_ns = it.clock.now_ns()
            it.ring.save("mine", before_s=7.0, after_s=6.0)
        else:
            failed_ns = it.send("module/x", b"FAILED").at_ns
        it.traffic(1)
    assert (it.ring.status().saving_by_hand, it.ring.status().saving_reason) == (True, "Saved by hand")
    with pytest.raises(StateError, match="saving something already"):
        it.ring.save()
    it.traffic(8)
    it.saved(2)
    assert [window.reason for window in it.ring.status().saved] == ["failed: module/x", "Saved by hand"]
    for index, (at_ns, before_s, after_s) in enumerate([(failed_ns, 4, 3), (asked_ns, 7, 6)]):
        with it.session(index) as reader:
            window = (at_ns - before_s * SECOND, at_ns + after_s * SECOND + 1_000)
            assert list(reader.stream()) == it.sent_within(*window)


def test_what_is_older_is_gone_from_the_disk(tmp_path: Path, benches: list[Bench]) -> None:
    it = bench(benches, tmp_path)
    it.traffic(300)
    it.pass_time(1)
    status = it.ring.status()
    assert status.since_ns is not None
    assert it.clock.now_ns() - status.since_ns <= (60 + 60 / CHUNKS + 2) * SECOND
    assert it.clock.now_ns() - status.since_ns >= 60 * SECOND
    assert len(list((tmp_path / ".ring" / "mock").glob("*.db"))) <= CHUNKS + 2


def test_much_data_is_held_for_less_time(tmp_path: Path, benches: list[Bench]) -> None:
    it = bench(benches, tmp_path, max_bytes=1_000)
    for _ in range(60):
        it.send(payload=b"x" * 100)
        it.pass_time(1)
    it.ring.save()
    it.saved(1)
    with it.session() as reader:
        found = list(reader.stream())
        assert found == it.sent[-len(found) :]
        assert 1 <= len(found) <= 10
        assert reader.metadata.started_ns <= found[0].at_ns


def test_excluded_topics_are_not_kept(tmp_path: Path, benches: list[Bench]) -> None:
    it = bench(benches, tmp_path, exclude=("camera",))
    it.send("camera")
    it.send("a")
    it.pass_time(1)
    it.ring.save()
    it.saved(1)
    with it.session() as reader:
        assert [message.topic for message in reader.stream()] == ["a"]


def test_stopping_throws_away_what_is_held(tmp_path: Path, benches: list[Bench]) -> None:
    it = bench(benches, tmp_path)
    it.traffic(3)
    it.ring.stop()
    assert list(tmp_path.rglob("*.*")) == [tmp_path / ".ring"]
    assert not it.ring.status().active
    assert not it.source.subscriptions
    with pytest.raises(StateError, match="start it first"):
        it.ring.save()


def test_stopping_saves_a_window_that_waits_for_its_last_seconds(tmp_path: Path, benches: list[Bench]) -> None:
    it = bench(benches, tmp_path, [FAILED], after_s=60.0)
    it.traffic(3)
    it.send("module/x", b"FAILED")
    it.traffic(2)
    it.ring.stop()
    with it.session() as reader:
        assert list(reader.stream()) == it.sent
        assert reader.metadata.ended_ns == it.clock.now_ns()


def test_what_a_killed_program_left_is_cleared_but_not_what_another_one_holds(
    tmp_path: Path, benches: list[Bench]
) -> None:
    folder = tmp_path / ".ring" / "mock"
    left = SessionWriter.create(folder, metadata("left"))
    left.abandon()
    living = SessionWriter.create(folder, metadata("living"))
    bench(benches, tmp_path)
    assert not left.db_path.exists()
    assert living.db_path.exists()
    living.abandon()


@pytest.mark.parametrize(
    "fields", [{"keep_s": 0.5}, {"keep_s": 100_000.0}, {"before_s": 61.0}, {"after_s": -1.0}, {"before_s": -1.0}]
)
def test_a_request_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="The ring keeps"):
        RingRequest(**{"keep_s": 60.0, "before_s": 20.0, **fields})


def test_at_qos_0_nothing_is_kept_over_a_gap_so_there_is_nothing_to_doubt(tmp_path: Path, benches: list[Bench]) -> None:
    it = bench(benches, tmp_path, qos=0)
    it.traffic(2)
    it.source.disconnect()
    it.pass_time(4)
    it.source.connect(doubtful=True)
    it.traffic(2)
    it.ring.save()
    it.saved(1)
    with it.session() as reader:
        losses = Losses.from_json(reader.metadata.extra[LOSSES])
    assert losses == Losses(gaps=1, gap_s=4.0, unkept=1, unkept_s=4.0)
