"""The handover from one covering set to the next, against a simulated broker: in any order of events."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import UsageError
from core.message import Message
from core.topics import matches
from mqtt.connect import Protocol
from mqtt.subscriptions import MARKER
from tests.mqtt.simulated_broker import WINDOW, SimulatedBroker

FILTERS = ("#", "a/#", "a/b", "+/b", "a/+", "b/#", "a/b/#")
TOPICS = ("a/b", "a/c", "b/b", "a/b/c")

events = st.lists(
    st.one_of(
        st.tuples(st.just("page"), st.sampled_from(FILTERS)),
        st.tuples(st.just("publish"), st.sampled_from(TOPICS)),
        st.tuples(st.just("burst"), st.sampled_from(TOPICS)),
        st.tuples(st.just("broker"), st.integers(1, 12)),
        st.tuples(st.just("client"), st.integers(1, 12)),
    ),
    max_size=60,
)
kinds = st.sampled_from([(True, True), (True, False), (False, False), (False, True)])
"""With identifiers or without, a copy for each subscription or one for all."""


def play(broker: SimulatedBroker, happened: list[tuple[str, str | int]], publish: Callable[[str], None]) -> None:
    """Lets all this happen, one after the other, and what it leads to."""
    pages: set[str] = set()
    for what, value in happened:
        if what == "page" and value in pages:
            pages.remove(str(value))
            broker.client.drop([str(value)])
        elif what == "page":
            pages.add(str(value))
            broker.client.want([str(value)], 1)
        elif what in ("publish", "burst"):
            for _ in range(1 if what == "publish" else 15):
                publish(str(value))
        else:
            for _ in range(int(value)):
                broker.handle_one() if what == "broker" else broker.deliver_one()
    broker.run_dry()


@settings(max_examples=2 * settings().max_examples)
@given(kind=kinds, own=st.sampled_from(FILTERS), happened=events, qos=st.sampled_from([0, 1]))
def test_every_message_comes_once_and_in_order(
    kind: tuple[bool, bool], own: str, happened: list[tuple[str, str | int]], qos: int
):
    """Whatever pages do and however packets overtake one another's handling; and never do three subscriptions match."""
    broker = SimulatedBroker(*kind)
    client, receive_with = broker.connect()
    got: dict[str, list[int]] = defaultdict(list)

    def receive(message: Message) -> None:
        if matches(own, message.topic):
            got[message.topic].append(int(message.payload))

    receive_with(receive)
    client.want([own], 1)
    broker.run_dry()
    sent: Counter[str] = Counter()

    def publish(topic: str) -> None:
        broker.publish(topic, b"%d" % sent[topic], qos)
        sent[topic] += 1

    play(broker, happened, publish)
    assert got == {topic: list(range(count)) for topic, count in sent.items() if matches(own, topic)}
    assert broker.overlapping() == []
    assert broker.most_matching <= 2
    assert broker.client.await_confirmed(0)


@settings(max_examples=2 * settings().max_examples)
@given(
    kind=kinds,
    newest_first=st.booleans(),
    window=st.sampled_from([1, 3, 10]),
    equal=st.sampled_from([1_000_000, 3, 2]),
    own=st.sampled_from(FILTERS),
    happened=events,
    qos=st.sampled_from([0, 1]),
)
@example(  # a filter that overlaps with nothing is subscribed while it is asked whether copies still queue
    kind=(True, True),
    newest_first=False,
    window=1,
    equal=1_000_000,
    own="a/b",
    happened=[
        ("page", "a/#"),
        ("broker", 1),
        ("burst", "a/b"),
        ("client", 2),
        ("broker", 2),
        ("client", 2),
        ("page", "b/#"),
    ],
    qos=1,
)
def test_no_message_is_lost_where_messages_are_equal(
    kind: tuple[bool, bool],
    newest_first: bool,
    window: int,
    equal: int,
    own: str,
    happened: list[tuple[str, str | int]],
    qos: int,
):
    """And none comes twice, unless the broker sends copies without identifiers. Whether or not they queue.

    `equal`: how many have the same bytes, one after the other.
    """
    subscription_ids, copies = kind
    broker = SimulatedBroker(*kind, newest_first=newest_first, window=window if subscription_ids else WINDOW)
    client, receive_with = broker.connect()
    got: dict[str, list[int]] = defaultdict(list)
    receive_with(lambda message: got[message.topic].append(int(message.payload)))
    client.want([own], 1)
    broker.run_dry()
    sent: dict[str, list[int]] = defaultdict(list)

    def publish(topic: str) -> None:
        sent[topic].append(len(sent[topic]) // (equal if subscription_ids else 1_000_000))
        broker.publish(topic, b"%d" % sent[topic][-1], qos)

    for topic in TOPICS:
        publish(topic)
    broker.run_dry()
    play(broker, happened, publish)
    for topic in (one for one in TOPICS if matches(own, one)):
        assert got[topic] == sent[topic] or (
            copies and not subscription_ids and not Counter(sent[topic]) - Counter(got[topic])
        )


with_or_without_ids = pytest.mark.parametrize("subscription_ids", [True, False])


def handing_over(
    subscription_ids: bool, copies: bool = True, before: Sequence[bytes] = ()
) -> tuple[SimulatedBroker, list[int]]:
    """A broker at the moment when 'a/b' and 'a/#' are both subscribed, and the numbers that come.

    What it has to handle next is the UNSUBSCRIBE that ends the overlap.
    """
    broker = SimulatedBroker(subscription_ids, copies)
    client, receive_with = broker.connect()
    got: list[int] = []
    receive_with(lambda message: got.append(int(message.payload)))
    client.want(["a/b"], 1)
    broker.run_dry()
    for payload in before:
        broker.publish("a/b", payload, 0)
    broker.run_dry()
    client.want(["a/#"], 1)
    for _ in range(1 if subscription_ids else 2):  # SUBSCRIBE, and the question
        assert broker.handle_one()
        assert broker.deliver_one()
    assert set(broker.held) == {"a/b", "a/#"}
    return broker, got


@with_or_without_ids
@pytest.mark.parametrize("qos", [0, 1])
def test_in_the_overlap_one_of_two_copies_is_dropped(subscription_ids: bool, qos: int):
    broker, got = handing_over(subscription_ids)
    for number in range(3):
        broker.publish("a/b", b"%d" % number, qos)
    broker.run_dry()
    assert got == [0, 1, 2]


@with_or_without_ids
def test_copies_that_queue_at_the_broker_are_recognised_after_the_overlap(subscription_ids: bool):
    broker, got = handing_over(subscription_ids)
    for number in range(100):
        broker.publish("a/b", b"%d" % number, 1)
    broker.run_dry()
    assert got == list(range(100))


@with_or_without_ids
def test_copies_that_queue_are_recognised_while_the_next_handover_begins(subscription_ids: bool):
    broker, got = handing_over(subscription_ids)
    broker.client.want(["#"], 1)
    for number in range(40):
        broker.publish("a/b", b"%d" % number, 1)
    broker.run_dry()
    assert got == list(range(40))
    assert set(broker.held) == {"#"}


@with_or_without_ids
def test_the_answer_to_an_earlier_question_does_not_end_the_next_handover(subscription_ids: bool):
    broker, got = handing_over(subscription_ids)
    assert broker.handle_one()  # UNSUBSCRIBE
    assert broker.deliver_one()  # UNSUBACK: the first question is asked
    broker.client.want(["#"], 1)
    for _ in range(2):  # the question and SUBSCRIBE
        assert broker.handle_one()
    for _ in range(2):  # the answer and SUBACK
        assert broker.deliver_one()
    broker.handle_one()
    broker.publish("a/b", b"7", 1)
    broker.run_dry()
    assert got == [7]


@with_or_without_ids
@pytest.mark.parametrize("qos", [1, 2])
def test_what_is_subscribed_meanwhile_does_not_change_what_an_answer_tells(subscription_ids: bool, qos: int):
    """Neither a filter that overlaps with nothing nor a higher QoS: copies queue at the question, so also after it."""
    broker, got = handing_over(subscription_ids)
    for number in range(40):
        broker.publish("a/b", b"%d" % number, 1)
    assert broker.handle_one()  # UNSUBSCRIBE
    for _ in range(WINDOW + 1):  # messages, and UNSUBACK: the question is asked
        assert broker.deliver_one()
    for _ in range(WINDOW + 1):  # acknowledgements and the question
        assert broker.handle_one()
    for _ in range(WINDOW):
        assert broker.deliver_one()
    broker.client.want(["c"], qos)
    assert broker.deliver_one()  # the answer
    broker.run_dry()
    assert got == list(range(40))
    assert set(broker.held) == {"a/#", "c"}


@pytest.mark.parametrize("qos", [0, 1])
def test_a_broker_that_sends_one_copy_is_found_out_and_then_nothing_is_dropped(qos: int):
    """In the same handover already, and in those that follow."""
    broker, got = handing_over(subscription_ids=False, copies=False)
    for payload in (b"1", b"2", b"3", b"3"):
        broker.publish("a/b", payload, qos)
    broker.run_dry()
    broker.client.want(["#"], 1)
    assert broker.handle_one()
    assert broker.deliver_one()
    for _ in range(2):
        broker.publish("a/b", b"4", qos)
    broker.run_dry()
    assert got == [1, 2, 3, 3, 4, 4]
    assert broker.log[-3:-1] == ["subscribe # at 1", "unsubscribe a/#"], "without a question"


@pytest.mark.parametrize("qos", [0, 1])
def test_a_single_message_in_the_overlap_shows_that_the_broker_sends_one_copy(qos: int):
    broker, got = handing_over(subscription_ids=False, copies=False)
    broker.publish("a/b", b"1", qos)
    broker.run_dry()
    broker.client.want(["#"], 1)
    assert broker.handle_one()
    assert broker.deliver_one()
    for _ in range(2):
        broker.publish("a/b", b"2", qos)
    broker.run_dry()
    assert got == [1, 2, 2]


@pytest.mark.parametrize("before", [(b"7",), (b"1", b"1"), (b"1", b"1", b"2", b"3")])
def test_where_messages_repeat_one_another_none_is_dropped(before: tuple[bytes, ...]):
    broker, got = handing_over(subscription_ids=False, copies=False, before=before)
    for _ in range(2):
        broker.publish("a/b", b"7", 0)
    broker.run_dry()
    assert got == [*map(int, before), 7, 7]


def test_a_refused_filter_does_not_show_that_the_broker_sends_one_copy():
    broker = SimulatedBroker(subscription_ids=False, copies=True, refuses=frozenset({"a/+"}))
    client, receive_with = broker.connect()
    got: list[int] = []
    receive_with(lambda message: got.append(int(message.payload)))
    client.want(["a/b", "c"], 1)
    broker.run_dry()
    client.want(["a/+", "c/#"], 1)
    for payload in (b"1", b"2", b"3"):
        assert broker.handle_one() or broker.deliver_one()
        broker.publish("a/b", payload, 0)
    broker.run_dry()
    client.want(["#"], 1)
    assert broker.handle_one()
    assert broker.deliver_one()
    broker.publish("a/b", b"4", 0)
    broker.run_dry()
    assert got == [1, 2, 3, 4]


def test_what_an_earlier_handover_left_does_not_show_that_the_broker_sends_one_copy():
    """The next handover begins while copies of the one before may still queue."""
    broker = SimulatedBroker(subscription_ids=False, copies=True)
    client, receive_with = broker.connect()
    got: list[int] = []
    receive_with(lambda message: got.append(int(message.payload)))
    client.want(["a/+"], 1)
    broker.run_dry()
    client.want(["a/#"], 1)
    for _ in range(3):  # SUBSCRIBE, the question, UNSUBSCRIBE of 'a/+'
        assert broker.handle_one()
        assert broker.deliver_one()
    client.want(["a/b"], 1)
    client.drop(["a/#", "a/+"])
    for _ in range(3):  # whether copies queue, SUBSCRIBE, the question
        assert broker.handle_one()
        assert broker.deliver_one()
    assert set(broker.held) == {"a/#", "a/b"}
    for topic, payload in [("a/c", b"1"), ("a/c", b"2"), ("a/b", b"3"), ("a/b", b"4")]:
        broker.publish(topic, payload, 0)
    broker.run_dry()
    assert got == [1, 2, 3, 4]


def test_what_a_broker_sends_is_found_out_anew_for_each_connection():
    """The next one may lead to a broker of another kind."""
    broker, got = handing_over(subscription_ids=False, copies=False)
    for payload in (b"1", b"2"):
        broker.publish("a/b", payload, 0)
    broker.run_dry()
    broker.cut()
    broker.copies = True
    broker.reconnect(session_present=False)
    broker.run_dry()
    broker.client.want(["#"], 1)
    assert broker.handle_one()
    assert broker.deliver_one()
    for payload in (b"3", b"4"):
        broker.publish("a/b", payload, 0)
    broker.run_dry()
    assert got == [1, 2, 3, 4]


def test_identical_messages_after_the_handover_are_all_handed_on():
    """Without identifiers, too: as soon as the questions are answered, nothing is compared any more."""
    broker, got = handing_over(subscription_ids=False)
    broker.run_dry()
    for _ in range(5):
        broker.publish("a/b", b"7", 1)
    broker.run_dry()
    assert got == [7] * 5


@pytest.mark.parametrize("number", [0, 4])
def test_with_identifiers_identical_messages_in_the_overlap_are_all_handed_on(number: int):
    broker, got = handing_over(subscription_ids=True)
    for _ in range(number):
        broker.publish("a/b", b"7", 0)
    assert broker.handle_one()  # UNSUBSCRIBE
    broker.publish("a/b", b"7", 0)
    broker.run_dry()
    assert got == [7] * (number + 1)


def test_with_identifiers_what_came_before_an_overlap_has_no_twin_in_it():
    """Even while copies of the handover before may still queue, and whichever copy the broker sends first."""
    broker, got = handing_over(subscription_ids=True)
    broker.newest_first = True
    assert broker.handle_one()  # UNSUBSCRIBE
    assert broker.deliver_one()  # UNSUBACK: the first question is asked
    broker.client.want(["#"], 1)
    broker.publish("a/b", b"7", 0)
    for _ in range(2):  # the question and SUBSCRIBE
        assert broker.handle_one()
    broker.publish("a/b", b"7", 0)
    for _ in range(3):  # the message, the answer and SUBACK
        assert broker.deliver_one()
    assert broker.handle_one()  # UNSUBSCRIBE
    for _ in range(3):  # both copies and UNSUBACK
        assert broker.deliver_one()
    broker.client.drop(["#"])
    broker.publish("a/b", b"7", 0)
    broker.run_dry()
    assert got == [7, 7, 7]


def connected(**settings: object) -> SimulatedBroker:
    broker = SimulatedBroker(subscription_ids=True, copies=True, **settings)  # type: ignore[arg-type]  # keywords
    broker.connect()
    return broker


def test_the_broker_is_asked_for_the_covering_set_only():
    broker = connected()
    broker.client.want(["a/b", "a/#", "c"], 1)
    broker.run_dry()
    broker.client.want(["#"], 1)
    broker.client.drop(["c"])
    broker.run_dry()
    broker.client.drop(["#"])
    broker.run_dry()
    asked = [line for line in broker.log if MARKER not in line]
    assert asked == [
        "subscribe a/# c at 1",
        "subscribe # at 1",
        "unsubscribe a/# c",
        "subscribe a/# at 1",
        "unsubscribe #",
    ]


def test_changes_while_one_is_in_flight_become_one():
    broker = connected()
    for number in range(50):
        broker.client.want([f"a/{number}"], 1)
    broker.run_dry()
    assert [line.split(" ")[0] for line in broker.log] == ["subscribe", "subscribe"]
    assert len(broker.held) == 50


def test_filters_are_counted():
    broker = connected()
    broker.client.want(["a"], 1)
    broker.client.want(["a"], 1)
    broker.client.drop(["a", "never wanted"])
    broker.run_dry()
    assert set(broker.held) == {"a"}
    broker.client.drop(["a"])
    broker.run_dry()
    assert broker.held == {}


def test_a_higher_qos_is_asked_for_in_place_before_the_filters_change():
    broker = connected()
    broker.client.want(["a/b"], 0)
    broker.run_dry()
    broker.client.want(["a/#"], 2)
    broker.run_dry()
    asked = [line for line in broker.log if MARKER not in line]
    assert asked == ["subscribe a/b at 0", "subscribe a/b at 2", "subscribe a/# at 2", "unsubscribe a/b"]


def test_it_is_confirmed_only_when_the_broker_has_answered():
    broker = connected()
    assert broker.client.await_confirmed(0)
    broker.client.want(["a"], 1)
    assert not broker.client.await_confirmed(0)
    broker.handle_one()
    assert not broker.client.await_confirmed(0)
    broker.deliver_one()
    assert broker.client.await_confirmed(0)


def test_a_refused_filter_does_not_take_the_others_along():
    """A page asks for everything, which the broker forbids: the recording goes on."""
    broker = connected(refuses=frozenset({"#"}))
    broker.client.want(["a/b"], 1)
    broker.run_dry()
    broker.client.want(["#"], 1)
    broker.run_dry()
    assert set(broker.held) == {"a/b"}
    assert broker.client.standing().refused == ("#",)
    assert not broker.client.await_confirmed(10)  # at once: no patience is needed
    broker.client.want(["c"], 1)
    broker.run_dry()
    assert set(broker.held) == {"a/b", "c"}
    broker.client.drop(["#"])
    broker.run_dry()
    assert set(broker.held) == {"a/b", "c"}


def test_a_refused_filter_is_no_obstacle_once_nobody_wants_it():
    broker = connected(refuses=frozenset({"#"}))
    broker.client.want(["a/b", "#"], 1)
    broker.run_dry()
    broker.client.drop(["#"])
    broker.run_dry()
    assert set(broker.held) == {"a/b"}
    assert broker.client.await_confirmed(0)


def test_a_higher_qos_that_is_refused_is_asked_for_once_and_said_to_be_refused():
    """What was subscribed before stays known: it is given up when nobody wants it any more."""
    broker = connected()
    broker.client.want(["a", "b"], 0)
    broker.run_dry()
    broker.refuses = frozenset({"a"})
    broker.client.want(["b"], 2)
    broker.run_dry()
    assert broker.log == ["subscribe a b at 0", "subscribe a b at 2"]
    assert broker.client.standing().refused == ("a",)
    assert not broker.client.await_confirmed(0)
    broker.client.drop(["a"])
    broker.run_dry()
    assert set(broker.held) == {"b"}
    assert broker.client.await_confirmed(0)


def test_who_wants_a_refused_filter_again_makes_the_broker_be_asked_again():
    broker = connected(refuses=frozenset({"a"}))
    broker.client.want(["a", "b"], 1)
    broker.run_dry()
    assert broker.client.standing().refused == ("a",)
    broker.refuses = frozenset()
    broker.client.want(["a"], 1)
    assert broker.client.standing().refused == ()
    broker.run_dry()
    assert broker.log == ["subscribe a b at 1", "subscribe a at 1"]
    assert broker.client.await_confirmed(0)


def test_what_lies_within_a_refused_filter_is_not_refused_before_it_was_asked_for_by_itself():
    broker = connected(refuses=frozenset({"#"}))
    broker.client.want(["a/b", "#"], 1)
    assert broker.handle_one()
    assert broker.deliver_one()
    assert broker.client.standing().refused == ("#",)
    assert not broker.client.is_settled()
    broker.run_dry()
    assert broker.client.standing().refused == ("#",)
    assert broker.client.is_settled()
    broker.client.detach()
    assert broker.client.standing().refused == ()
    assert not broker.client.is_settled()


def test_a_new_connection_gets_everything_again():
    broker = connected()
    broker.client.want(["a/#", "b"], 1)
    broker.run_dry()
    client = broker.client
    client.detach()
    assert not client.await_confirmed(0)
    client.want(["c"], 1)
    fresh = SimulatedBroker(subscription_ids=False, copies=False)
    fresh.client = client
    client.attach(fresh)
    fresh.run_dry()
    assert set(fresh.held) == {"a/#", "b", "c"}
    assert client.await_confirmed(0)


@pytest.mark.parametrize("bad", ["", "a/#/b", "a+", "$share/g/a"])
def test_an_invalid_filter_is_refused_before_anything_is_counted(bad: str):
    broker = connected()
    with pytest.raises(UsageError, match="topic filter cannot be used"):
        broker.client.want(["good", bad], 1)
    broker.run_dry()
    assert broker.log == []


def test_an_invalid_qos_is_refused():
    with pytest.raises(UsageError, match="QoS 3 does not exist"):
        connected().client.want(["a"], 3)


def resumed(held: tuple[str, ...], wanted: str, **settings: object) -> SimulatedBroker:
    """A broker that has kept `held` of an earlier run, and a client that was told of this and of 'perhaps'."""
    broker = connected(**settings)
    broker.held.update(dict.fromkeys(held, 1))
    broker.cut()
    broker.client.resume((*held, "perhaps"))
    broker.client.want([wanted], 1)
    broker.reconnect()
    broker.run_dry()
    return broker


def test_what_an_earlier_run_has_perhaps_subscribed_is_made_certain():
    """What is wanted of it is subscribed in any case, the rest is given up."""
    broker = resumed(("a/#", "b"), "a/#")
    assert set(broker.held) == {"a/#"}
    assert broker.client.standing().held == ("a/#",)
    assert broker.client.await_confirmed(0)
    assert [line for line in broker.log if MARKER not in line] == ["subscribe a/# at 1", "unsubscribe b perhaps"]


def test_what_an_earlier_run_had_and_the_broker_now_refuses_is_asked_for_once():
    broker = resumed(("a/#",), "a/#", refuses=frozenset({"a/#"}))
    assert broker.client.standing().refused == ("a/#",)
    assert broker.log.count("subscribe a/# at 1") == 1


def test_where_the_broker_has_kept_nothing_of_an_earlier_run_everything_is_subscribed():
    broker = connected()
    broker.cut()
    broker.client.resume(("a",))
    broker.client.want(["a"], 1)
    broker.reconnect(session_present=False)
    broker.run_dry()
    assert set(broker.held) == {"a"}
    assert broker.client.await_confirmed(0)


@pytest.mark.parametrize("protocol", [Protocol.V311, Protocol.BRIDGE])
def test_what_the_broker_has_kept_is_not_subscribed_again_where_that_brings_what_it_has_stored(protocol: Protocol):
    broker = connected()
    broker.protocol = protocol
    broker.client.want(["a/#", "b"], 1)
    broker.run_dry()
    before = list(broker.log)
    broker.cut()
    assert broker.client.standing().held == ("a/#", "b")
    assert not broker.client.await_confirmed(0)
    broker.reconnect()
    assert broker.client.await_confirmed(0)
    assert broker.client.is_settled()
    broker.run_dry()
    assert broker.log == before


def test_what_the_broker_has_kept_is_subscribed_again_with_mqtt_5_and_only_then_confirmed():
    """It may be the state of its last save, in which something is missing."""
    broker = connected()
    broker.client.want(["a/#", "b"], 1)
    broker.run_dry()
    broker.cut()
    broker.held.pop("b")
    broker.reconnect()
    assert broker.client.standing().held == ("a/#", "b")
    assert not broker.client.await_confirmed(0)
    assert not broker.client.is_settled()
    broker.run_dry()
    assert broker.log == ["subscribe a/# b at 1"] * 2
    assert broker.client.await_confirmed(0)
    assert set(broker.held) == {"a/#", "b"}


def test_what_was_to_be_subscribed_again_when_the_connection_broke_is_so_on_the_next_one():
    """Whatever that speaks."""
    broker = connected()
    broker.client.want(["a/#"], 1)
    broker.run_dry()
    broker.cut()
    broker.held.clear()
    broker.reconnect()
    broker.cut()
    broker.protocol = Protocol.V311
    broker.reconnect()
    assert not broker.client.await_confirmed(0)
    broker.run_dry()
    assert set(broker.held) == {"a/#"}
    assert broker.client.await_confirmed(0)


def test_what_is_refused_when_it_is_subscribed_again_is_not_held_any_more():
    broker = connected()
    broker.client.want(["a/#", "b"], 1)
    broker.run_dry()
    broker.cut()
    broker.refuses = frozenset({"b"})
    broker.reconnect()
    broker.run_dry()
    assert broker.client.standing().refused == ("b",)
    assert broker.client.standing().held == ("a/#",)


def test_where_the_state_is_doubtful_the_flags_stay_those_of_the_publishers():
    """In bridge mode what the broker has held back comes before SUBACK: it is not taken for what it has stored."""
    broker = connected()
    broker.protocol = Protocol.BRIDGE
    broker.client.want(["a/#"], 1)
    broker.run_dry()
    broker.cut()
    broker.reconnect(doubtful=True)
    assert broker.client.as_published("a/b")
    broker.run_dry()
    assert broker.log == ["subscribe a/# at 1"] * 2


def test_what_was_being_asked_when_the_connection_broke_is_asked_again():
    broker = connected()
    broker.client.want(["a/b"], 1)
    broker.run_dry()
    broker.client.want(["a/#"], 1)
    broker.cut()
    broker.reconnect()
    broker.client.drop(["a/#"])
    assert broker.client.standing().held == ("a/#", "a/b")
    broker.run_dry()
    asked = [line for line in broker.log if MARKER not in line]
    assert asked[1:4] == ["subscribe a/# at 1", "subscribe a/# at 1", "unsubscribe a/b"]
    assert set(broker.held) == {"a/b"}


def test_filters_of_an_older_protocol_are_subscribed_again_with_mqtt_5():
    """For then messages bear their flags. With the older one nothing is asked again."""
    broker = connected()
    broker.protocol = Protocol.V311
    broker.client.want(["a"], 1)
    broker.run_dry()
    broker.cut()
    broker.protocol = Protocol.V5
    broker.reconnect()
    broker.run_dry()
    assert broker.log == ["subscribe a at 1", "subscribe a at 1"]
    assert broker.client.as_published("a")
    broker.cut()
    broker.protocol = Protocol.V311
    broker.reconnect()
    broker.run_dry()
    assert len(broker.log) == 2
    assert broker.client.as_published("a")
    assert not broker.client.as_published("b")


def test_what_is_given_up_and_wanted_again_at_once_is_confirmed_only_when_the_broker_has_it_again():
    numbered = (True, True)
    broker = SimulatedBroker(*numbered)
    client, receive_with = broker.connect()
    got: list[Message] = []
    receive_with(got.append)
    client.want(["a/b"], 1)
    broker.run_dry()
    assert client.await_confirmed(0)
    client.drop(["a/b"])
    client.want(["a/b"], 1)
    assert not client.await_confirmed(0)
    broker.run_dry()
    assert client.await_confirmed(0)
    broker.publish("a/b", b"1", 1)
    broker.run_dry()
    assert [message.payload for message in got] == [b"1"]
