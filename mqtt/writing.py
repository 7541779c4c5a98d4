"""The paho client that writes many messages at a time, from the thread that has them.

paho makes a packet and several objects for each message, 20 microseconds of work, and wakes the network thread to write
it. Here a whole run of QoS 0 and 1 is encoded into one block of bytes and written at once where it can be. Messages of
QoS 2, with their four packets each, go through paho.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Sequence
from typing import Any, Final

from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion

from core.message import Message
from mqtt.paho_client import PahoClient
from mqtt.properties import to_paho
from mqtt.publish_encoding import PUBLISH, PublishEncoder

PUBACK: Final = 0x40
MAX_PACKET_ID: Final = 65_535


class Handed:
    """Messages that were handed to the connection together, and how much of them has left."""

    __slots__ = ("_lengths", "_waiting", "packet_id")

    def __init__(self, packet_id: int, waiting: dict[str, Any], lengths: Sequence[int]) -> None:
        """`waiting` is paho's note of what it has to write, `lengths` are those of the packets in it."""
        self.packet_id = packet_id
        """Of the first message of QoS 1 or 2; those after it follow in a row."""
        self._waiting = waiting
        self._lengths = lengths

    def is_written(self) -> bool:
        """Whether all of it has been written to the socket."""
        return bool(self._waiting["to_process"] == 0)

    def whole(self) -> int:
        """How many messages have been written to their last byte."""
        written = sum(self._lengths) - int(self._waiting["to_process"])
        for number, length in enumerate(self._lengths):
            written -= length
            if written < 0:
                return number
        return len(self._lengths)


class WritingClient(PahoClient):
    """Messages and acknowledgements leave in blocks; from any thread."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self._writing = threading.RLock()
        self._queued = threading.local()
        super().__init__(*arguments, **keywords)
        self.encoder = PublishEncoder(with_properties=self._protocol == MQTTProtocolVersion.MQTTv5)

    def publish_run(self, messages: Sequence[Message]) -> Handed | None:
        """Sends messages of QoS 0 and 1 in this order; None if there is no connection. Raises Unsendable."""
        if self._sock is None:
            return None
        packet_id = self._reserve(sum([message.qos for message in messages]))
        packets = self.encoder.packets(messages, packet_id)
        waiting = self._hand_over(PUBLISH, packets[0] if len(packets) == 1 else b"".join(packets))
        return Handed(packet_id, waiting, list(map(len, packets)))

    def publish_exactly_once(self, message: Message, packet_id: int = 0) -> Handed | None:
        """Sends a message of QoS 2, under this identifier if it is not 0. Raises what paho raises."""
        properties = to_paho(message.properties) if self._protocol == MQTTProtocolVersion.MQTTv5 else None
        with self.numbered(packet_id):
            info = self.publish(message.topic, message.payload, message.qos, message.retained, properties)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return None
        waiting = self._queued.packet
        return Handed(info.mid, waiting, [len(waiting["packet"])])

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """PUBACK for each of these messages, in one write.

        It is written at once where it can be: another thread, once woken, would have to wait for the interpreter first,
        and the broker for the acknowledgement, before it sends more.
        """
        packets = struct.pack(f"!{len(packet_ids)}I", *[PUBACK << 24 | 2 << 16 | one for one in packet_ids])
        self._hand_over(PUBACK, packets)

    def _reserve(self, count: int) -> int:
        """The first of so many packet identifiers in a row."""
        with self._mid_generate_mutex:
            first = self._last_mid + 1
            if first + count > MAX_PACKET_ID + 1:
                first = 1
            self._last_mid = first + count - 1
        return first

    def _hand_over(self, command: int, packets: bytes) -> dict[str, Any]:
        return self._write_or_queue(_waiting(command, packets, 0, 1))  # 1: paho calls back for a PUBLISH of QoS 0

    def _write_or_queue(self, waiting: dict[str, Any]) -> dict[str, Any]:
        if self._writing.acquire(blocking=False):
            try:
                if self._write_now(waiting):
                    return waiting
            finally:
                self._writing.release()
        self._out_packet.append(waiting)  # type: ignore[arg-type]  # paho's own form of it
        self.wake()
        return waiting

    def _write_now(self, waiting: dict[str, Any]) -> bool:
        """Whether it is written, or the rest of it the first in line."""
        sock = self._sock
        if self._out_packet or type(sock) is not socket.socket:  # TLS and WebSockets are used by one thread only
            return False
        try:
            sent = sock.send(waiting["packet"])
        except OSError:  # it is full, or gone
            return False
        self._last_msg_out = time.monotonic()
        waiting["pos"] = sent
        waiting["to_process"] -= sent
        if waiting["to_process"]:
            self._out_packet.appendleft(waiting)  # type: ignore[arg-type]  # paho's own form of it
            self.wake()
        return True

    def _packet_queue(
        self, command: int, packet: bytes | bytearray, mid: int, qos: int, info: Any = None
    ) -> MQTTErrorCode:
        """As paho does where the network thread alone writes, but for messages; and remembers what was queued."""
        waiting = _waiting(command, packet, mid, qos, info)
        if command & 0xF0 == PUBLISH:
            self._queued.packet = self._write_or_queue(waiting)
        else:
            self._out_packet.append(waiting)  # type: ignore[arg-type]  # paho's own form of it
            self.wake()
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _packet_write(self) -> MQTTErrorCode:
        with self._writing:
            return super()._packet_write()

    def _sock_close(self) -> None:
        with self._writing:
            super()._sock_close()


def _waiting(command: int, packet: bytes | bytearray, mid: int, qos: int, info: Any = None) -> dict[str, Any]:
    """How paho notes what is to be written."""
    return {
        "command": command,
        "mid": mid,
        "qos": qos,
        "pos": 0,
        "to_process": len(packet),
        "packet": packet,
        "info": info,
    }
