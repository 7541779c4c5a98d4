"""PUBLISH packets made in one go: byte for byte those that paho makes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message, Properties
from mqtt.properties import to_paho
from mqtt.publish_encoding import PublishEncoder, Unsendable
from tests.any_properties import properties_with

texts = st.text(st.characters(exclude_characters="\0+#", exclude_categories=["Cs"]), max_size=20)
properties = properties_with(texts)
payloads = st.binary(max_size=20) | st.integers(100, 20_000).map(bytes)
messages = st.builds(
    Message,
    texts.filter(len),
    payloads,
    st.sampled_from([0, 1]),
    st.sampled_from([LIVE, LIVE_RETAINED, FROM_DUMP]),
    st.just(0),
    st.none() | properties,
)


class Packets(Client):
    """paho, and what it would write."""

    def __init__(self, protocol: MQTTProtocolVersion) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, protocol=protocol)
        self._sock: Any = object()
        self.packets: list[bytes] = []

    def _packet_queue(self, _command: int, packet: bytes | bytearray, *_: Any) -> MQTTErrorCode:
        self.packets.append(bytes(packet))
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _sock_close(self) -> None:
        self._sock = None

    def send(self, message: Message, packet_id: int) -> None:
        v5 = self._protocol == MQTTProtocolVersion.MQTTv5
        theirs = to_paho(message.properties) if v5 else None
        topic, retained = message.topic.encode(), message.retained
        self._send_publish(packet_id, topic, message.payload, message.qos, retained, properties=theirs)


@pytest.mark.parametrize("protocol", [MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5])
@given(st.lists(messages, max_size=8), st.integers(1, 65_527))
@example([Message("a", bytes(size), 1, LIVE, 0) for size in (122, 123, 124, 16_377, 16_378, 2_097_150)], 1)
def test_each_packet_is_the_one_that_paho_makes(protocol: MQTTProtocolVersion, sent: list[Message], first: int):
    """Those of QoS 1 with identifiers in a row."""
    encoder, paho, packet_id = (
        PublishEncoder(with_properties=protocol == MQTTProtocolVersion.MQTTv5),
        Packets(protocol),
        first,
    )
    for message in sent:
        paho.send(message, packet_id)
        packet_id += message.qos
    assert encoder.packets(sent, first) == paho.packets
    assert encoder.packets(sent, first) == paho.packets, "also with what is remembered"


def test_what_cannot_be_sent_says_which_one_it_is_and_why():
    encoder = PublishEncoder(with_properties=True)
    good = Message("a", b"", 1, LIVE, 0)
    wrong = good._replace(properties=Properties(payload_format_indicator=7))
    with pytest.raises(Unsendable, match="0 or 1") as caught:
        encoder.packets([good, wrong, good], 1)
    assert caught.value.place == 1
    with pytest.raises(Unsendable, match="topic is too long") as caught:
        encoder.packets([good._replace(topic="ä" * 32_768)], 1)
    assert caught.value.place == 0
    encoder.largest = 12
    assert len(encoder.packets([good._replace(payload=b"1234")], 1)[0]) == 12
    with pytest.raises(Unsendable, match="12 bytes at most") as caught:
        encoder.packets([good, good, good._replace(payload=b"12345")], 1)
    assert caught.value.place == 2


def test_a_payload_that_no_packet_can_hold_is_refused():
    class Huge(bytes):
        def __len__(self) -> int:
            return 268_435_456

    with pytest.raises(Unsendable, match="268,435,455 bytes at most"):
        PublishEncoder(with_properties=False).packets([Message("a", Huge(), 0, LIVE, 0)], 1)


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mqtt.publish_encoding.MAX_KNOWN", 2)
    encoder = PublishEncoder(with_properties=False)
    for number in range(5):
        encoder.packets([Message(f"t/{number}", b"", 0, LIVE, 0)], 1)
        assert len(encoder._topics) <= 2
