"""The broker's own count of what it has dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from core.clock import ManualClock, SystemClock
from core.message import FROM_DUMP, LIVE, Message
from mqtt.client import SharedClient
from mqtt.environments import environment_for_url
from recorder.dropped import DROPPED, UPTIME, VERSION, DroppedCounter
from tests.brokers import PrivateBroker
from tests.fakes import FakeSource, eventually


class Heard(list[int | None]):
    """The counts; None: that it has not changed lately."""

    def __call__(self, counter: int, at_ns: int) -> None:
        self.append(counter)

    def unchanged(self) -> None:
        self.append(None)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def source() -> FakeSource:
    return FakeSource(ManualClock(1_000))


@pytest.fixture
def counter(source: FakeSource, heard: Heard) -> Iterator[DroppedCounter]:
    one = DroppedCounter(source, heard, heard.unchanged)
    yield one
    one.stop(10)


def stored(payload: bytes, topic: str = DROPPED) -> Message:
    return Message(topic, payload, 0, FROM_DUMP, 1_000)


MOSQUITTO = stored(b"mosquitto version 2.0.11", VERSION)
OTHER = stored(b"2.6.0", VERSION)
RUNNING = stored(b"61 seconds", UPTIME)


def test_it_begins_with_what_is_stored_and_goes_on_with_each_change(
    source: FakeSource, counter: DroppedCounter, heard: Heard
):
    source.retained = [stored(b"7")]
    counter.start()
    eventually(lambda: source.subscriptions, "the subscription")
    source.send(DROPPED, b"9", 0)
    assert heard == [7, 9]


def test_after_an_outage_it_is_asked_again(source: FakeSource, counter: DroppedCounter, heard: Heard):
    source.retained = [stored(b"7")]
    counter.start()
    eventually(lambda: source.subscriptions, "the subscription")
    source.retained = [stored(b"12")]
    counter.ask()
    eventually(lambda: heard == [7, 12], "the second answer")
    assert len(source.subscriptions) == 1


def test_a_count_that_mosquitto_has_forgotten_is_listened_for(
    source: FakeSource, counter: DroppedCounter, heard: Heard
):
    source.retained = [MOSQUITTO, RUNNING]
    counter.start()
    eventually(lambda: source.subscriptions, "the subscription")
    source.send(DROPPED, b"9", 0)
    assert heard == [None, 9]


@pytest.mark.parametrize("said", [[], [OTHER, RUNNING], [RUNNING], [MOSQUITTO]])
def test_where_the_broker_has_no_count_nothing_is_subscribed(
    source: FakeSource, counter: DroppedCounter, heard: Heard, monkeypatch: pytest.MonkeyPatch, said: list[Message]
):
    """There are brokers that end the connection of whoever subscribes to what he may not read."""
    source.retained = said
    asked = threading.Event()
    fetch = source.fetch_retained

    def watched(filters: tuple[str, ...], timeout: float = 5.0) -> list[Message]:
        try:
            return fetch(filters, timeout)
        finally:
            asked.set()

    monkeypatch.setattr(source, "fetch_retained", watched)
    counter.start()
    assert asked.wait(10)
    counter.stop(10)
    assert heard == []
    assert source.subscriptions == {}


def test_without_a_connection_it_waits_until_it_is_asked_again(heard: Heard):
    source = FakeSource(ManualClock(1_000), connected=False)
    counter = DroppedCounter(source, heard, heard.unchanged)
    counter.start()
    source.connect()
    source.retained = [stored(b"3")]
    counter.ask()
    eventually(lambda: heard == [3], "the answer")
    counter.stop(10)


def test_what_is_no_number_is_ignored(source: FakeSource, counter: DroppedCounter, heard: Heard):
    source.retained = [stored(b"7")]
    counter.start()
    eventually(lambda: source.subscriptions, "the subscription")
    source.emit(Message(DROPPED, b"many", 0, LIVE, 1_000), Message(DROPPED, b"-1", 0, LIVE, 1_000))
    assert heard == [7]


def test_after_stop_nothing_is_heard_and_nothing_is_subscribed(
    source: FakeSource, counter: DroppedCounter, heard: Heard
):
    source.retained = [stored(b"7")]
    counter.start()
    eventually(lambda: source.subscriptions, "the subscription")
    counter.stop(10)
    counter.stop(10)
    source.send(DROPPED, b"8", 0)
    assert heard == [7]
    assert source.subscriptions == {}


def test_mosquitto_says_what_it_dropped_for_a_client_that_was_away(
    private_broker: Callable[..., PrivateBroker], client_factory: Callable[..., SharedClient], heard: Heard
):
    """The subscriber takes nothing: what is beyond its queue of 1 + 10 messages is dropped."""
    broker = private_broker(extra="max_inflight_messages 1\nmax_queued_messages 10\nsys_interval 1")
    environment = environment_for_url(broker.url)
    watcher, slow, publisher = (client_factory(environment) for _ in range(3))
    counter = DroppedCounter(watcher, heard, heard.unchanged)
    counter.start()
    eventually(lambda: heard == [0], "the first count", 30)
    taking = threading.Event()
    taking.set()
    undo = slow.subscribe_listener(("t",), lambda _: None, ready=taking)
    assert slow.await_subscribed(30)
    taking.clear()
    delivery = publisher.publish_batch([Message("t", b"x" * 100_000, 1, LIVE, SystemClock().now_ns())] * 100)
    assert delivery.wait(30)
    eventually(lambda: len(heard) > 1, "the broker's next count", 30)
    assert (heard[-1] or 0) >= 50
    taking.set()
    undo()
    counter.stop(10)


@pytest.mark.nightly
@pytest.mark.timeout(200)
def test_mosquitto_forgets_a_count_that_does_not_change_and_it_is_listened_for(
    private_broker: Callable[..., PrivateBroker], client_factory: Callable[..., SharedClient], heard: Heard
):
    broker = private_broker(extra="sys_interval 1")
    watcher = client_factory(environment_for_url(broker.url))
    counter = DroppedCounter(watcher, heard, heard.unchanged)
    eventually(lambda: watcher.fetch_retained((DROPPED,)), "the count", 30)
    eventually(lambda: not watcher.fetch_retained((DROPPED,)), "its end, a minute later", 120)
    counter.start()
    eventually(lambda: heard == [None], "the answer", 30)
    counter.stop(10)
