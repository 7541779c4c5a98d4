"""No message twice, none missed, whatever filters pages add and drop while messages flow: against a real broker."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.message import Message
from core.topics import matches
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from tests.brokers import PrivateBroker

PATIENCE = 30.0
TOPICS = ("a/b/c", "a/b/d", "a/x/c", "b/b/c", "a/b")
FILTERS = ("#", "a/#", "a/b/#", "a/+/c", "+/b/c", "a/b/c", "a/b", "+/+", "b/#", "a/b/+")
BURST = 25
"""Messages on each topic per step: more than some brokers have on their way without confirmation."""


class Steady:
    """A listener that stays, as a recording does."""

    def __init__(self) -> None:
        self.numbers: dict[str, list[int]] = defaultdict(list)
        self._changed = threading.Condition()

    def __call__(self, messages: Sequence[Message]) -> None:
        with self._changed:
            for message in messages:
                self.numbers[message.topic].append(int(message.payload))
            self._changed.notify_all()

    def await_last(self, topics: Sequence[str], last: int) -> bool:
        """Blocks until `last` has come on each topic: all before it are there or lost."""
        with self._changed:
            return self._changed.wait_for(lambda: all(last in self.numbers[topic][-3:] for topic in topics), PATIENCE)


class Traffic:
    """Publishes numbered messages on all topics without a pause, in a thread of its own."""

    def __init__(self, publisher: SharedClient, prefix: str, qos: int) -> None:
        self._publisher, self._prefix, self._qos = publisher, prefix, qos
        self._ending = threading.Event()
        self._burst = threading.Condition()
        self._next = 0
        self._thread = threading.Thread(target=self._run, name="test-traffic", daemon=True)

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> int:
        """The last number that was published on each topic."""
        self._ending.set()
        self._thread.join(PATIENCE)
        return self._next - 1

    def await_bursts(self, bursts: int) -> None:
        """Blocks until so many more bursts are out."""
        with self._burst:
            target = self._next + bursts * BURST
            assert self._burst.wait_for(lambda: self._next >= target, PATIENCE)

    def _run(self) -> None:
        while not self._ending.is_set():
            numbers = range(self._next, self._next + BURST)
            batch = [Message(f"{self._prefix}/{one}", b"%d" % n, self._qos, 0, 0) for n in numbers for one in TOPICS]
            if not self._publisher.publish_batch(batch).wait(PATIENCE):
                return
            with self._burst:
                self._next += BURST
                self._burst.notify_all()


pages = st.lists(st.tuples(st.sampled_from(FILTERS), st.integers(0, 2)), min_size=1, max_size=8)
"""What pages do, one after the other: add a filter, or drop it if it is there; and how many bursts pass then."""


@pytest.fixture(params=["mqtt5", "mqtt311", "mqtt311-with-copies"])
def receiver(
    request: pytest.FixtureRequest,
    private_broker: Callable[..., PrivateBroker],
    client_factory: Callable[..., SharedClient],
) -> SharedClient:
    """A client of a broker that overlapping subscriptions give copies with identifiers, one copy, copies without.

    The broker has a short window, so that what is published at QoS 1 and 2 queues.
    """
    copies = "true" if request.param == "mqtt311-with-copies" else "false"
    broker = private_broker(extra=f"allow_duplicate_messages {copies}\nmax_inflight_messages 20")
    protocol = Protocol.V5 if request.param == "mqtt5" else Protocol.V311
    return client_factory(Environment("replay", broker.url, may_publish=True), protocol=protocol)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_steady_listener_gets_every_message_once_and_in_order(
    receiver: SharedClient, qos: int, client_factory: Callable[..., SharedClient]
) -> None:
    """On both protocol versions, with each QoS, over whatever handovers from one covering set to the next."""
    publisher = client_factory(receiver.environment)
    runs = iter(range(1_000_000))

    @settings(max_examples=12)
    @given(own=st.sampled_from(FILTERS), steps=pages)
    def holds(own: str, steps: list[tuple[str, int]]) -> None:
        prefix = f"run/{next(runs)}"
        listener = Steady()
        undo = receiver.subscribe_listener([f"{prefix}/{own}"], listener, qos=2)
        assert receiver.await_subscribed(PATIENCE)
        with Traffic(publisher, prefix, qos) as traffic:
            traffic.await_bursts(1)
            opened = _visit(receiver, prefix, steps, traffic)
            last = traffic.end()
        mine = [f"{prefix}/{one}" for one in TOPICS if matches(own, one)]
        assert listener.await_last(mine, last), {one: listener.numbers[one][-3:] for one in mine}
        receiver.unsubscribe_many(opened)
        undo()
        assert dict(listener.numbers) == {one: list(range(last + 1)) for one in mine}

    holds()


def _visit(receiver: SharedClient, prefix: str, steps: list[tuple[str, int]], traffic: Traffic) -> list[str]:
    """What the pages do; returns the filters that are still held."""
    opened: list[str] = []
    for topic_filter, bursts in steps:
        page = f"{prefix}/{topic_filter}"
        if page in opened:
            opened.remove(page)
            receiver.unsubscribe(page)
        else:
            opened.append(page)
            receiver.subscribe(page, qos=2)
        traffic.await_bursts(bursts)
    return opened


@pytest.mark.parametrize("qos", [0, 1])
@pytest.mark.parametrize("equal", [1_000_000, 2], ids=["all-equal", "each-twice"])
def test_messages_that_repeat_one_another_are_all_handed_on(
    client_factory: Callable[..., SharedClient], topic: str, protocol: Protocol, equal: int, qos: int
) -> None:
    """With MQTT 5 the identifiers tell a second copy from a repetition; with 3.1.1 this broker sends one copy."""
    publisher, receiver = client_factory(), client_factory(protocol=protocol)
    listener = Steady()
    receiver.subscribe_listener([f"{topic}/a/b/#"], listener)
    assert receiver.await_subscribed(PATIENCE)
    expected: list[int] = []

    def publish() -> None:
        numbers = [number // equal for number in range(len(expected), len(expected) + BURST)]
        batch = [Message(f"{topic}/a/b/c", b"%d" % number, qos, 0, 0) for number in numbers]
        expected.extend(numbers)
        assert publisher.publish_batch(batch).wait(PATIENCE)

    publish()
    assert listener.await_last([f"{topic}/a/b/c"], expected[-1])
    with ThreadPoolExecutor(1) as pool:
        for handover in range(60):
            publishing = pool.submit(publish)
            wide = f"{topic}/{('#', 'a/#', '+/b/#')[handover % 3]}"
            receiver.subscribe(wide)
            assert receiver.await_subscribed(PATIENCE)
            receiver.unsubscribe(wide)
            publishing.result()
    assert publisher.publish_batch([Message(f"{topic}/a/b/end", b"0", qos, 0, 0)]).wait(PATIENCE)
    assert listener.await_last([f"{topic}/a/b/end"], 0)
    assert listener.numbers[f"{topic}/a/b/c"] == expected
