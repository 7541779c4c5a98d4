"""The shared client against a real Mosquitto, with both versions of MQTT."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core.clock import ManualClock, SystemClock
from core.errors import PublishRefused, UsageError
from core.message import LIVE, LIVE_RETAINED, Message, Properties
from core.ports import ConnectionState, ConnectionStatus
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from tests.brokers import PrivateBroker, make_certificate, make_password_file
from tests.mqtt.listening import PATIENCE, Collected
from tests.mqtt.silent_server import answering_server

Clients = Callable[..., SharedClient]
Brokers = Callable[..., PrivateBroker]
END = b"the last one"


def replay(url: str, **settings: object) -> Environment:
    return Environment("replay", url, may_publish=True, **settings)  # type: ignore[arg-type]  # keywords


def publish(client: SharedClient, *messages: Message) -> None:
    delivery = client.publish_batch(messages)
    assert delivery.wait(PATIENCE)
    assert (delivery.confirmed(), delivery.failed()) == (len(messages), 0)


def listening(client: SharedClient, *filters: str, qos: int = 2) -> Collected:
    listener = Collected()
    client.subscribe_listener(filters, listener, qos=qos)
    assert client.await_subscribed(PATIENCE)
    return listener


def test_topic_payload_and_qos_arrive_as_published(protocol: Protocol, client_factory: Clients, topic: str):
    client = client_factory(protocol=protocol)
    assert client.connection().protocol == protocol
    listener = listening(client, f"{topic}/#")
    sent = [
        Message(f"{topic}/empty", b"", 1, LIVE, 0),
        Message(f"{topic}/binary", bytes(range(256)), 2, LIVE, 0),
        Message(f'{topic}/<b>"it\'s" ä/+'.replace("+", "€"), "Grüße".encode(), 0, LIVE, 0),
    ]
    for one in sent:
        publish(client, one)
    got = listener.await_count(3)
    assert [one._replace(at_ns=0) for one in got] == sent


def test_with_mqtt5_properties_survive_bit_for_bit(client_factory: Clients, topic: str):
    client = client_factory(protocol=Protocol.V5)
    listener = listening(client, topic)
    properties = Properties(
        payload_format_indicator=0,
        message_expiry_interval=86_400,
        content_type="application/octet-stream",
        response_topic="answers/here",
        correlation_data=bytes(range(256)),
        user_properties=(("a", "1"), ("a", "2"), ("", ""), ("ä", "€")),
    )
    publish(client, Message(topic, b"x", 1, LIVE, 0, properties), Message(topic, b"y", 1, LIVE, 0))
    assert [one.properties for one in listener.await_count(2)] == [properties, None]


def test_a_client_that_does_not_hear_itself_hears_all_others(
    protocol: Protocol, broker: str, client_factory: Clients, topic: str
):
    """MQTT 3.1.1 knows no such thing."""
    client = SharedClient(replay(broker), SystemClock(), f"deaf-{topic[-60:]}", protocol=protocol, hears_itself=False)
    client.start()
    try:
        listener = listening(client, topic)
        publish(client, Message(topic, b"own", 1, LIVE, 0))
        publish(client_factory(), Message(topic, b"another's", 1, LIVE, 0))
        expected = [b"another's"] if protocol is Protocol.V5 else [b"own", b"another's"]
        assert [one.payload for one in listener.await_count(len(expected))] == expected
    finally:
        client.stop()


def test_live_messages_come_and_stored_ones_do_not(protocol: Protocol, client_factory: Clients, topic: str):
    """With MQTT 5 a live message bears the flag that its publisher set; 3.1.1 does not tell."""
    client = client_factory(protocol=protocol)
    publish(client, Message(topic, b"stored", 1, LIVE_RETAINED, 0))
    listener = listening(client, topic)
    client.subscribe(f"{topic}/#")  # also later, when a page widens what is subscribed
    assert client.await_subscribed(PATIENCE)
    publish(client, Message(topic, b"live", 1, LIVE_RETAINED, 0), Message(topic, b"plain", 1, LIVE, 0))
    got = [(one.payload, one.retain) for one in listener.await_payload(b"plain")]
    assert got == [(b"live", LIVE_RETAINED if protocol is Protocol.V5 else LIVE), (b"plain", LIVE)]
    assert [one.payload for one in client.get_buffer(f"{topic}/#")] == [b"live", b"plain"]
    publish(client, Message(topic, b"", 1, LIVE_RETAINED, 0))


def test_a_10_mb_payload_arrives_whole(protocol: Protocol, client_factory: Clients, topic: str):
    client = client_factory(protocol=protocol)
    listener = listening(client, topic)
    payload = bytes(range(250)) * 40_000
    publish(client, Message(topic, payload, 1, LIVE, 0))
    assert listener.await_count(1)[0].payload == payload


def test_more_messages_than_packet_ids_arrive_in_order(client_factory: Clients, topic: str):
    publisher, receiver = client_factory(), client_factory()
    listener = listening(receiver, topic, qos=0)
    publish(publisher, *(Message(topic, b"%d" % number, 1, LIVE, 0) for number in range(66_000)))
    assert [int(one.payload) for one in listener.await_count(66_000)] == list(range(66_000))


def test_the_arrival_time_is_the_clocks(broker: str, client_factory: Clients, topic: str):
    receiver = SharedClient(replay(broker), ManualClock(now_ns=1_234_000), f"{topic}-manual")
    receiver.start()
    try:
        assert receiver.await_connected(PATIENCE)
        listener = listening(receiver, topic)
        publish(client_factory(), Message(topic, b"x", 1, LIVE, 99))
        assert listener.await_count(1)[0].at_ns == 1_234_000
    finally:
        receiver.stop(PATIENCE)


def test_listeners_run_in_the_network_thread_which_is_named_after_the_environment(client_factory: Clients, topic: str):
    client, names = client_factory(), []
    client.add_listener(lambda _: names.append(threading.current_thread().name))
    listener = listening(client, topic)
    publish(client, Message(topic, b"x", 1, LIVE, 0))
    listener.await_count(1)
    assert names == ["mqtt-replay"]


def test_a_listener_gets_nothing_after_its_undo(client_factory: Clients, topic: str):
    client, gone = client_factory(), Collected()
    undo = client.subscribe_listener([topic], gone)
    stays = listening(client, f"{topic}/#")
    undo()
    undo()
    publish(client, Message(topic, END, 1, LIVE, 0))
    stays.await_payload(END)
    assert gone.messages == []


def test_buffers_are_counted_by_those_who_look(client_factory: Clients, topic: str):
    """Taking back somebody else's subscription is not possible: a listener's filter stays subscribed."""
    client = client_factory()
    assert client.get_buffer(topic) == []
    listener = listening(client, topic)
    client.unsubscribe(topic)
    client.subscribe_many([topic, f"{topic}/x"])
    client.subscribe(topic)
    client.unsubscribe_many([topic, f"{topic}/x"])
    publish(client, Message(topic, b"x", 1, LIVE, 0))
    listener.await_count(1)
    assert [one.payload for one in client.get_buffer(topic)] == [b"x"]
    client.unsubscribe(topic)
    assert client.get_buffer(topic) == []
    publish(client, Message(topic, END, 1, LIVE, 0))
    listener.await_payload(END)


@pytest.mark.parametrize("bad", ["", "a/#/b", "$share/group/a"])
def test_an_invalid_filter_is_a_usage_error(client_factory: Clients, bad: str):
    client = client_factory(replay("mqtt://localhost:1"), connected=False)
    with pytest.raises(UsageError, match="topic filter"):
        client.subscribe(bad)
    with pytest.raises(UsageError, match="topic filter"):
        client.subscribe_listener([bad], Collected())
    with pytest.raises(UsageError, match="topic filter"):
        client.fetch_retained([bad])


@pytest.mark.parametrize("bad", [Message("a/#", b"", 1, 0, 0), Message("", b"", 1, 0, 0), Message("a", b"", 3, 0, 0)])
def test_a_batch_with_an_impossible_message_is_refused_as_a_whole(client_factory: Clients, topic: str, bad: Message):
    client = client_factory()
    listener = listening(client, topic)
    with pytest.raises(UsageError):
        client.publish_batch([Message(topic, b"too early", 1, LIVE, 0), bad])
    publish(client, Message(topic, END, 1, LIVE, 0))
    assert [one.payload for one in listener.await_payload(END)] == [END]


def test_nothing_is_published_where_it_is_not_allowed(broker: str, client_factory: Clients):
    client = client_factory(Environment("live", broker, may_publish=False))
    assert not client.may_publish
    with pytest.raises(PublishRefused, match=r"^Nothing is published to live \(\S+:\d+\)"):
        client.publish_batch([Message("a", b"", 0, 0, 0)])


# --- the connection


def test_after_a_restart_of_the_broker_everything_goes_on(
    protocol: Protocol, private_broker: Brokers, client_factory: Clients
):
    """Subscriptions are renewed, and what was published meanwhile is sent, whatever its QoS."""
    broker = private_broker()
    client = client_factory(replay(broker.url), protocol=protocol)
    seen: list[ConnectionStatus] = []
    client.add_connection_listener(seen.append)
    lost, back = threading.Event(), threading.Event()
    client.add_connection_listener(lambda status: (back if status.state is ConnectionState.CONNECTED else lost).set())
    listener = listening(client, "a/#")
    broker.stop()
    assert lost.wait(PATIENCE)
    delivery = client.publish_batch([Message("a/b", b"%d" % number, number % 3, LIVE, 0) for number in range(30)])
    assert not client.await_subscribed(0)
    broker.start()
    assert back.wait(PATIENCE)
    assert delivery.wait(PATIENCE)
    assert (delivery.confirmed(), delivery.failed()) == (30, 0)
    assert client.await_subscribed(PATIENCE)
    publish(client, Message("a/b", END, 1, LIVE, 0))
    listener.await_payload(END)
    assert [status.state for status in seen][-1] is ConnectionState.CONNECTED
    assert client.connection().reconnects == 1
    reasons = {status.reason for status in seen if status.state is ConnectionState.DISCONNECTED}
    assert all(str(broker.port) in reason and reason.endswith(".") for reason in reasons)


def test_a_client_that_starts_before_its_broker_connects_when_it_comes(
    private_broker: Brokers, client_factory: Clients
):
    broker = private_broker()
    broker.stop()
    client = client_factory(replay(broker.url), connected=False)
    waiting, refused = threading.Event(), f"Nothing listens on localhost:{broker.port}"
    client.add_connection_listener(lambda status: waiting.set() if refused in status.reason else None)
    assert refused in client.connection().reason or waiting.wait(PATIENCE)
    listener = Collected()
    client.subscribe_listener(["a"], listener)
    assert not client.await_subscribed(0)
    broker.start()
    assert client.await_connected(PATIENCE)
    assert client.await_subscribed(PATIENCE)
    publish(client, Message("a", b"x", 1, LIVE, 0))
    listener.await_count(1)


def test_stopping_ends_the_thread_and_fails_what_waits(client_factory: Clients):
    client = client_factory(replay("mqtt://localhost:1"), connected=False)
    delivery = client.publish_batch([Message("a", b"x", 1, LIVE, 0)])
    client.stop(PATIENCE)
    assert (delivery.wait(0), delivery.failed()) == (True, 1)
    assert client.publish_batch([Message("a", b"x", 1, LIVE, 0)]).failed() == 1
    assert client.connection().state is ConnectionState.CLOSED
    assert "mqtt-replay" not in [thread.name for thread in threading.enumerate()]
    client.stop(PATIENCE)
    client.start()
    assert "mqtt-replay" not in [thread.name for thread in threading.enumerate()]


def test_user_and_password_open_the_door(
    protocol: Protocol, private_broker: Brokers, client_factory: Clients, tmp_path: Path
):
    passwords = make_password_file(tmp_path, "anna", "s3cret")
    broker = private_broker(extra=f"allow_anonymous false\npassword_file {passwords}")
    client = client_factory(replay(f"mqtt://anna:s3cret@localhost:{broker.port}"), protocol=protocol)
    listener = listening(client, "a")
    publish(client, Message("a", b"x", 1, LIVE, 0))
    listener.await_count(1)
    assert "s3cret" not in f"{client.connection()}{client.label}"


@pytest.mark.parametrize("kind", ["trusted", "unverified"])
def test_tls_with_a_certificate_of_ones_own(
    kind: str, private_broker: Brokers, client_factory: Clients, tmp_path: Path
):
    certificate, key = make_certificate(tmp_path)
    broker = private_broker(certificate=(certificate, key))
    trust = {"ca_file": certificate} if kind == "trusted" else {"verify_tls": False}
    client = client_factory(replay(broker.tls_url, **trust))
    listener = listening(client, "a")
    publish(client, Message("a", b"x" * 1_000_000, 1, LIVE, 0))
    listener.await_count(1)


def test_websockets_carry_small_and_large_messages(
    protocol: Protocol, private_broker: Brokers, client_factory: Clients
):
    """The large one towards the broker: from it Mosquitto 2.0.11 itself sends 40 kB/s over WebSockets at most."""
    broker = private_broker(websockets=True)
    client = client_factory(replay(broker.websocket_url), protocol=protocol)
    plain = listening(client_factory(replay(broker.url)), "large", "small")
    small = listening(client, "small")
    payload = bytes(range(250)) * 40_000
    publish(client, Message("large", payload, 1, LIVE, 0), Message("small", END, 1, LIVE, 0))
    assert [one.payload for one in plain.await_count(2)] == [payload, END]
    assert [one.payload for one in small.await_count(1)] == [END]


def test_a_topic_that_is_not_utf8_does_not_end_the_connection(
    client_factory: Clients, caplog: pytest.LogCaptureFixture
):
    """MQTT forbids it; a broker that sends it all the same loses that message only."""
    connack, good, bad = b"\x20\x02\x00\x00", b"\x30\x04\x00\x01ax", b"\x30\x04\x00\x01\xffx"
    with answering_server(connack + bad + good) as port:
        client = client_factory(replay(f"mqtt://localhost:{port}"), protocol=Protocol.V311, connected=False)
        listener = Collected()
        client.subscribe_listener(["#"], listener)
        assert listener.await_count(1)[0].topic == "a"
        client.stop(PATIENCE)
    assert "a topic that is not UTF-8" in caplog.text


# --- what a broker does not take


def test_with_mqtt5_a_message_that_the_broker_forbids_has_failed(
    private_broker: Brokers, client_factory: Clients, tmp_path: Path
):
    rules = tmp_path / "rules"
    rules.write_text("topic readwrite allowed/#\n", encoding="utf-8")
    client = client_factory(replay(private_broker(extra=f"acl_file {rules}").url), protocol=Protocol.V5)
    delivery = client.publish_batch([Message("allowed/a", b"", 1, LIVE, 0), Message("forbidden", b"", 1, LIVE, 0)])
    assert delivery.wait(PATIENCE)
    assert (delivery.confirmed(), delivery.failed()) == (1, 1)


def test_a_message_that_is_too_large_for_the_broker_fails_and_the_next_one_goes_out(
    protocol: Protocol, private_broker: Brokers, client_factory: Clients
):
    """MQTT 5 brokers say how much they take; with 3.1.1 it shows when they end connection after connection."""
    client = client_factory(replay(private_broker(extra="max_packet_size 2000").url), protocol=protocol)
    delivery = client.publish_batch([Message("a", b"x" * 5_000, 1, LIVE, 0), Message("a", b"small", 1, LIVE, 0)])
    assert delivery.wait(PATIENCE)
    assert (delivery.confirmed(), delivery.failed()) == (1, 1)
