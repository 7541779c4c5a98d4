"""Blocks of packets leave in order, at once where they can, and it is known how much of them has left."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from core.message import LIVE, Message
from mqtt.batching import BatchingClient
from mqtt.connect import Protocol, build
from mqtt.environment import Environment
from mqtt.publish_encoding import PublishEncoder
from mqtt.writing import MAX_PACKET_ID, Handed

Connected = tuple[BatchingClient, socket.socket]


@pytest.fixture
def connected() -> Iterator[Connected]:
    """A client whose socket's other end is here."""
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    theirs.settimeout(0)
    client = build(Environment("replay", "mqtt://localhost:1", may_publish=True), Protocol.V311, "", 1.0)
    client._sock = ours
    yield client, theirs
    client._sock = None
    ours.close()
    theirs.close()
    client.close()


def batch(count: int, size: int = 10, qos: int = 1) -> list[Message]:
    return [Message("a", b"%d" % number + bytes(size), qos, LIVE, 0) for number in range(count)]


def come(theirs: socket.socket) -> bytes:
    found = b""
    while True:
        try:
            found += theirs.recv(1 << 20)
        except BlockingIOError:
            return found


def test_a_run_is_written_at_once_by_whoever_publishes_it(connected: Connected):
    client, theirs = connected
    handed = client.publish_run(batch(3))
    assert handed is not None
    assert (handed.is_written(), handed.whole(), handed.packet_id) == (True, 3, 1)
    assert come(theirs) == b"".join(PublishEncoder(with_properties=False).packets(batch(3), 1))


def test_what_the_socket_does_not_take_stays_first_in_line_and_is_counted(connected: Connected):
    """Messages, acknowledgements and one of QoS 2 behind it keep their order."""
    client, theirs = connected
    large = batch(300, 10_000)
    first = client.publish_run(large)
    assert first is not None
    assert not first.is_written()
    assert 0 < first.whole() < 300
    client.acknowledge([7])
    second = client.publish_run(batch(2, qos=0))
    third = client.publish_exactly_once(Message("a", b"two", 2, LIVE, 0))
    assert second is not None
    assert third is not None
    assert (second.whole(), third.whole(), third.packet_id) == (0, 0, 301)
    found = b""
    while client.want_write():
        found += come(theirs)
        client.loop_write()
    found += come(theirs)
    encoder = PublishEncoder(with_properties=False)
    last = b"\x34\x08\0\1a" + (301).to_bytes(2, "big") + b"two"
    puback = b"\x40\2\0\7"
    assert found == b"".join([*encoder.packets(large, 1), puback, *encoder.packets(batch(2, qos=0), 1), last])
    assert [one.whole() for one in (first, second, third)] == [300, 2, 1]


def test_without_a_connection_nothing_is_taken():
    client = build(Environment("replay", "mqtt://localhost:1", may_publish=True), Protocol.V5, "", 1.0)
    assert client.publish_run(batch(1)) is None
    assert client.publish_exactly_once(batch(1, qos=2)[0]) is None


def test_a_run_has_identifiers_in_a_row_also_where_they_begin_anew(connected: Connected):
    client, theirs = connected
    client._last_mid = MAX_PACKET_ID - 2
    numbers = []
    for count in (2, 3, 1):
        handed = client.publish_run(batch(count))
        assert handed is not None
        numbers.append(handed.packet_id)
        come(theirs)
    assert numbers == [MAX_PACKET_ID - 1, 1, 4]
    client._last_mid = MAX_PACKET_ID - 1
    handed = client.publish_run(batch(2))
    assert handed is not None
    assert handed.packet_id == 1, "they do not fit in a row any more"


@pytest.mark.parametrize(("left", "whole"), [(60, 0), (51, 0), (50, 1), (31, 1), (30, 2), (1, 2), (0, 3)])
def test_a_message_has_left_with_its_last_byte(left: int, whole: int):
    assert Handed(1, {"to_process": left}, [10, 20, 30]).whole() == whole
