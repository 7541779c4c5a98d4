"""What every message source and every publisher must do: one suite, run against the fakes and the real client."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from core.clock import SystemClock
from core.errors import PublishRefused, UsageError
from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message, Properties
from core.ports import Arrival, ConnectionState, MessageSource, Publisher
from mqtt.connect import Protocol
from tests.fakes import FakePublisher, FakeSource, eventually, payloads

PATIENCE = 30.0


@dataclass
class Ports:
    """A source and a publisher, and what a test needs around them."""

    source: MessageSource
    publisher: Publisher
    refusing: Publisher
    """A publisher of an environment that is not marked."""
    arrive: Callable[[Sequence[Message]], None]
    """Lets these messages arrive at the source's broker, in this order, at any time from now on."""
    arrived: Callable[[str], list[Message]]
    """What the publisher's broker has got below a topic."""
    properties: bool = True
    """Whether MQTT 5 properties get through."""
    arrives_apart: bool = True
    """Whether what has arrived at the broker need not have arrived at the source."""


def fake_ports() -> Ports:
    clock = SystemClock()
    source, publisher = FakeSource(clock), FakePublisher(clock)

    def arrive(messages: Sequence[Message]) -> None:
        for message in messages:
            source.emit(message._replace(at_ns=clock.now_ns()))
            if message.retain == LIVE_RETAINED:
                source.retained.append(message)

    refusing = FakePublisher(clock, may_publish=False)
    return Ports(source, publisher, refusing, arrive, lambda _: publisher.messages, arrives_apart=False)


def real_ports(request: pytest.FixtureRequest, protocol: Protocol) -> Ports:
    make = request.getfixturevalue("client_factory")
    source, publisher = make(protocol=protocol), make(protocol=protocol)
    refusing = make(replace(publisher.environment, may_publish=False), protocol=protocol)
    heard: list[Message] = []
    listening = make()
    listening.subscribe_listener([f"{request.getfixturevalue('topic')}/#"], heard.extend, qos=2)
    assert listening.await_subscribed(PATIENCE)

    def arrive(messages: Sequence[Message]) -> None:
        assert source.await_subscribed(PATIENCE)
        assert publisher.publish_batch(messages).wait(PATIENCE)

    return Ports(source, publisher, refusing, arrive, lambda _: list(heard), protocol is Protocol.V5)


PROTOCOLS = {"mqtt5": Protocol.V5, "mqtt311": Protocol.V311, "bridge": Protocol.BRIDGE}


@pytest.fixture(params=["fake", *PROTOCOLS])
def ports(request: pytest.FixtureRequest) -> Ports:
    if request.param == "fake":
        return fake_ports()
    return real_ports(request, PROTOCOLS[request.param])


def messages_on(*topics: str, qos: int = 1, retain: int = LIVE) -> list[Message]:
    return [Message(topic, b"%d" % number, qos, retain, 0) for number, topic in enumerate(topics)]


def test_a_listener_gets_what_its_filters_match_once_and_in_order(ports: Ports, topic: str):
    """Also with filters that overlap, and with two listeners of different filters."""
    first: list[Message] = []
    second: list[Message] = []
    ports.source.subscribe_listener([f"{topic}/a/#", f"{topic}/a/+"], first.extend)
    ports.source.subscribe_listener([f"{topic}/#"], second.extend)
    ports.arrive(messages_on(f"{topic}/a/1", f"{topic}/b", f"{topic}/a", f"{topic}/a/1/2", f"{topic}/a/1"))
    eventually(lambda: len(second) >= 5 and len(first) >= 4, "the arrival", PATIENCE)
    assert payloads(first) == [b"0", b"2", b"3", b"4"]
    assert payloads(second) == [b"0", b"1", b"2", b"3", b"4"]
    assert all(before.at_ns <= after.at_ns for before, after in pairwise(second))
    assert all(before.at_ns > 0 for before in second)


def test_after_undo_a_listener_gets_nothing_and_undoing_twice_does_no_harm(ports: Ports, topic: str):
    gone: list[Message] = []
    stays: list[Message] = []
    undo = ports.source.subscribe_listener([f"{topic}/#"], gone.extend)
    ports.source.subscribe_listener([f"{topic}/#"], stays.extend)
    undo()
    undo()
    ports.arrive(messages_on(f"{topic}/a"))
    eventually(lambda: stays, "the arrival", PATIENCE)
    assert gone == []


def test_a_keeper_gets_the_packet_identifiers_and_settles(ports: Ports, topic: str):
    """From 1 to 65,535 for QoS 1, none for the others; each arrival is settled once or more often, in any order."""
    arrivals: list[Arrival] = []
    undo = ports.source.subscribe_keeper([f"{topic}/#"], arrivals.append, qos=2)
    for qos in (0, 1, 2):
        ports.arrive(messages_on(f"{topic}/a", f"{topic}/b", qos=qos))

    def kept() -> list[tuple[Message, int]]:
        return [pair for one in tuple(arrivals) for pair in zip(one.messages, one.packet_ids, strict=True)]

    eventually(lambda: len(kept()) == 6, "the arrival", PATIENCE)
    assert sorted(message.qos for message, _ in kept()) == [0, 0, 1, 1, 2, 2]
    assert all((0 < packet_id < 65_536) == (message.qos == 1) for message, packet_id in kept())
    assert all(not one.redelivered and one.broker_session == arrivals[0].broker_session for one in arrivals)
    assert arrivals[0].broker_session == ports.source.connection().broker_session
    for one in [*reversed(arrivals), *arrivals]:
        one.settle()
    undo()
    undo()


def test_while_a_listener_is_not_ready_nothing_arrives_and_then_all_that_was_held_back(ports: Ports, topic: str):
    heard: list[Message] = []
    ready, sent = threading.Event(), messages_on(*[f"{topic}/a"] * 50)
    ready.set()

    def listen(messages: Sequence[Message]) -> None:
        if not heard:
            ready.clear()
        heard.extend(messages)

    ports.source.subscribe_listener([f"{topic}/#"], listen, ready=ready)
    assert ports.source.await_subscribed(PATIENCE)
    ports.arrive(sent[:1])
    eventually(lambda: heard, "the first message", PATIENCE)
    thread = threading.Thread(target=lambda: ports.arrive(sent[1:]), daemon=True)
    thread.start()
    if ports.arrives_apart:  # at the broker, that is: another client has got everything
        thread.join(PATIENCE)
        eventually(lambda: len(ports.arrived(topic)) == 50, "the arrival elsewhere", PATIENCE)
    assert payloads(heard) == [b"0"]
    ready.set()
    thread.join(PATIENCE)
    eventually(lambda: len(heard) == 50, "the rest", PATIENCE)
    assert payloads(heard) == payloads(sent)


def test_a_listener_that_is_not_ready_can_be_taken_back(ports: Ports, topic: str):
    stays: list[Message] = []
    undo = ports.source.subscribe_listener([f"{topic}/a"], lambda _: None, ready=threading.Event())
    undo()
    ports.source.subscribe_listener([f"{topic}/#"], stays.extend)
    ports.arrive(messages_on(f"{topic}/a"))
    eventually(lambda: stays, "the arrival", PATIENCE)


def test_an_invalid_filter_is_refused(ports: Ports, topic: str):
    with pytest.raises(UsageError):
        ports.source.subscribe_listener([f"{topic}/#/x"], lambda _: None)


def test_stored_messages_are_fetched_marked_and_do_not_come_by_themselves(ports: Ports, topic: str):
    ports.arrive(messages_on(f"{topic}/a", f"{topic}/b", retain=LIVE_RETAINED))
    heard: list[Message] = []
    ports.source.subscribe_listener([f"{topic}/#"], heard.extend)
    ports.arrive(messages_on(f"{topic}/live"))
    eventually(lambda: heard, "the arrival", PATIENCE)
    assert [message.topic for message in heard] == [f"{topic}/live"]
    stored = ports.source.fetch_retained([f"{topic}/a", f"{topic}/live"], PATIENCE)
    assert [(message.topic, message.payload, message.retain) for message in stored] == [(f"{topic}/a", b"0", FROM_DUMP)]


def test_a_source_tells_its_connection(ports: Ports):
    changes: list[object] = []
    undo = ports.source.add_connection_listener(changes.append)
    assert ports.source.connection().state is ConnectionState.CONNECTED
    assert ports.source.await_subscribed(PATIENCE)
    undo()
    undo()
    assert changes == []


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_batch_arrives_in_order_and_all_of_it_is_confirmed(ports: Ports, topic: str, qos: int):
    batch = [message._replace(payload=b"\xff%d" % i) for i, message in enumerate(messages_on(*[topic] * 100, qos=qos))]
    delivery = ports.publisher.publish_batch(batch)
    assert delivery.wait(PATIENCE)
    assert (delivery.confirmed(), delivery.failed(), delivery.cancel()) == (100, 0, 0)
    sent_ns = delivery.sent_ns()
    assert len(sent_ns) == 100
    assert all(before is not None and after is not None and before <= after for before, after in pairwise(sent_ns))
    eventually(lambda: len(ports.arrived(topic)) >= 100, "the arrival", PATIENCE)
    assert payloads(ports.arrived(topic)) == payloads(batch)


def test_flags_and_properties_get_through(ports: Ports, topic: str):
    properties = Properties(content_type="x/y", correlation_data=b"\x00", user_properties=(("a", "1"), ("a", "2")))
    sent = Message(topic, b"", 1, LIVE, 0, properties if ports.properties else None)
    assert ports.publisher.publish_batch([sent]).wait(PATIENCE)
    eventually(lambda: ports.arrived(topic), "the arrival", PATIENCE)
    assert ports.arrived(topic)[0]._replace(at_ns=0) == sent


def test_an_environment_that_is_not_marked_takes_nothing(ports: Ports, topic: str):
    assert not ports.refusing.may_publish
    assert ports.refusing.label
    with pytest.raises(PublishRefused):
        ports.refusing.publish_batch(messages_on(topic))


def test_after_an_interruption_it_comes_back_and_nothing_is_missing(ports: Ports, topic: str):
    """What is published during it waits, and nothing is sent twice that was confirmed before."""
    batch = messages_on(*[topic] * 20)
    before = ports.publisher.publish_batch(batch[:10])
    assert before.wait(PATIENCE)
    reconnects = ports.publisher.connection().reconnects
    ports.publisher.interrupt(0.3)
    assert ports.publisher.connection().state is not ConnectionState.CONNECTED
    after = ports.publisher.publish_batch(batch[10:])
    eventually(lambda: ports.publisher.connection().state is ConnectionState.CONNECTED, "the return", PATIENCE)
    assert ports.publisher.connection().reconnects == reconnects + 1
    assert after.wait(PATIENCE)
    assert (after.confirmed(), after.failed()) == (10, 0)
    eventually(lambda: len(ports.arrived(topic)) >= 20, "the arrival", PATIENCE)
    assert payloads(ports.arrived(topic)) == payloads(batch)


def test_what_was_sent_is_known_to_be_processed_but_not_without_a_connection(ports: Ports, topic: str):
    assert ports.publisher.publish_batch(messages_on(*[topic] * 50, qos=0)).wait(PATIENCE)
    assert ports.publisher.await_processed(PATIENCE)
    ports.publisher.interrupt(600.0)
    assert not ports.publisher.await_processed(PATIENCE)
