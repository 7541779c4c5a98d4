"""Simulated time."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from aps.simulator.engine import Engine, Process
from aps.simulator.plant import build_factory
from core.message import LIVE, LIVE_RETAINED, NS_PER_SECOND
from tests.aps.simulator.traffic import START_NS, simulate

SECOND = NS_PER_SECOND


def ticker(engine: Engine, topic: str, period_s: float) -> Process:
    while True:
        engine.publish(topic, engine.now_ns)
        yield period_s


def test_messages_carry_the_moment_at_which_they_are_due():
    engine = Engine(5 * SECOND)
    engine.spawn(ticker(engine, "a", 2.0), 1.0)
    assert engine.next_ns() == 6 * SECOND
    assert [message.at_ns for message in engine.run_until(10 * SECOND)] == [6 * SECOND, 8 * SECOND, 10 * SECOND]
    assert engine.next_ns() == 12 * SECOND


def test_processes_that_are_due_together_go_on_in_the_order_of_their_scheduling():
    engine = Engine(0)
    for topic in "abc":
        engine.spawn(ticker(engine, topic, 1.0))
    assert "".join(message.topic for message in engine.run_until(2 * SECOND)) == "abcabcabc"


def test_a_process_that_returns_is_forgotten():
    def once() -> Process:
        engine.publish("a", 1)
        yield from ()

    engine = Engine(0)
    engine.spawn(once())
    assert len(engine.run_until(SECOND)) == 1
    assert engine.next_ns() is None


def test_twice_the_speed_takes_half_the_time():
    engine = Engine(START_NS, speed=2.0)
    engine.spawn(ticker(engine, "a", 3.0))
    assert [message.at_ns - START_NS for message in engine.run_until(START_NS + 3 * SECOND)] == [
        0, 3 * SECOND // 2, 3 * SECOND,
    ]  # fmt: skip


def test_a_postponed_factory_goes_on_later_without_catching_up():
    engine = Engine(0)
    engine.spawn(ticker(engine, "a", 1.0))
    engine.run_until(SECOND)
    engine.postpone(100 * SECOND)
    assert engine.run_until(101 * SECOND) == []
    assert [message.at_ns for message in engine.run_until(103 * SECOND)] == [102 * SECOND, 103 * SECOND]


def test_a_limit_ends_a_batch_early_and_loses_nothing():
    engine = Engine(0)
    engine.spawn(ticker(engine, "a", 1.0))
    first = engine.run_until(9 * SECOND, limit=4)
    assert [len(first), len(engine.run_until(9 * SECOND))] == [4, 6]


def test_quality_of_service_and_retain_flag_follow_from_the_topic():
    engine = Engine(0)
    engine.publish("ccu/order/active", [])
    engine.publish("ccu/order/response", {})
    active, response = engine.run_until(0)
    assert (active.qos, active.retain) == (2, LIVE_RETAINED)
    assert (response.qos, response.retain) == (0, LIVE)


@settings(max_examples=20)
@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=30), st.integers(1, 50))
def test_however_often_one_looks_the_same_is_published(pauses_ms, limit):
    """The messages do not depend on when the thread wakes up."""
    engine = build_factory(START_NS).engine
    at_ns, messages = START_NS, []
    for pause_ms in [*pauses_ms, 0]:
        at_ns += pause_ms * 1_000_000
        while more := engine.run_until(at_ns, limit):
            assert all(message.at_ns <= at_ns for message in more)
            messages += more
        if at_ns > START_NS + 60 * SECOND:
            break
    expected = simulate(600)
    assert messages == expected[: len(messages)]
    assert (
        len(messages) == len([message for message in expected if message.at_ns <= at_ns])
        or at_ns > START_NS + 600 * SECOND
    )
