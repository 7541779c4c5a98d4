"""The simulator's thread: when it publishes, and how it ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Never

import pytest

from aps.simulator import Scenario, Simulator
from aps.simulator.commands import FILTERS
from aps.simulator.inbox import Inbox
from aps.simulator.simulator import MAX_OPEN
from core.clock import ManualClock
from core.errors import BrokerError, PublishRefused, UsageError
from core.message import NS_PER_SECOND, Message
from core.topics import matches
from tests.aps.simulator.traffic import START_NS, simulate
from tests.fakes import FakePublisher, FakeSource, eventually

TIMEOUT = 30.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_NS)


@pytest.fixture
def publisher(clock: ManualClock) -> FakePublisher:
    return FakePublisher(clock)


def run(clock: ManualClock, publisher: FakePublisher, seconds: float, **settings) -> Simulator:
    """A simulator that has published everything that is due in this time."""
    simulator = Simulator(publisher, clock, Scenario(**settings))
    simulator.start()
    clock.advance(round(seconds * NS_PER_SECOND))
    expected = simulate(seconds, settings.get("seed", 1), settings.get("speed", 1.0), settings.get("orders"))
    assert publisher.await_sent(len(expected), TIMEOUT)
    return simulator


def test_it_publishes_what_is_due_and_nothing_else(clock, publisher):
    simulator = run(clock, publisher, 60)
    simulator.stop(TIMEOUT)
    assert publisher.messages == simulate(60)


def test_nothing_is_published_before_its_time(clock, publisher):
    simulator = Simulator(publisher, clock)
    simulator.start()
    for _ in range(40):
        assert clock.await_waiter(TIMEOUT)
        clock.advance(NS_PER_SECOND // 10)
    simulator.stop(TIMEOUT)
    assert publisher.sent
    assert all(at_ns >= message.at_ns for at_ns, message in publisher.sent)


def test_the_speed_is_that_of_the_factory(clock, publisher):
    run(clock, publisher, 6, speed=10.0).stop(TIMEOUT)
    assert publisher.messages == simulate(6, speed=10.0)


def test_it_stops_while_it_waits(clock, publisher):
    simulator = run(clock, publisher, 1)
    simulator.stop(TIMEOUT)
    assert simulator.wait(0)
    status = simulator.status()
    assert (status.running, status.published, status.problem) == (False, len(simulate(1)), "")


def test_its_status_tells_what_happens(clock, publisher):
    simulator = run(clock, publisher, 30)
    assert simulator.status().running
    simulator.stop(TIMEOUT)
    status = simulator.status()
    assert status.started_ns == START_NS
    assert status.activity == "STORAGE WHITE: step 3 of 4, DPS>HBW"


def test_with_orders_it_ends_when_they_have_ended(clock, publisher):
    simulator = Simulator(publisher, clock, Scenario(orders=["red"]))
    simulator.start()
    assert not simulator.wait(0)
    clock.advance(400 * NS_PER_SECOND)
    assert simulator.wait(TIMEOUT)
    status = simulator.status()
    assert (status.running, status.orders_done, status.activity) == (False, 1, "all orders have ended")
    assert status.published == len(publisher.messages)


def test_starting_twice_is_starting_once(clock, publisher):
    simulator = Simulator(publisher, clock)
    simulator.start()
    simulator.start()
    clock.advance(5 * NS_PER_SECOND)
    assert publisher.await_sent(len(simulate(5)), TIMEOUT)
    simulator.stop(TIMEOUT)
    assert publisher.messages == simulate(5)


def test_it_can_be_started_again_and_begins_anew(clock, publisher):
    simulator = run(clock, publisher, 5)
    simulator.stop(TIMEOUT)
    first = len(publisher.messages)
    simulator.start()
    clock.advance(5 * NS_PER_SECOND)
    assert publisher.await_sent(first + len(simulate(5)), TIMEOUT)
    simulator.stop(TIMEOUT)
    topics = [message.topic for message in publisher.messages]
    assert topics[:first] == topics[first:]
    assert simulator.status().published == first


def test_before_the_first_start_it_has_ended_and_stopping_does_nothing(clock, publisher):
    simulator = Simulator(publisher, clock)
    simulator.stop(TIMEOUT)
    assert simulator.wait(0)
    assert not simulator.status().running


def test_an_environment_that_is_not_for_publishing_is_refused_at_the_start(clock):
    simulator = Simulator(FakePublisher(clock, may_publish=False), clock)
    with pytest.raises(PublishRefused, match="not marked for publishing"):
        simulator.start()
    assert not simulator.status().running


def test_a_broker_that_confirms_nothing_makes_the_factory_stand_still(clock):
    publisher = FakePublisher(clock, confirms=False)
    simulator = Simulator(publisher, clock)
    simulator.start()
    clock.advance(3_600 * NS_PER_SECOND)
    assert publisher.await_sent(MAX_OPEN + 1, TIMEOUT)
    publisher.confirm_all()
    assert publisher.await_sent(2 * MAX_OPEN, TIMEOUT)
    simulator.stop(TIMEOUT)
    assert publisher.most_open <= MAX_OPEN + 1_100


def test_it_has_not_ended_before_the_broker_has_confirmed_everything(clock):
    publisher = FakePublisher(clock, confirms=False)
    simulator = Simulator(publisher, clock, Scenario(orders=["RED"]))
    simulator.start()
    clock.advance(400 * NS_PER_SECOND)
    assert publisher.await_sent(800, TIMEOUT)  # one order makes a few more than 800 messages
    assert not simulator.wait(0.2)
    publisher.confirm_all()
    assert simulator.wait(TIMEOUT)
    assert not [delivery for delivery in publisher.deliveries if delivery.open]


def test_it_stops_while_it_waits_for_confirmations(clock):
    publisher = FakePublisher(clock, confirms=False)
    simulator = Simulator(publisher, clock)
    simulator.start()
    clock.advance(3_600 * NS_PER_SECOND)
    assert publisher.await_sent(MAX_OPEN + 1, TIMEOUT)
    simulator.stop(TIMEOUT)
    assert simulator.wait(0)


class BrokenPublisher(FakePublisher):
    def publish_batch(self, messages: Sequence[Message]) -> Never:
        raise BrokerError("The broker refused us.")


def test_a_broker_that_refuses_ends_it_with_the_reason(clock):
    simulator = Simulator(BrokenPublisher(clock), clock)
    simulator.start()
    assert simulator.wait(TIMEOUT)
    assert (simulator.status().running, simulator.status().problem) == (False, "The broker refused us.")


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_speed_is_refused(clock, publisher, speed):
    with pytest.raises(UsageError, match="above 0"):
        Simulator(publisher, clock, Scenario(speed=speed))


@pytest.mark.parametrize(("orders", "reason"), [(["green"], "'green'"), ([], "No orders")])
def test_impossible_orders_are_refused(clock, publisher, orders, reason):
    with pytest.raises(UsageError, match=reason):
        Simulator(publisher, clock, Scenario(orders=orders))


def test_it_reacts_to_what_others_publish_and_says_why_if_it_does_not(clock, publisher):
    source = FakeSource(clock)
    simulator = Simulator(publisher, clock, Scenario(idle=True), source=source)
    simulator.start()
    assert clock.await_waiter(TIMEOUT)
    source.send("ccu/order/request", b'{"type": "RED", "orderType": "PRODUCTION", "timestamp": "t"}')
    source.send("ccu/order/request", b"{}")
    eventually(lambda: "orderType is missing" in simulator.status().refusal, "a refusal of the second", TIMEOUT)
    clock.advance(NS_PER_SECOND)
    eventually(lambda: any(one.topic == "ccu/order/response" for one in publisher.messages), "the answer", TIMEOUT)
    simulator.stop(TIMEOUT)
    assert source.subscriptions == {}


def test_what_the_factory_has_published_itself_is_no_command_when_it_comes_back():
    inbox = Inbox()
    own = [message for message in simulate(120) if any(matches(one, message.topic) for one in FILTERS)]
    assert len(own) > 20
    inbox.expect(own)
    inbox.receive(own)
    assert inbox.take() == []
    assert not inbox.wake.is_set()
    inbox.receive(own[:2])  # somebody sends the same again
    assert inbox.wake.is_set()
    assert inbox.take() == own[:2]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"rate": 0}, "rate"),
        ({"vehicles": 3}, "vehicles"),
        ({"parallel": 0}, "at a time"),
        ({"orders": ["red:x"]}, "red:x"),
    ],
)
def test_an_impossible_scenario_is_refused(clock, publisher, settings, reason):
    with pytest.raises(UsageError, match=reason):
        Simulator(publisher, clock, Scenario(**settings))
