"""The independent subscriber that proves a replay."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from core.clock import ManualClock, SystemClock
from core.message import LIVE, LIVE_RETAINED, Message, Properties
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from replay import witness as module
from replay.pipeline import RUN_PROPERTY
from replay.proof import ForeignTopic, Proof
from replay.witness import CUT, MAX_LAG, NO_RETAIN, NO_TAG, NOT_STARTED, Witness
from tests.brokers import PrivateBroker
from tests.fakes import FakePublisher, FakeSource, eventually
from tests.proxy import Proxy

RUN = "run-1"
OURS = Properties(user_properties=((RUN_PROPERTY, RUN),))
PATIENCE = 30.0
ProxyTo = Callable[[int], Proxy]


@pytest.fixture
def proxy_to() -> Iterator[ProxyTo]:
    """Starts proxies to a port; they are stopped at the end."""
    started: list[Proxy] = []

    def start(port: int) -> Proxy:
        started.append(Proxy(port))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()


def ours(topic: str = "a", payload: bytes = b"x", qos: int = 1, retain: int = LIVE) -> Message:
    return Message(topic, payload, qos, retain, 0, OURS)


def numbered(topic: str, count: int) -> list[Message]:
    """Of all QoS, each on a topic of its own, with and without the retain flag."""
    return [ours(f"{topic}/{number % 3}", b"%d" % number, number % 3, number % 2) for number in range(count)]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """On a fake nothing more comes by itself."""
    if "source" in request.fixturenames:
        for name in ("QUIET_S", "LINGER_S", "STALLED_S"):
            monkeypatch.setattr(module, name, 0.01)


def started(source: FakeSource, clock: ManualClock, publisher: FakePublisher | None = None) -> Witness:
    witness = Witness(source, RUN, ["a"], clock, publisher)
    witness.start()
    return witness


def test_a_message_that_arrives_as_it_was_published_is_proven(source: FakeSource, clock: ManualClock):
    witness = started(source, clock)
    assert next(iter(source.subscriptions.values()))[2] == 2, "every message comes with its own QoS"
    witness.about_to_publish([ours()], [clock.now_ns()])
    source.emit(ours())
    assert witness.finish() == Proof(1, 1)
    assert source.subscriptions == {}


def test_a_message_that_does_not_come_is_missing(source: FakeSource, clock: ManualClock):
    witness = started(source, clock)
    witness.about_to_publish([ours(), ours()], [None, None])
    source.emit(ours())
    assert witness.expected() == 2
    assert witness.finish() == Proof(2, 1, missing=1)


def test_others_who_never_stop_do_not_hold_the_end_up(source: FakeSource, clock: ManualClock):
    """Their messages are no sign that what is missing still comes."""
    witness = started(source, clock)
    witness.about_to_publish([ours()], [None])
    ending = threading.Event()

    def chatter() -> None:
        while not ending.wait(0.001):
            source.send("a")

    thread = threading.Thread(target=chatter)
    thread.start()
    try:
        proof = witness.finish()
    finally:
        ending.set()
        thread.join()
    assert proof.missing == 1


def test_what_comes_in_excess_after_all_the_others_is_seen(
    source: FakeSource, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "LINGER_S", 0.5)
    witness = started(source, clock)
    witness.about_to_publish([ours()], [None])
    source.emit(ours())
    late = threading.Timer(0.05, source.emit, [ours()])
    late.start()
    assert witness.finish() == Proof(1, 1, duplicated=1)
    late.join()


def test_what_was_never_sent_is_not_missing(source: FakeSource, clock: ManualClock):
    witness = started(source, clock)
    witness.about_to_publish([ours(), ours()], [None, None])
    source.emit(ours())
    assert witness.finish(withdrawn=1) == Proof(1, 1)


def test_a_witness_that_was_cut_off_proves_nothing(source: FakeSource, clock: ManualClock):
    """Even if all came."""
    witness = started(source, clock)
    witness.about_to_publish([ours()], [None])
    source.emit(ours())
    source.disconnect()
    source.connect()
    assert witness.finish() == Proof(1, 1, incomplete=(CUT,))


def test_a_witness_that_is_cut_off_at_the_end_proves_nothing(source: FakeSource, clock: ManualClock):
    witness = started(source, clock)
    source.disconnect()
    assert witness.finish().incomplete == (CUT,)


def test_a_witness_that_may_not_listen_proves_nothing_and_says_why(clock: ManualClock):
    source = FakeSource(clock, connected=False)
    assert "could not subscribe in time" in started(source, clock).finish().incomplete[0]
    assert Witness(source, RUN, ["a"], clock).finish().incomplete == (NOT_STARTED,)


def test_a_witness_with_a_lower_qos_proves_nothing(
    source: FakeSource, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    lowered = replace(source.connection(), lowered=("a",))
    monkeypatch.setattr(source, "connection", lambda: lowered)
    assert "a lower QoS than 2 for a" in started(source, clock).finish().incomplete[0]


def test_what_mqtt_311_does_not_tell_is_said_and_not_judged(clock: ManualClock):
    source = FakeSource(clock, connected=False)
    source.connect(protocol=Protocol.V311)
    witness = started(source, clock)
    witness.about_to_publish([ours(retain=LIVE_RETAINED)], [None])
    source.emit(ours()._replace(properties=None))
    assert witness.finish() == Proof(1, 1, unchecked=(NO_RETAIN, NO_TAG))


def test_a_publisher_that_was_cut_explains_that_messages_come_twice(source: FakeSource, clock: ManualClock):
    publisher = FakePublisher(clock)
    witness = started(source, clock, publisher)
    witness.about_to_publish([ours()], [None])
    publisher.disconnect()
    publisher.connect()
    source.emit(ours(), ours())
    assert witness.finish() == Proof(1, 1, duplicated=1)


def test_the_publisher_waits_for_a_witness_that_cannot_follow(
    source: FakeSource, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    """So the broker never has to queue more for it than it holds."""
    monkeypatch.setattr(module, "STALLED_S", PATIENCE)
    witness = started(source, clock)
    many = [ours(payload=b"%d" % number) for number in range(MAX_LAG)]
    witness.about_to_publish(many, [None] * MAX_LAG)
    told = threading.Event()

    def tell_more() -> None:
        witness.about_to_publish([ours()], [None])
        told.set()

    thread = threading.Thread(target=tell_more)
    thread.start()
    assert not told.wait(0.05)
    source.emit(many[0])
    assert told.wait(PATIENCE)
    thread.join()


def test_the_publisher_does_not_wait_for_ever_where_nothing_arrives(source: FakeSource, clock: ManualClock):
    witness = started(source, clock)
    for _ in range(10):
        witness.about_to_publish([ours()] * MAX_LAG, [None] * MAX_LAG)
    assert witness.finish() == Proof(10 * MAX_LAG, 0, missing=10 * MAX_LAG)


def publish(publisher: SharedClient, witness: Witness, messages: Sequence[Message]) -> None:
    for begin in range(0, len(messages), 500):
        batch = messages[begin : begin + 500]
        witness.about_to_publish(batch, [None] * len(batch))
        assert publisher.publish_batch(batch).wait(PATIENCE)
    assert publisher.await_processed(PATIENCE)


def test_every_message_of_a_clean_run_is_proven_at_any_qos(
    client_factory: Callable[..., SharedClient], topic: str, protocol: Protocol
) -> None:
    """Faster than the broker passes them on, with each version of MQTT."""
    publisher, source = client_factory(protocol=protocol), client_factory(protocol=protocol)
    messages = numbered(topic, 3_000)
    witness = Witness(source, RUN, sorted({message.topic for message in messages}), SystemClock(), publisher)
    witness.start(PATIENCE)
    publish(publisher, witness, messages)
    proof = witness.finish()
    assert replace(proof, unchecked=(), lateness_ms=Proof(0, 0).lateness_ms) == Proof(3_000, 3_000)
    assert proof.unchecked == (() if protocol is Protocol.V5 else (NO_RETAIN, NO_TAG))


def test_a_witness_does_not_miss_what_a_broker_with_a_small_queue_would_drop(
    private_broker: Callable[..., PrivateBroker], client_factory: Callable[..., SharedClient], proxy_to: ProxyTo
):
    """The queues that Mosquitto has without settings, while the network holds the witness up."""
    broker = private_broker(extra="max_queued_messages 1000\nmax_inflight_messages 20")
    proxy = proxy_to(broker.port)
    publisher = client_factory(Environment("replay", broker.url, may_publish=True))
    source = client_factory(Environment("replay", proxy.url, may_publish=False))
    witness = Witness(source, RUN, ["a"], SystemClock(), publisher)
    witness.start(PATIENCE)
    proxy.stall()
    messages = [ours(payload=b"%d" % number) for number in range(3_000)]
    thread = threading.Thread(target=publish, args=(publisher, witness, messages))
    thread.start()
    eventually(lambda: witness.expected() == MAX_LAG, "going ahead of the witness", PATIENCE)
    thread.join(0.5)  # time enough for the rest
    assert thread.is_alive()
    proxy.resume()
    thread.join(PATIENCE)
    assert witness.finish() == Proof(3_000, 3_000)


def test_others_on_the_topics_are_seen_by_the_witness(client_factory: Callable[..., SharedClient], topic: str):
    publisher, source, other = client_factory(), client_factory(), client_factory()
    witness = Witness(source, RUN, [topic], SystemClock(), publisher)
    witness.start(PATIENCE)
    assert other.publish_batch([ours(topic)._replace(properties=None)]).wait(PATIENCE)
    publish(publisher, witness, [ours(topic)] * 3)
    eventually(witness.foreign, "the other one", PATIENCE)
    assert witness.finish() == Proof(3, 3, foreign=(ForeignTopic(topic, 1),))
