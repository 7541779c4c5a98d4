"""Who else publishes on the replayed topics."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.message import LIVE, Message, Properties
from core.topics import matches, overlap
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from replay.foreign import MAX_FILTERS, ForeignTopic, ForeignWatch, watch_filters
from replay.pipeline import RUN_PROPERTY
from tests import builders
from tests.fakes import FakePublisher, FakeSource, eventually

RUN = "run-1"
OURS = Properties(user_properties=((RUN_PROPERTY, RUN),))


def ours(topic: str = "a", payload: bytes = b"x") -> Message:
    return Message(topic, payload, 1, LIVE, 0, OURS)


@given(st.lists(builders.topics, max_size=8), st.integers(0, 2))
@settings(max_examples=30)
def test_filters_match_all_topics_and_do_not_overlap(topics: list[str], many: int):
    """However many topics there are."""
    topics += [f"{'$' * (number % 2)}{number % (1 + 200 * (many > 1))}/{number}" for number in range(100 * many)]
    filters = watch_filters(topics)
    assert len(filters) <= max(MAX_FILTERS, sum(topic.startswith("$") for topic in topics) + 1)
    assert all(any(matches(one, topic) for one in filters) for topic in topics)
    assert not any(overlap(one, other) for one in filters for other in filters if one < other)


def test_few_topics_are_named_and_many_are_not():
    assert watch_filters(["b", "a/b", "b"]) == ("a/b", "b")
    assert watch_filters([f"fts/{number}" for number in range(200)]) == ("fts/#",)
    assert watch_filters([f"{number}/x" for number in range(200)]) == ("#",)
    assert watch_filters([f"$x/{number}" for number in range(200)]) == ("$x/#",)
    assert watch_filters([]) == ()


def test_messages_with_the_runs_mark_are_ours_and_all_others_are_not():
    source = FakeSource(ManualClock())
    watch = ForeignWatch(source, RUN, ["a", "b"])
    watch.start()
    others = [message._replace(properties=None) for message in (ours("b"), ours("a"), ours("b"))]
    source.emit(ours("a"), *others, ours("a")._replace(properties=Properties(user_properties=((RUN_PROPERTY, "2"),))))
    source.emit(ours("b"), ours("a"))
    assert watch.foreign() == (ForeignTopic("b", 2), ForeignTopic("a", 2))
    watch.stop()
    watch.stop()
    source.emit(*others)
    assert sum(one.messages for one in watch.foreign()) == 4
    assert source.subscriptions == {}


def test_within_a_filter_only_topics_that_were_published_to_count():
    source = FakeSource(ManualClock())
    watch = ForeignWatch(source, RUN, ["#"])
    watch.start()
    watch.about_to_publish([ours("a")], [None])
    source.send("a")
    source.send("other")
    assert watch.foreign() == (ForeignTopic("a", 1),)


def test_without_topics_nothing_is_listened_to():
    source = FakeSource(ManualClock())
    watch = ForeignWatch(source, RUN, [])
    watch.start()
    watch.stop()
    assert (watch.foreign(), source.subscriptions) == ((), {})


def without_properties(source: FakeSource) -> FakeSource:
    source.disconnect()
    source.connect(protocol=Protocol.V311)
    return source


def test_without_properties_what_was_published_explains_what_comes():
    """As often as it was published; with whatever QoS and retain flag the watch gets it."""
    source = without_properties(FakeSource(ManualClock()))
    watch = ForeignWatch(source, RUN, ["a"])
    watch.start()
    watch.about_to_publish([ours(), ours()], [None, None])
    for _ in range(3):
        source.send("a", b"x", qos=0)
    source.send("a", b"y", qos=0)
    assert watch.foreign() == (ForeignTopic("a", 2),)


def test_without_properties_a_cut_of_the_publisher_explains_that_messages_come_twice():
    source, publisher = without_properties(FakeSource(ManualClock())), FakePublisher(ManualClock())
    watch = ForeignWatch(source, RUN, ["a"], publisher)
    watch.start()
    watch.about_to_publish([ours()], [None])
    source.send("a", b"x")
    publisher.disconnect()
    publisher.connect(protocol=Protocol.V311)
    source.send("a", b"x")
    source.send("a", b"y")
    assert watch.foreign() == (ForeignTopic("a", 1),)


@pytest.mark.parametrize("apart", [False, True], ids=["same client", "another client"])
def test_a_real_broker_shows_who_else_publishes(
    client_factory: Callable[..., SharedClient], topic: str, protocol: Protocol, apart: bool
) -> None:
    """Also on the publisher's own connection, with both versions of MQTT."""
    publisher, other = client_factory(protocol=protocol), client_factory()
    source = client_factory(protocol=protocol) if apart else publisher
    watch = ForeignWatch(source, RUN, [topic], publisher)
    watch.start()
    assert source.await_subscribed(30)
    messages = [ours(topic, b"%d" % number) for number in range(50)]
    watch.about_to_publish(messages, [None] * 50)
    assert publisher.publish_batch(messages).wait(30)
    assert other.publish_batch([Message(topic, b"else", qos, LIVE, 0) for qos in (0, 1, 2)]).wait(30)
    eventually(lambda: watch.foreign() == (ForeignTopic(topic, 3),), "the three others", 30)
    watch.stop()
