"""What is read in blocks is what paho reads packet by packet, whatever a broker sends and wherever it is cut."""

from __future__ import annotations

import socket
import struct
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as PahoProperties

from core.message import Message
from mqtt.batching import BLOCK_BYTES, FEW, GATHER_S, HURRIED, BatchingClient, PublishBatch
from mqtt.properties import from_paho, subscription_ids

V5, V311 = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311
ANSWER_TO_NO_ID = b"\x40\x02\x00\x00"
AT_NS = 1_700_000_000_000_000_000


class ScriptedSocket:
    """Brings one chunk after the other, and after the last one the end of the connection."""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        self._chunks = deque(bytearray(chunk) for chunk in chunks)
        self.written: list[bytes] = []

    def recv(self, count: int) -> bytes:
        if not self._chunks:
            return b""
        if not self._chunks[0]:
            self._chunks.popleft()
            raise BlockingIOError
        found = bytes(self._chunks[0][:count])
        del self._chunks[0][:count]
        return found

    def send(self, data: bytes | bytearray) -> int:
        self.written.append(bytes(data))
        return len(data)

    def close(self) -> None: ...

    def fileno(self) -> int:
        return -1


def connected(client: Any, chunks: Sequence[bytes]) -> ScriptedSocket:
    """As if a connection had been made that brings these chunks."""
    client._sock, client._keepalive = ScriptedSocket(chunks), 0
    found: ScriptedSocket = client._sock
    return found


class Seen:
    """What a client tells, in order."""

    def __init__(self, client: paho.Client) -> None:
        self.events: list[tuple[object, ...]] = []
        self.client = client
        client.on_connect = lambda _client, _data, _flags, code, _properties: self.add("connected", code.value)
        client.on_disconnect = lambda _client, _data, flags, code, _properties: self.add("ended", *flags, code.value)
        client.on_subscribe = lambda _client, _data, mid, codes, _properties: self.add("subscribed", mid, str(codes))
        client.on_unsubscribe = lambda _client, _data, mid, codes, _properties: self.add("left", mid, str(codes))

    def add(self, *what: object) -> None:
        self.events.append(what)

    def read(self, chunks: Sequence[bytes]) -> ScriptedSocket:
        """Reads until the connection has ended."""
        client, sock = self.client, connected(self.client, chunks)
        while client._sock is not None:
            code = client.loop_read()
            if client._sock is not None:
                client.loop_write()
        self.add("code", code)
        return sock


def through_paho(protocol: MQTTProtocolVersion, stream: bytes) -> tuple[list[tuple[object, ...]], bytes]:
    """What paho alone tells and answers, with two differences that are meant.

    A message without a topic, or with one that is not UTF-8, is left out. A message of QoS 1 with packet id 0, which
    MQTT does not have, is not acknowledged.
    """
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=protocol, reconnect_on_failure=False)
    seen = Seen(client)

    def on_message(_client: object, _data: object, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        if topic:
            ours = Message(
                topic, bytes(message.payload), message.qos, int(message.retain), AT_NS, from_paho(message.properties)
            )
            packet_id = message.mid if message.qos == 1 else 0
            seen.add("message", ours, packet_id, message.dup, subscription_ids(message.properties))

    client.on_message = on_message
    sock = seen.read([stream])
    return seen.events, b"".join(packet for packet in sock.written if packet != ANSWER_TO_NO_ID)


def batching(protocol: MQTTProtocolVersion, on_batch: Callable[[PublishBatch], None]) -> BatchingClient:
    client = BatchingClient(CallbackAPIVersion.VERSION2, protocol=protocol, reconnect_on_failure=False)
    client.on_batch, client.now_ns = on_batch, lambda: AT_NS
    client.on_socket_register_write = lambda *_: None  # as mqtt.connect does
    return client


def through_batching(protocol: MQTTProtocolVersion, chunks: Sequence[bytes]) -> tuple[list[tuple[object, ...]], bytes]:
    """The same of our client, in the same form."""

    def on_batch(batch: PublishBatch) -> None:
        assert batch.messages
        lists = zip(batch.messages, batch.packet_ids, batch.subscription_ids, strict=True)
        for place, (message, packet_id, ids) in enumerate(lists):
            seen.add("message", message, packet_id, place in batch.duplicates, ids)
            if packet_id:
                client.acknowledge([packet_id])

    client = batching(protocol, on_batch)
    seen = Seen(client)
    sock = seen.read(chunks)
    return seen.events, b"".join(sock.written)


# --- packets


def with_length(head: int, body: bytes, padding: int = 0) -> bytes:
    """`padding`: so many bytes more than needed say how long it is."""
    length, digits = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        more = length > 0 or padding > 0
        digits.append(digit | 128 * more)
        if not more:
            return bytes([head, *digits]) + body
        padding -= length == 0


def packed(**named: Any) -> bytes:
    properties = PahoProperties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho has no types here
    for name, value in named.items():
        setattr(properties, name, value)
    found: bytes = properties.pack()  # type: ignore[no-untyped-call]  # paho has no types here
    return found


topics = st.one_of(
    st.sampled_from(["a", "a/b", "factory/module/state", "Straße/1", "$SYS/x"]).map(str.encode),
    st.text(min_size=1, max_size=200).map(lambda text: text.encode("utf-8", "replace")),
    st.sampled_from([b"", b"\xff\xfe", b"a/+", b"#", b"a\x00b", b"\xed\xa0\x80"]),
)
properties = st.one_of(
    st.just(b"\x00"),
    st.builds(
        packed,
        SubscriptionIdentifier=st.lists(st.integers(1, 300), min_size=1, max_size=3),
        UserProperty=st.lists(st.tuples(st.text("ab", max_size=3), st.text("é", max_size=90)), min_size=1, max_size=2),
    ),
    st.builds(packed, ContentType=st.just("text/plain"), MessageExpiryInterval=st.integers(0, 2**32 - 1)),
    st.builds(packed, ResponseTopic=st.just("r"), CorrelationData=st.binary(max_size=5)),
    st.builds(packed, TopicAlias=st.integers(1, 3), PayloadFormatIndicator=st.integers(0, 1)),
    st.binary(max_size=6).map(lambda raw: bytes([len(raw)]) + raw),
    st.binary(max_size=4),
)
packet_ids = st.integers(0, 3) | st.integers(0, 65_535)


@st.composite
def publishes(draw: st.DrawFn, protocol: MQTTProtocolVersion) -> bytes:
    head = 0x30 | draw(st.sampled_from([0, 0, 2, 2, 4, 6])) | draw(st.sampled_from([0, 1, 8, 9]))
    topic = draw(topics)
    body = struct.pack("!H", len(topic)) + topic
    if head & 6:
        body += struct.pack("!H", draw(packet_ids))
    if protocol == V5:
        body += draw(properties)
    body += draw(st.binary(max_size=8) | st.sampled_from([b"x" * 127, b"y" * 20_000]))
    if draw(st.integers(0, 9)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    return with_length(head, body, draw(st.sampled_from([0, 0, 0, 0, 1, 2])))


others = st.one_of(
    st.sampled_from([b"\xd0\x00", b"\xc0\x00", b"\xe0\x00", b"\x20\x02\x00\x00", b"\x20\x03\x00\x00\x00", b"\xf0\x00"]),
    st.builds(
        lambda head, mid: with_length(head, struct.pack("!H", mid)), st.sampled_from([0x62, 0x62, 0x40]), packet_ids
    ),
    st.builds(
        lambda head, mid, rest: with_length(head, struct.pack("!H", mid) + rest),
        st.sampled_from([0x90, 0xB0, 0x50, 0x62, 0x70, 0xE0]),
        packet_ids,
        st.binary(max_size=4),
    ),
    st.builds(with_length, st.integers(1, 255), st.binary(max_size=6)),
    st.sampled_from([b"\x30\xff\xff\xff\xff\x01", b"\x30\xff\xff\xff\x7f", b"\x30\x80\x80\x80\x80\x00"]),
)


@st.composite
def streams(draw: st.DrawFn) -> tuple[MQTTProtocolVersion, bytes]:
    protocol = draw(st.sampled_from([V5, V311]))
    plain = publishes(protocol)
    return protocol, b"".join(draw(st.lists(st.one_of(plain, plain, plain, others), max_size=12)))


def cut(stream: bytes, places: Sequence[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[begin:end] for begin, end in pairwise(bounds)]


@settings(max_examples=2 * settings().max_examples)
@given(found=streams(), places=st.lists(st.integers(0, 100_000), max_size=12))
@example(found=(V5, with_length(0x32, b"\x00\x01a\x00\x07\x02\x0b\x01payload") * 3), places=list(range(60)))
@example(found=(V5, b"0\x04\x00\x01a\x12"), places=[])
@example(found=(V5, b"@\x03\x00\x00\x01"), places=[])
def test_any_stream_cut_anywhere_gives_what_paho_gives(
    found: tuple[MQTTProtocolVersion, bytes], places: list[int]
) -> None:
    """The same messages, the same answers in the same order, and the same end of the connection."""
    protocol, stream = found
    assert through_batching(protocol, cut(stream, places)) == through_paho(protocol, stream)


# --- reading


def plain(topic: bytes, payload: bytes, packet_id: int) -> bytes:
    """A PUBLISH of QoS 1 for MQTT 3.1.1."""
    return with_length(0x32, struct.pack("!H", len(topic)) + topic + struct.pack("!H", packet_id) + payload)


def reading(chunks: Sequence[bytes]) -> tuple[BatchingClient, list[PublishBatch]]:
    """A client of MQTT 3.1.1 that has this to read."""
    batches: list[PublishBatch] = []
    client = batching(V311, batches.append)
    connected(client, chunks)
    return client, batches


def test_what_comes_in_one_block_is_handed_on_together_and_bears_one_time() -> None:
    client, batches = reading([plain(b"a", b"x", 1) + plain(b"b", b"y", 2) + with_length(0x3A, b"\x00\x01a\x00\x01")])
    times = iter(range(5))
    client.now_ns = lambda: next(times)
    client.loop_read()
    assert [batch.messages for batch in batches] == [
        [Message("a", b"x", 1, 0, 0), Message("b", b"y", 1, 0, 0), Message("a", b"", 1, 0, 0)]
    ]
    assert (batches[0].packet_ids, batches[0].duplicates) == ([1, 2, 1], [2])


def test_messages_before_another_packet_are_handed_on_before_it() -> None:
    stream = plain(b"a", b"x", 1) + b"\x90\x03\x00\x01\x00" + plain(b"a", b"y", 2)
    client, batches = reading([stream])
    before: list[int] = []
    client.on_subscribe = lambda *_: before.append(len(batches))
    client.loop_read()
    assert (before, len(batches)) == ([1], 2)


def test_one_turn_reads_a_bounded_amount() -> None:
    """So that somebody who cannot keep up is asked soon; in whatever pieces it comes."""
    many = plain(b"a", b"x" * 1_000, 1) * 1_000
    client, batches = reading([many])
    client.loop_read()
    assert 0 < sum(len(batch.messages) for batch in batches) <= BLOCK_BYTES // 1_000


class CountingParser:
    """Counts how many bytes are looked at in all."""

    def __init__(self, client: BatchingClient) -> None:
        self.looked_at = 0
        self._take = client._parser.take

    def take(self, data: bytes, at: int, at_ns: int, batch: PublishBatch) -> int:
        self.looked_at += len(data) - at
        return self._take(data, at, at_ns, batch)


def test_a_large_message_is_looked_at_once_however_many_pieces_it_comes_in() -> None:
    payload = bytes(10_000_000)
    packet = plain(b"a", payload, 1)
    client, batches = reading([packet[at : at + 10_000] for at in range(0, len(packet), 10_000)])
    counting = CountingParser(client)
    client._parser = counting  # type: ignore[assignment]  # it counts only
    while not batches:
        client.loop_read()
    assert batches[0].messages[0].payload == payload
    assert counting.looked_at < 2 * len(payload)


def test_every_byte_is_a_sign_of_life() -> None:
    client, _ = reading([plain(b"a", b"x" * 1_000, 1)[:500]])
    client._last_bytes_received = 0.0
    client.loop_read()
    assert client._last_bytes_received > 0


def test_what_is_remembered_of_topics_and_properties_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mqtt.publish_packets.MAX_KNOWN", 10)
    batches: list[PublishBatch] = []
    client = batching(V5, batches.append)
    packets = [
        with_length(0x30, b"\x00\x03%03d" % number + packed(MessageExpiryInterval=number) + b"x" * 9)
        for number in range(100)
    ]
    connected(client, [b"".join(packets)])
    client.loop_read()
    found = [(one.topic, one.properties.message_expiry_interval) for one in batches[0].messages if one.properties]
    assert found == [(f"{number:03d}", number) for number in range(100)]
    assert len(client._parser._topics) <= 10
    assert len(client._parser._properties) <= 10


# --- acknowledging


def test_acknowledgements_from_many_threads_never_mix_on_a_narrow_connection() -> None:
    """Neither with one another nor with what the network thread writes, however little the socket takes at a time."""
    near, far = socket.socketpair()
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    near.settimeout(0)
    client = batching(V311, lambda _: None)
    client._sock = near
    rounds, threads, at_once = 100, 4, 150
    received = bytearray()

    def acknowledge(number: int) -> None:
        for turn in range(rounds):
            first = (number * rounds + turn) * at_once + 1
            client.acknowledge(range(first, first + at_once))

    expected = rounds * threads * at_once
    with ThreadPoolExecutor(threads) as pool:
        jobs = [pool.submit(acknowledge, number) for number in range(threads)]
        while len(received) < 4 * expected:
            client.loop_write()
            received += far.recv(3_000)
        for job in jobs:
            job.result()
    packets = struct.unpack(f"!{expected}I", received)
    assert {packet >> 16 for packet in packets} == {0x4002}
    assert sorted(packet & 0xFFFF for packet in packets) == list(range(1, expected + 1))
    far.close()
    client.close()


def test_acknowledging_after_the_connection_has_ended_does_nothing() -> None:
    client, batches = reading([plain(b"a", b"", 1)])
    while client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS:
        pass
    client.acknowledge(batches[0].packet_ids)
    client.close()


# --- gathering


class Pause:
    """Notes how long somebody wanted to wait."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)


class Clockwork:
    """A monotonic clock that goes on by as much at each look."""

    def __init__(self, step: float) -> None:
        self._step = step
        self._now = 1_000.0

    def monotonic(self) -> float:
        self._now += self._step
        return self._now


def waits(chunks: Sequence[bytes], step: float, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it is waited before each of these blocks, where the clock goes on by `step` seconds a look."""
    client, _ = reading(chunks)
    pause = Pause()
    client._pause = pause  # type: ignore[assignment]  # it does not wait
    client._last_bytes_received = 1_000.0
    with monkeypatch.context() as patch:
        patch.setattr("mqtt.batching.time", Clockwork(step))
        for _ in chunks:
            client.loop_read()
    return pause.waits


def blocks(counts: Iterable[int], size: int = 1) -> list[bytes]:
    """One with so many messages after the other."""
    return [plain(b"a", b"x" * size, 1) * count for count in counts]


HARD = GATHER_S / 10


def test_few_messages_that_come_hard_on_one_another_are_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    found = waits(blocks([1] * HURRIED + [18, 25] * HURRIED), HARD, monkeypatch)
    assert len(found) == 2 * HURRIED
    assert all(0 < wait < GATHER_S for wait in found)


@pytest.mark.parametrize(
    ("counts", "size", "step"),
    [([1] * 50, 1, 2 * GATHER_S), ([1] * 50, 50_000, 2 * GATHER_S), ([FEW] * 50, 1, HARD)],
    ids=["at leisure", "large", "many"],
)
def test_other_blocks_are_read_at_once(
    counts: list[int], size: int, step: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waits(blocks(counts, size), step, monkeypatch) == []


def test_a_broker_that_waits_for_acknowledgements_is_not_kept_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """It sends as many as it may, again and again."""
    found = waits(blocks([1] * HURRIED + [20] * 100), HARD, monkeypatch)
    assert len(found) == 2


def confirmations(counts: Iterable[int]) -> list[bytes]:
    """One block with so many PUBACK after the other."""
    return [b"\x40\x02\x00\x01" * count for count in counts]


def test_confirmations_that_come_one_by_one_are_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the broker has to wake us for each."""
    found = waits(confirmations([1] * HURRIED + [18, 25] * HURRIED), HARD, monkeypatch)
    assert len(found) == 2 * HURRIED


def test_who_publishes_the_next_when_the_last_is_confirmed_is_not_kept_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    found = waits(confirmations([1] * 120), HARD, monkeypatch)
    assert 0 < len(found) <= 120 / HURRIED
