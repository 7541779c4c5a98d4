"""Buffers keep the newest messages, within bounds."""

from __future__ import annotations

from core.message import Message
from mqtt.buffers import Buffer


def message(payload: bytes, topic: str = "a/b") -> Message:
    return Message(topic, payload, 1, 0, 0)


def test_the_oldest_messages_go_when_there_are_too_many():
    buffer = Buffer("#", max_messages=3)
    for number in range(5):
        buffer.extend([message(b"%d" % number)])
    assert [one.payload for one in buffer.snapshot()] == [b"2", b"3", b"4"]
    buffer.extend([message(b"%d" % number) for number in range(9)])
    assert [one.payload for one in buffer.snapshot()] == [b"6", b"7", b"8"]


def test_the_oldest_messages_go_when_they_are_too_large():
    buffer = Buffer("#", max_bytes=10)
    for size in (4, 5, 3, 2):
        buffer.extend([message(b"x" * size)])
    assert [len(one.payload) for one in buffer.snapshot()] == [5, 3, 2]


def test_the_newest_message_stays_however_large():
    buffer = Buffer("#", max_bytes=10)
    buffer.extend([message(b"x"), message(b"y" * 100)])
    assert [len(one.payload) for one in buffer.snapshot()] == [100]


def test_a_buffer_takes_what_its_filter_matches():
    assert Buffer("a/+").takes("a/b")
    assert not Buffer("a/+").takes("a/b/c")
