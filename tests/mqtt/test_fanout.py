"""Each message goes once to everybody who wants it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

import pytest

from core.message import Message
from mqtt.fanout import MAX_TOPICS, Arrived, FanOut


def message(topic: str) -> Message:
    return Message(topic, b"", 1, 0, 0)


def deliver(fanout: FanOut, *topics: str) -> None:
    fanout.deliver(
        Arrived([message(topic) for topic in topics], [0] * len(topics)), 1, lambda keepers: [lambda: None] * keepers
    )


class Collected:
    """A listener that keeps what it gets."""

    def __init__(self) -> None:
        self.topics: list[str] = []

    def __call__(self, messages: Sequence[Message]) -> None:
        self.topics += [one.topic for one in messages]


def test_a_listener_with_overlapping_filters_gets_a_message_once():
    fanout, listener = FanOut(), Collected()
    fanout.add(["a/#", "+/b", "a/b"], listener)
    deliver(fanout, "a/b")
    deliver(fanout, "c")
    assert listener.topics == ["a/b"]


def test_a_listener_for_everything_gets_only_what_somebody_subscribed_to():
    """The covering set may bring more than anybody asked for."""
    fanout, everything = FanOut(), Collected()
    fanout.add(None, everything)
    fanout.add(["a/+"], Collected())
    fanout.hold_buffers(["+/b"])
    for topic in ("a/x", "y/b", "a/b", "y/x"):
        deliver(fanout, topic)
    assert everything.topics == ["a/x", "y/b", "a/b"]


def test_who_comes_or_goes_is_noticed_at_the_next_message():
    fanout, early, late = FanOut(), Collected(), Collected()
    route = fanout.add(["a"], early)
    deliver(fanout, "a")
    fanout.add(["a"], late)
    deliver(fanout, "a")
    assert fanout.remove(route)
    assert not fanout.remove(route)
    deliver(fanout, "a")
    assert (len(early.topics), len(late.topics)) == (2, 2)


def test_it_is_ready_when_all_listeners_are():
    fanout, first, second = FanOut(), threading.Event(), threading.Event()
    fanout.add(["#"], Collected())
    assert fanout.is_ready()
    route = fanout.add(["a"], Collected(), first)
    fanout.add(["b"], Collected(), second)
    first.set()
    assert not fanout.is_ready()
    second.set()
    assert fanout.is_ready()
    first.clear()
    assert not fanout.is_ready()
    fanout.remove(route)
    assert fanout.is_ready()


def test_a_buffer_lives_as_long_as_somebody_holds_it():
    fanout = FanOut()
    fanout.hold_buffers(["a"])
    fanout.hold_buffers(["a", "b"])
    deliver(fanout, "a")
    assert fanout.release_buffers(["a", "c"]) == ["a"]
    assert len(fanout.buffer("a")) == 1
    assert sorted(fanout.release_buffers(["a", "b"])) == ["a", "b"]
    assert fanout.buffer("a") == []
    assert fanout.release_buffers(["a"]) == []


def test_a_listener_that_fails_is_logged_and_does_not_stop_the_others(caplog: pytest.LogCaptureFixture):
    fanout, after = FanOut(), Collected()

    def broken(_: Sequence[Message]) -> None:
        raise KeyError("oops")

    fanout.add(["#"], broken)
    fanout.add(["#"], after)
    with caplog.at_level(logging.ERROR):
        deliver(fanout, "a/b")
    assert after.topics == ["a/b"]
    assert "A listener failed on a batch that began on 'a/b'" in caplog.text
    assert "KeyError: 'oops'" in caplog.text


def test_many_topics_do_not_fill_the_memory():
    fanout, listener = FanOut(), Collected()
    fanout.add(["#"], listener)
    for number in range(MAX_TOPICS + 10):
        deliver(fanout, f"t/{number}")
    assert len(listener.topics) == MAX_TOPICS + 10
    assert len(fanout._receivers) <= MAX_TOPICS
