"""Where a replay comes to a barrier, and what opens it: on a clock that is moved, with a source that is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.clock import ManualClock
from core.errors import BrokerError, UsageError
from core.message import LIVE, NS_PER_SECOND, Message, Properties
from replay.barrier_gate import MAX_UNDER_WAY, BarrierGate, Barriers
from replay.barriers import Barrier, parse_barrier
from replay.schedule import Due
from tests.fakes import FakeSource

S = NS_PER_SECOND
OWN = Properties(user_properties=(("session-replay", "run-1"),))


def due(position_s: float, topic: str = "a") -> Due:
    return Due(0, round(position_s * S), Message(topic, b"x", 1, LIVE, 0))


def barriers(*texts: str) -> Barriers:
    return Barriers([parse_barrier(text) for text in texts])


def before(asked: Barriers, at: Due) -> list[str]:
    return _all(lambda: asked.before(at))


def after(asked: Barriers, at: Due) -> list[str]:
    return _all(lambda: asked.after(at))


def _all(ask: Callable[[], Barrier | None]) -> list[str]:
    found = []
    while (barrier := ask()) is not None:
        found.append(str(barrier))
    return found


def test_a_position_is_waited_at_once_and_before_the_first_message_that_lies_there_or_behind():
    asked = barriers("at 5 until key", "at 3 until quiet 1")
    found = [before(asked, due(at)) for at in (2.9, 3, 7, 8)]
    assert found == [[], ["at 3 until quiet 1"], ["at 5 until key"], []]


def test_a_rewind_brings_back_the_positions_from_there_on():
    asked = barriers("at 3 until key", "at 5 until key")
    assert len(before(asked, due(9))) == 2
    asked.rewind(5 * S)
    assert before(asked, due(9)) == ["at 5 until key"]
    asked.rewind(0)
    assert before(asked, due(4)) == ["at 3 until key"]


def test_every_matching_message_is_waited_for_and_each_for_itself():
    asked = barriers("before a until key", "after a/# until quiet 1", "before +/b until key")
    for _ in range(2):
        place = due(1)
        assert before(asked, place) == ["before a until key"]
        assert before(asked, place) == [], "having waited it goes on"
        assert after(asked, place) == ["after a/# until quiet 1"]
        assert after(asked, place) == []
    assert before(asked, due(1, "a/b")) == ["before +/b until key"]
    assert after(asked, due(1, "b")) == []


def test_several_at_one_place_are_waited_for_one_after_the_other():
    asked = barriers("at 1 until quiet 2", "before a until key", "at 1 until key")
    assert before(asked, due(1)) == ["at 1 until quiet 2", "before a until key", "at 1 until key"]


def test_after_a_rewind_the_same_message_is_waited_for_again():
    asked, place = barriers("before a until key"), due(1)
    assert len(before(asked, place)) == 1
    asked.rewind(0)
    assert len(before(asked, place)) == 1


def test_whether_there_are_any():
    assert not barriers().any
    assert barriers("at 1 until key").any
    with pytest.raises(UsageError, match="cannot be used"):
        Barriers([Barrier(parse_barrier("at 1 until key").until)])


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_000 * S)


class Waiting:
    """A gate, and somebody who does one thing after the other while it is waited at."""

    def __init__(self, clock: ManualClock, source: FakeSource, *texts: str) -> None:
        self.clock = clock
        self.source = source
        self.barriers = [parse_barrier(text) for text in texts]
        self.gate = BarrierGate(source, clock, "run-1", self.barriers)
        self.gate.open()

    def at(self, barrier: int, *doing: Callable[[], object]) -> tuple[str, int]:
        """What `wait` says, and how many of these things were done before it went on; then it is told to give up."""
        left = list(doing)

        def give_up(timeout_s: float) -> bool:
            assert timeout_s == 0
            if not left:
                return True
            left.pop(0)()
            return False

        said = self.gate.wait(self.barriers[barrier], give_up)
        return said, len(doing) - len(left)

    def wait_s(self, seconds: float) -> Callable[[], None]:
        return lambda: self.clock.advance(round(seconds * S))

    def send(self, topic: str, properties: Properties | None = None) -> Callable[[], None]:
        return lambda: self.source.emit(Message(topic, b"x", 1, LIVE, self.clock.now_ns(), properties))


def test_a_message_on_its_topic_opens_it(clock: ManualClock, source: FakeSource):
    waiting = Waiting(clock, source, "before a until message ready/+")
    others = waiting.send("ready"), waiting.wait_s(59), waiting.send("ready/1"), waiting.send("ready/2")
    assert waiting.at(0, *others) == ("", 3)


def test_the_replays_own_messages_do_not_open_it_those_of_another_replay_do(clock: ManualClock, source: FakeSource):
    waiting = Waiting(clock, source, "before a until message ready")
    other = Properties(user_properties=(("session-replay", "run-2"),))
    assert waiting.at(0, waiting.send("ready", OWN), waiting.send("ready", other)) == ("", 2)


def test_an_answer_that_came_before_the_replay_came_to_its_barrier_opens_it_at_once(
    clock: ManualClock, source: FakeSource
):
    waiting = Waiting(clock, source, "before a until message ready")
    waiting.send("ready")()
    assert waiting.at(0, waiting.wait_s(0)) == ("", 0)


def test_no_message_opens_two_barriers(clock: ManualClock, source: FakeSource):
    waiting = Waiting(clock, source, "after a until message ready", "after b until message ready")
    waiting.send("ready")()
    assert waiting.at(0, waiting.wait_s(0)) == ("", 0)
    assert waiting.at(1, waiting.wait_s(0), waiting.send("ready"), waiting.wait_s(0)) == ("", 2)


def test_an_answer_for_another_barrier_is_kept_for_it(clock: ManualClock, source: FakeSource):
    waiting = Waiting(clock, source, "at 1 until message x", "at 1 until message y")
    assert waiting.at(0, waiting.send("y"), waiting.send("x"), waiting.wait_s(0)) == ("", 2)
    assert waiting.at(1, waiting.wait_s(0)) == ("", 0)


def test_without_a_message_it_says_after_its_time_what_was_missing(clock: ManualClock, source: FakeSource):
    waiting = Waiting(clock, source, "before a until message ready within 5")
    said, done = waiting.at(0, waiting.wait_s(4.9), waiting.send("other"), waiting.wait_s(0.1), waiting.wait_s(0))
    assert done == 3
    assert said == (
        "The barrier 'before a until message ready within 5' stayed closed: no message of somebody else came on "
        "'ready' within 5 s. Check whether the one who answers runs. More time is given with 'within 10'."
    )


def test_quiet_is_counted_from_the_barrier_and_from_the_last_message_of_others(clock: ManualClock, source: FakeSource):
    waiting = Waiting(clock, source, "at 1 until quiet 2 of x/#")
    clock.advance(10 * S)
    steps = (
        waiting.wait_s(1.9), waiting.send("x/1"), waiting.wait_s(1.9), waiting.send("x/1", OWN), waiting.send("y"),
        waiting.wait_s(0.1), waiting.wait_s(0),
    )  # fmt: skip
    assert waiting.at(0, *steps) == ("", 6)


def test_what_is_never_quiet_is_named(clock: ManualClock, source: FakeSource):
    waiting = Waiting(clock, source, "at 1 until quiet 2 within 3")
    said, _ = waiting.at(0, *[waiting.send("x/1"), waiting.wait_s(1)] * 4)
    assert "it did not become quiet on '#' within 3 s (the last message came on 'x/1')" in said


def test_a_key_opens_the_barrier_that_waits_for_it_and_no_later_one(clock: ManualClock, source: FakeSource):
    waiting = Waiting(clock, source, "after a until key")
    waiting.gate.release()
    assert waiting.at(0, waiting.wait_s(9_999), waiting.gate.release, waiting.wait_s(0)) == ("", 2)
    assert waiting.at(0, waiting.wait_s(1)) == ("", 1)
    assert not source.subscriptions, "a key needs nobody to listen"


def test_nobody_presses_the_key_in_time(clock: ManualClock, source: FakeSource):
    waiting = Waiting(clock, source, "after a until key within 30")
    said, _ = waiting.at(0, waiting.wait_s(30), waiting.wait_s(0))
    assert "nobody pressed the key within 30 s" in said


def test_somebody_who_has_to_leave_leaves(clock: ManualClock, source: FakeSource):
    assert Waiting(clock, source, "after a until message b").at(0) == ("", 0)


def test_with_mqtt_3_its_own_messages_are_known_by_their_topic_and_payload(clock: ManualClock, source: FakeSource):
    source.disconnect()
    source.connect(protocol="MQTT 3.1.1")
    waiting = Waiting(clock, source, "at 1 until message ready")
    own = Message("ready", b"x", 1, LIVE, 0)
    waiting.gate.about_to_publish([own, own, own._replace(topic="other")], [None] * 3)
    ready = waiting.send("ready")
    assert waiting.at(0, ready, ready, ready, waiting.wait_s(0)) == ("", 3)
    waiting.gate.about_to_publish(
        [own._replace(payload=b"%d" % number) for number in range(MAX_UNDER_WAY + 5)], [None] * (MAX_UNDER_WAY + 5)
    )
    assert len(waiting.gate._under_way) == MAX_UNDER_WAY


def test_it_listens_from_open_to_close_only(clock: ManualClock, source: FakeSource):
    waiting = Waiting(clock, source, "at 1 until message ready")
    assert source.subscriptions
    waiting.gate.close()
    waiting.gate.close()
    assert not source.subscriptions


def test_nobody_to_listen_to_is_said_at_the_start(clock: ManualClock, source: FakeSource):
    needs = [parse_barrier("at 1 until message ready")]
    with pytest.raises(UsageError, match="cannot listen"):
        BarrierGate(None, clock, "run-1", needs).open()
    source.disconnect()
    with pytest.raises(BrokerError, match="'ready', which the broker did not grant"):
        BarrierGate(source, clock, "run-1", needs).open()
    source.connect(refused=("ready",))
    with pytest.raises(BrokerError, match="'ready', which the broker did not grant"):
        BarrierGate(source, clock, "run-1", needs).open()
    assert not source.subscriptions
    BarrierGate(None, clock, "run-1", [parse_barrier("at 1 until key")]).open()
