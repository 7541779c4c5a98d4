"""The dashboard's feed: newest messages by topic, within bounds, whatever arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory_view import feed as feeds
from factory_view.feed import Broker, Feed
from tests.examples.feeds import START, say

TOPICS = st.sampled_from(["a", "b", "c", "d/e"])
MESSAGES = st.lists(st.tuples(TOPICS, st.binary(max_size=30)), max_size=60)


@given(MESSAGES)
def test_each_topic_has_its_newest_messages_in_order(messages: list[tuple[str, bytes]]) -> None:
    """Compared with all messages since the topic was last deleted by an empty one."""
    feed = Feed(Broker())
    expected: dict[str, list[bytes]] = {}
    for topic, payload in messages:
        feed.take(topic, payload, START, stored=False)
        expected[topic] = [*expected.get(topic, []), payload] if payload else []
    kept = {topic: [one.payload for one in arrivals] for topic, arrivals in feed.snapshot().topics.items()}
    assert kept == {topic: found[-feeds.PER_TOPIC :] for topic, found in expected.items() if found}
    assert [one.payload for one in feed.snapshot().newest] == [payload for _, payload in messages][::-1]


def test_memory_is_bounded_in_topics_messages_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The topic that has been silent for longest goes first."""
    monkeypatch.setattr(feeds, "TOPICS", 3)
    monkeypatch.setattr(feeds, "LARGEST", 5)
    feed = Feed(Broker())
    for topic in ("a", "b", "c", "a", "d"):
        feed.take(topic, b"1234567890", START, stored=False)
    assert list(feed.snapshot().topics) == ["c", "a", "d"]
    assert feed.snapshot().topics["d"][0].payload == b"12345"
    for _ in range(2 * feeds.NEWEST):
        feed.take("a", b"x", START, stored=False)
    assert len(feed.snapshot().newest) == feeds.NEWEST


def test_the_broker_is_the_one_on_this_machine_unless_variables_say_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MQTT_HOST", "MQTT_PORT", "MQTT_USER", "MQTT_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    assert Broker.from_environment() == Broker("localhost", 1883)
    monkeypatch.setenv("MQTT_HOST", "broker.local")
    monkeypatch.setenv("MQTT_PORT", "1884")
    assert Broker.from_environment().address == "broker.local:1884"


def test_after_an_interruption_only_what_is_told_again_is_known() -> None:
    """What the broker has in store comes again; of the rest nobody knows whether it still holds."""
    feed = Feed(Broker())
    say(feed, "stored", 1)
    say(feed, "not/stored", 2)
    feed._connected, feed._outdated, feed._outdated_from = True, 2, 0.0
    say(feed, "stored", 1, stored=True)
    assert list(feed.snapshot().topics) == ["stored"]


def test_before_the_broker_has_told_everything_nothing_is_forgotten() -> None:
    """The page must not flicker because of a short interruption."""
    feed = Feed(Broker())
    say(feed, "not/stored", 2)
    feed._connected, feed._outdated, feed._outdated_from = True, 1, float("inf")
    assert list(feed.snapshot().topics) == ["not/stored"]
