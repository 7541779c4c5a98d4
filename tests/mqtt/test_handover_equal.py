"""Messages of the same bytes that queue at the broker while the filters change: each is handed on once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from core.message import Message
from core.topics import matches
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from tests.brokers import PrivateBroker
from tests.mqtt.keeping import Keeping
from tests.mqtt.test_handover import FILTERS, PATIENCE, TOPICS

steps = st.lists(
    st.one_of(
        st.tuples(st.just("page"), st.sampled_from(FILTERS)),
        st.tuples(st.just("publish"), st.integers(1, 8)),
        st.tuples(st.just("settle"), st.just(0)),
    ),
    min_size=3,
    max_size=14,
)
"""What happens: a page adds a filter or drops it; so many messages on each topic; all that has come is settled."""


def test_equal_messages_that_queue_over_handovers_come_once_each(
    private_broker: Callable[..., PrivateBroker], client_factory: Callable[..., SharedClient]
) -> None:
    """The broker sends two messages at most before they are acknowledged, and is kept waiting for that."""
    broker = private_broker(extra="max_inflight_messages 2\nmax_queued_messages 100000")
    environment = Environment("replay", broker.url, may_publish=True)
    publisher, receiver = client_factory(environment), client_factory(environment, protocol=Protocol.V5)
    runs = count()

    @settings(max_examples=60)
    @given(own=st.sampled_from(FILTERS), happened=steps, qos=st.sampled_from([0, 1, 2]))
    def holds(own: str, happened: list[tuple[str, str | int]], qos: int) -> None:
        prefix, keeper = f"run/{next(runs)}", Keeping(settles=False)
        undo = receiver.subscribe_keeper([f"{prefix}/{own}"], keeper, qos=2)
        assert receiver.await_subscribed(PATIENCE)
        mine = [topic for topic in TOPICS if matches(own, topic)]
        pages, published = set[str](), 0
        for what, value in [("publish", 1), *happened, ("publish", 1)]:
            if what == "page":
                change = receiver.unsubscribe if value in pages else receiver.subscribe
                pages ^= {str(value)}
                change(f"{prefix}/{value}")
            elif what == "publish":
                batch = [Message(f"{prefix}/{topic}", b"7", qos, 0, 0) for topic in TOPICS for _ in range(int(value))]
                assert publisher.publish_batch(batch).wait(PATIENCE)
                published += int(value)
            else:
                for arrival in tuple(keeper.arrivals):
                    arrival.settle()
        ends = [Message(f"{prefix}/{topic}", b"end", qos, 0, 0) for topic in mine]
        assert publisher.publish_batch(ends).wait(PATIENCE)
        keeper.settle()
        keeper.await_that(lambda one: one.payloads.count(b"end") >= len(mine))
        receiver.unsubscribe_many([f"{prefix}/{page}" for page in pages])
        undo()
        came = [(message.topic.removeprefix(f"{prefix}/"), message.payload) for message in keeper.messages]
        assert {topic: came.count((topic, b"7")) for topic in mine} == dict.fromkeys(mine, published)
        assert len(came) == len(mine) * (published + 1)

    holds()
