"""What keepers get when connections break, against a simulated broker that keeps what it could not deliver."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from core.message import Message
from core.ports import Arrival
from core.topics import matches
from tests.mqtt.simulated_broker import SimulatedBroker

FILTERS = ("#", "a/#", "a/b", "+/b", "a/+", "b/#", "a/b/#")
TOPICS = ("a/b", "a/c", "b/b", "a/b/c")

events = st.lists(
    st.one_of(
        st.tuples(st.just("page"), st.sampled_from(FILTERS)),
        st.tuples(st.just("publish"), st.sampled_from(TOPICS)),
        st.tuples(st.just("burst"), st.sampled_from(TOPICS)),
        st.tuples(st.just("broker"), st.integers(1, 12)),
        st.tuples(st.just("client"), st.integers(1, 12)),
        st.tuples(st.just("settle"), st.integers(1, 12)),
        st.tuples(st.just("cut"), st.just(0)),
        st.tuples(st.just("back"), st.just(0)),
    ),
    max_size=60,
)
kinds = st.sampled_from([(True, True), (True, False), (False, False), (False, True)])
"""With identifiers or without, a copy for each subscription or one for all."""


class Recorder:
    """Keeps messages, settles when told to, and recognises what comes again by its packet identifier."""

    def __init__(self, own: str) -> None:
        self.own = own
        self.numbers: dict[str, list[int]] = defaultdict(list)
        self.kept: dict[int, tuple[str, bytes]] = {}
        self.unsettled: deque[Arrival] = deque()
        self.sessions: set[int] = set()

    def __call__(self, arrival: Arrival) -> None:
        self.sessions.add(arrival.broker_session)
        for place, message in enumerate(arrival.messages):
            packet_id, content = arrival.packet_ids[place], (message.topic, message.payload)
            assert matches(self.own, message.topic)
            if place in arrival.redelivered and self.kept.get(packet_id) == content:
                continue
            self.kept[packet_id] = content
            self.numbers[message.topic].append(int(message.payload))
        self.unsettled.append(arrival)

    def settle(self, count: int) -> None:
        for _ in range(min(count, len(self.unsettled))):
            self.unsettled.popleft().settle()


class Played:
    """A broker, a client with a recorder and a listener, and what happens to them."""

    def __init__(self, kind: tuple[bool, bool], own: str, *, kept: bool = True, doubtful: bool = False) -> None:
        self.broker = SimulatedBroker(*kind)
        self.client, _ = self.broker.connect()
        self.recorder = Recorder(own)
        self.broker.fanout.add_keeper([own], self.recorder)
        self.heard: dict[str, list[int]] = defaultdict(list)
        self.broker.fanout.add([own], self.listen)
        self.client.want([own], 1)
        self.broker.run_dry()
        self.sent: Counter[str] = Counter()
        self.pages: set[str] = set()
        self.kept, self.doubtful = kept, doubtful

    def listen(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.heard[message.topic].append(int(message.payload))

    def happen(self, what: str, value: str | int) -> None:
        broker = self.broker
        if what == "page" and value in self.pages:
            self.pages.remove(str(value))
            self.client.drop([str(value)])
        elif what == "page":
            self.pages.add(str(value))
            self.client.want([str(value)], 1)
        elif what in ("publish", "burst"):
            for _ in range(1 if what == "publish" else 15):
                broker.publish(str(value), b"%d" % self.sent[str(value)], 1)
                self.sent[str(value)] += 1
        elif what == "settle":
            self.recorder.settle(int(value))
        elif what == "cut" and broker.connected:
            broker.cut()
        elif what == "back" and not broker.connected:
            broker.reconnect(session_present=self.kept, doubtful=self.doubtful)
        elif what in ("broker", "client") and broker.connected:
            for _ in range(int(value)):
                broker.handle_one() if what == "broker" else broker.deliver_one()

    def end(self) -> None:
        """All that was begun comes to its end."""
        self.happen("back", 0)
        for _ in range(1_000):
            self.broker.run_dry()
            if not self.recorder.unsettled:
                return
            self.recorder.settle(100)
        raise AssertionError("it never ends")

    def expected(self) -> dict[str, list[int]]:
        return {topic: list(range(count)) for topic, count in self.sent.items() if matches(self.recorder.own, topic)}


@settings(max_examples=3 * settings().max_examples)
@given(kind=kinds, own=st.sampled_from(FILTERS), happened=events, doubtful=st.booleans())
def test_every_message_is_kept_once_and_in_order_over_whatever_cuts(
    kind: tuple[bool, bool], own: str, happened: list[tuple[str, str | int]], doubtful: bool
):
    """Whatever pages do, and wherever the connection breaks: in a handover, too, and before anything is settled.

    Also when the client doubts each time what the broker says of its session state.
    """
    played = Played(kind, own, doubtful=doubtful)
    for what, value in happened:
        played.happen(what, value)
    played.end()
    assert played.recorder.numbers == played.expected()
    assert played.recorder.sessions <= {1}
    assert played.heard == played.expected(), "listeners get nothing twice either"
    assert played.broker.overlapping() == []
    assert played.broker.most_matching <= 2
    assert set(played.client.standing().held) == set(played.broker.held)
    assert played.client.await_confirmed(0)


@given(kind=kinds, own=st.sampled_from(FILTERS), happened=events, doubtful=st.booleans())
def test_a_broker_that_keeps_nothing_sends_nothing_twice_and_is_asked_for_all(
    kind: tuple[bool, bool], own: str, happened: list[tuple[str, str | int]], doubtful: bool
):
    """Also where it says that it has kept something: a state that an attempt to connect has begun."""
    played = Played(kind, own, kept=False, doubtful=doubtful)
    for what, value in happened:
        played.happen(what, value)
    played.end()
    for topic, numbers in played.recorder.numbers.items():
        assert numbers == sorted(set(numbers)), topic
    assert set(played.client.standing().held) == set(played.broker.held)
    assert played.client.await_confirmed(0)
    before = Counter(played.sent)
    for topic in TOPICS:
        played.happen("publish", topic)
    played.end()
    assert all(played.recorder.numbers[topic][-1] == before[topic] for topic in TOPICS if matches(own, topic))
