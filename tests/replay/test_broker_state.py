"""What the broker stores is put into the state of a moment, and left alone otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count, groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import BrokerError
from core.message import LIVE, LIVE_RETAINED, Message, Properties
from mqtt import retained
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from replay.broker_state import BrokerState, StateChange
from replay.keyframes import Keyframes
from replay.pipeline import RUN_PROPERTY
from store.query import MessageQuery
from tests.brokers import PrivateBroker
from tests.fakes import FakeSource
from tests.replay.states import TOPICS, below, contents, moments, played_before, retained_messages
from tests.replay.test_keyframes import reading

PATIENCE = 30.0
Clients = Callable[..., SharedClient]
Stored = dict[str, tuple[bytes, int]]

steps = st.lists(st.tuples(st.sampled_from(["seek", "seek", "play"]), moments, moments), min_size=1, max_size=4)


@pytest.fixture(autouse=True)
def without_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mosquitto sends what it stores at once: no silence has to be waited for."""
    monkeypatch.setattr(retained, "QUIET_S", 0.0)


@pytest.fixture
def client(protocol: Protocol, client_factory: Clients) -> SharedClient:
    """Publishes and looks, with both versions of MQTT."""
    return client_factory(protocol=protocol)


def sender(client: SharedClient) -> Callable[[Sequence[Message]], None]:
    """Publishes in this order, and returns when the broker has processed it.

    A broker stores a message of QoS 2 when it is released, which another message may overtake: MQTT keeps the order of
    equal QoS only (MQTT 5.0, section 4.6). So what is not of QoS 2 waits for what is.
    """

    def send(messages: Sequence[Message]) -> None:
        for _, run in groupby(messages, lambda message: message.qos == 2):
            delivery = client.publish_batch(list(run))
            assert delivery.wait(PATIENCE)
            assert not delivery.failed()
        assert client.await_processed(PATIENCE)

    return send


def stored(client: SharedClient, prefix: str) -> Stored:
    """What the broker stores below a topic."""
    found = client.fetch_retained([f"{prefix}/#"], PATIENCE)
    return {one.topic.removeprefix(f"{prefix}/"): (one.payload, one.qos) for one in found}


NUMBERS = count()


@settings(max_examples=25)
@given(content=contents, existing=st.lists(retained_messages, max_size=4), steps=steps)
def test_after_any_seeks_the_broker_stores_what_playing_up_to_there_would_have_left(
    client: SharedClient,
    topic: str,
    content: list[Message],
    existing: list[Message],
    steps: list[tuple[str, int, int]],
):
    """Whatever it stored before, forwards and backwards, and with a piece of the session played in between."""
    send = sender(client)
    played = f"{topic}/{next(NUMBERS)}"
    send(below(played, existing))
    state = BrokerState(client, send)
    state.take_baseline([f"{played}/{name}" for name in TOPICS])
    with reading([content]) as reader:
        keyframes = Keyframes(reader, MessageQuery(), spacing=3)
        for step, start_ns, at_ns in steps:
            if step == "play":
                send(below(played, [one for one in content if start_ns <= one.at_ns < at_ns]))
                continue
            done = played_before(content, at_ns)
            state.put(below(played, [stored.message for stored in keyframes.retained_through(len(done))]))
            expected = f"{topic}/{next(NUMBERS)}"
            send(below(expected, [*existing, *done]))
            assert stored(client, played) == stored(client, expected)


def remembering(send: Callable[[Sequence[Message]], None]) -> tuple[list[Message], Callable[[Sequence[Message]], None]]:
    """What goes through `send` from now on."""
    sent: list[Message] = []

    def both(messages: Sequence[Message]) -> None:
        sent.extend(messages)
        send(messages)

    return sent, both


def plain(messages: Sequence[Message], prefix: str) -> list[tuple[str, bytes]]:
    return [(one.topic.removeprefix(f"{prefix}/"), one.payload) for one in messages]


def kept(topic: str, payload: bytes, qos: int = 1, properties: Properties | None = None) -> Message:
    """A message to be stored."""
    return Message(topic, payload, qos, LIVE_RETAINED, 0, properties)


def test_only_what_differs_is_published(client: SharedClient, topic: str):
    """Missing, changed in payload or QoS, deleted; deletions first, then in the order of the recording."""
    sent, send = remembering(sender(client))
    names = [f"{topic}/{name}" for name in ("same", "payload", "qos", "gone", "new", "deleted", "live")]
    same, payload, qos, gone, new, deleted, live = names
    state = BrokerState(client, send)
    state.take_baseline(names)
    send([kept(same, b"1"), kept(payload, b"1"), kept(qos, b"1"), kept(gone, b"1"), kept(deleted, b"1")])
    sent.clear()
    target = [kept(new, b"1"), kept(deleted, b""), kept(qos, b"1", 2), kept(payload, b"2", 0), kept(same, b"1")]
    change = state.put([*target, Message(live, b"x", 1, LIVE, 0)])
    assert change == StateChange(published=3, deleted=2, unchanged=1)
    assert plain(sent, topic) == [("deleted", b""), ("gone", b""), ("new", b"1"), ("qos", b"1"), ("payload", b"2")]
    assert stored(client, topic) == {"same": (b"1", 1), "payload": (b"2", 0), "qos": (b"1", 2), "new": (b"1", 1)}
    sent.clear()
    assert state.put(target) == StateChange(published=0, deleted=0, unchanged=4)
    assert sent == []


def test_what_was_stored_before_the_replay_comes_back_with_its_properties_and_the_mark(
    client_factory: Clients, topic: str
):
    client = client_factory(protocol=Protocol.V5)
    send, mark = sender(client), (RUN_PROPERTY, "run-1")
    properties = Properties(content_type="text/plain", user_properties=(("who", "me"),))
    send([kept(f"{topic}/a", b"mine", 2, properties)])
    state = BrokerState(client, send, mark)
    state.take_baseline([f"{topic}/a"])
    send([kept(f"{topic}/a", b"replayed")])
    state.put([])
    (found,) = client.fetch_retained([f"{topic}/#"], PATIENCE)
    assert (found.payload, found.qos) == (b"mine", 2)
    assert found.properties == Properties(content_type="text/plain", user_properties=(("who", "me"), mark))
    assert state.clear([f"{topic}/a"]) == 0, "it is not the replay's"


def test_the_mark_of_another_run_is_no_difference_but_any_other_property_is(client_factory: Clients, topic: str):
    client = client_factory(protocol=Protocol.V5)
    sent, send = remembering(sender(client))
    state = BrokerState(client, send, (RUN_PROPERTY, "new"))
    state.take_baseline([topic])
    send([kept(topic, b"1", properties=Properties(user_properties=((RUN_PROPERTY, "old"),)))])
    assert state.put([kept(topic, b"1")]).unchanged == 1
    assert state.put([kept(topic, b"1", properties=Properties(content_type="x"))]).published == 1
    assert sent[-1].properties == Properties(content_type="x", user_properties=((RUN_PROPERTY, "new"),))


def test_over_mqtt_3_the_properties_that_it_cannot_carry_are_no_difference(client_factory: Clients, topic: str):
    client = client_factory(protocol=Protocol.V311)
    state = BrokerState(client, sender(client), (RUN_PROPERTY, "run"))
    state.take_baseline([topic])
    wanted = [kept(topic, b"1", properties=Properties(content_type="x"))]
    assert state.put(wanted).published == 1
    assert state.put(wanted).unchanged == 1
    assert state.clear([topic]) == 1
    assert client.fetch_retained([topic], PATIENCE) == []


def test_topics_that_the_replay_does_not_publish_on_stay_as_they_are(client: SharedClient, topic: str):
    send = sender(client)
    send([kept(f"{topic}/other", b"1"), kept(f"{topic}/a/below", b"1")])
    state = BrokerState(client, send)
    state.take_baseline([f"{topic}/a"])
    send([kept(f"{topic}/a", b"1")])
    assert state.put([]) == StateChange(deleted=1)
    assert stored(client, topic) == {"other": (b"1", 1), "a/below": (b"1", 1)}


def test_clearing_deletes_what_the_replay_has_left_and_nothing_else(client_factory: Clients, topic: str):
    client, mark = client_factory(protocol=Protocol.V5), (RUN_PROPERTY, "run-1")
    send, marked = sender(client), Properties(user_properties=((RUN_PROPERTY, "run-1"),))
    names = [f"{topic}/{name}" for name in ("left", "before", "foreign", "empty", "untouched")]
    left, existing, foreign, _, untouched = names
    send([kept(existing, b"1")])
    state = BrokerState(client, send, mark)
    state.take_baseline(names)
    send([kept(left, b"x", properties=marked), kept(foreign, b"x"), kept(untouched, b"x", properties=marked)])
    assert state.clear(names[:4]) == 1
    assert stored(client, topic).keys() == {"before", "foreign", "untouched"}
    assert state.clear(names[:4]) == 0


def test_clearing_deletes_also_what_an_earlier_replay_has_left_and_this_one_publishes_again(
    client_factory: Clients, topic: str
):
    """A session that is replayed twice, the second time to clear up."""
    client = client_factory(protocol=Protocol.V5)
    send, names = sender(client), [f"{topic}/again", f"{topic}/not-again"]

    def left_by(run: str) -> Properties:
        return Properties(user_properties=((RUN_PROPERTY, run),))

    send([kept(name, b"1", properties=left_by("first")) for name in names])
    state = BrokerState(client, send, (RUN_PROPERTY, "second"))
    state.take_baseline(names)
    send([kept(names[0], b"1", properties=left_by("second"))])
    assert state.clear(names) == 1
    assert stored(client, topic).keys() == {"not-again"}


def test_hundreds_of_topics_are_looked_at_with_few_filters(client: SharedClient, topic: str):
    """And what others store beside them does not count."""
    send = sender(client)
    names = [f"{topic}/{number}" for number in range(300)]
    send([kept(f"{topic}/other", b"1")])
    state = BrokerState(client, send)
    state.take_baseline(names)
    assert state.put([kept(name, b"1") for name in names]).published == 300
    assert state.put([kept(name, b"1") for name in names[:150]]) == StateChange(deleted=150, unchanged=150)
    assert state.put([]) == StateChange(deleted=150)
    assert stored(client, topic) == {"other": (b"1", 1)}


def test_hundreds_of_first_levels_are_looked_at_too(
    private_broker: Callable[..., PrivateBroker], client_factory: Clients
):
    client = client_factory(Environment("replay", private_broker().url, may_publish=True))
    send = sender(client)
    names = [f"{number}" for number in range(150)] + ["/slash", "/", "a//b"]
    state = BrokerState(client, send)
    state.take_baseline(names)
    assert state.put([kept(name, b"1") for name in names]).published == 153
    assert state.put([kept(name, b"1") for name in names]).unchanged == 153
    assert state.clear(names) == 153
    assert client.fetch_retained(["#"], PATIENCE) == []


def test_more_than_a_broker_queues_for_one_client_is_seen_and_cleared(
    private_broker: Callable[..., PrivateBroker], client_factory: Clients
):
    """Mosquitto's own limits: 20 in flight and 1,000 in line, the rest is dropped without a word."""
    own_limits = "max_inflight_messages 20\nmax_queued_messages 1000"
    client = client_factory(Environment("replay", private_broker(extra=own_limits).url, may_publish=True))
    send = sender(client)
    names = [f"many/{number}" for number in range(2_500)]
    for begin in range(0, len(names), 500):
        send([kept(name, b"1") for name in names[begin : begin + 500]])
    state = BrokerState(client, send)
    state.take_baseline(names)
    assert state.put([]) == StateChange(unchanged=2_500)
    assert BrokerState(client, send).clear(names) == 2_500


def test_a_broker_that_stores_nothing_is_left_alone(
    private_broker: Callable[..., PrivateBroker], client_factory: Clients
):
    """It would end the connection at each message with the retain flag."""
    environment = Environment("replay", private_broker(extra="retain_available false").url, may_publish=True)
    client = client_factory(environment, protocol=Protocol.V5)
    state = BrokerState(client, sender(client))
    state.take_baseline(["a"])
    assert state.put([kept("a", b"1")]) == StateChange()
    assert state.clear(["a"]) == 0
    assert client.connection().reconnects == 0
    assert not client.connection().stores_retained


def test_without_somebody_who_looks_everything_is_published_and_the_rest_deleted():
    sent: list[Message] = []
    state = BrokerState(None, sent.extend, (RUN_PROPERTY, "run"))
    state.take_baseline(["a", "b", "c"])
    for _ in range(2):
        assert state.put([kept("a", b"1"), kept("d", b"")]) == StateChange(published=1, deleted=3)
        assert [(one.topic, one.payload) for one in sent] == [("b", b""), ("c", b""), ("d", b""), ("a", b"1")]
        assert {one.properties for one in sent} == {Properties(user_properties=((RUN_PROPERTY, "run"),))}
        sent.clear()
    assert state.clear(["a", "c"]) == 2
    assert [(one.topic, one.payload, one.retain) for one in sent] == [("a", b"", 1), ("c", b"", 1)]


def test_what_cannot_be_sent_or_looked_at_is_an_error():
    def refuse(_: Sequence[Message]) -> None:
        raise BrokerError("no")

    source = FakeSource(ManualClock(0))
    state = BrokerState(source, refuse)
    state.take_baseline(["a"])
    with pytest.raises(BrokerError, match="no"):
        state.put([kept("a", b"1")])
    assert state.put([]) == StateChange(), "there is nothing to do"
    source.disconnect()
    with pytest.raises(BrokerError, match="cannot be reached"):
        state.put([])
