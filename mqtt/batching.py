"""The paho client that reads many messages at a time, and many confirmations.

paho reads each packet in several pieces and makes objects for each: 17 to 33 microseconds for a message. Here a block
of bytes is read, and the PUBLISH packets of QoS 0 and 1 in it are taken apart in one loop, at one microsecond each.
Everything else, malformed packets included, goes through paho's own handlers, in its turn.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket

from core.message import Message
from mqtt.confirmations import Confirmations
from mqtt.properties import from_paho, subscription_ids
from mqtt.publish_packets import PublishBatch, PublishParser, packet_bounds
from mqtt.writing import WritingClient

__all__ = ["BatchingClient", "PublishBatch"]

log = logging.getLogger(__name__)

BLOCK_BYTES: Final = 96 * 1024
"""Read in one turn at most, so that a listener that cannot keep up is soon asked again. More is not faster: from 128 kB
on, the C library gets the memory for each block from the kernel."""
MAX_PIECES: Final = 100
"""The same where one read brings one record of TLS or one WebSocket frame, which mostly holds one packet."""
FEW: Final = 10
"""Messages in a block, or confirmations."""
GATHER_S: Final = 0.0005
"""Where blocks of few messages or confirmations come hard on one another, so much later more are read at once: else
most of the time goes to waking up, here, where the messages go, and in the broker, which wakes us. Times of arrival are
wrong by so much at most, at such rates only."""
HURRIED: Final = 10
"""After so many blocks, each within that time after the one before; a hiccup in between counts for half of them."""
SUCCESS: Final = MQTTErrorCode.MQTT_ERR_SUCCESS


class BatchingClient(WritingClient):
    """Hands messages to `on_batch`. Those of QoS 1 are acknowledged by `acknowledge` only.

    What the broker has confirmed of QoS 1 goes to `on_confirmed`; of QoS 2 paho tells it.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords, manual_ack=True)
        self.on_message = lambda _client, _data, message: self._singles.append(message)
        self.on_batch: Callable[[PublishBatch], None] = _nobody
        self.on_confirmed: Callable[[Confirmations], None] = _nobody
        self.now_ns: Callable[[], int] = time.time_ns
        self._at_ns = 0
        self._is_v5 = self._protocol == MQTTProtocolVersion.MQTTv5
        self._parser = PublishParser(with_properties=self._is_v5)
        self._singles: list[MQTTMessage] = []
        """What paho's handlers have taken apart."""
        self._parts: list[bytes] = []
        """The beginning of a packet of which not everything has come."""
        self._missing = 0
        """How many bytes at least are needed before something can be done."""
        self._hurried = 0
        """How many blocks of few messages have come hard on one another."""
        self._brought = 0
        """How many messages and confirmations were in this block."""
        self._gathered = 0
        """How many were in the last one that was waited for."""
        self._waited = False
        self._pause = threading.Event()

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:  # noqa: ARG002  a block is read, whatever is in it
        """Reads one block and handles all packets that are complete with it."""
        if self._sock is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        soon = self._gather()
        block, lost = self._read_block()
        code = SUCCESS
        if block:
            self._at_ns = self.now_ns()
            self._last_bytes_received = time.monotonic()
            self._brought = 0
            code = self._take(block)
            self._note_hurry(soon=soon, size=len(block))
        if self.socket() is None:  # by what was read
            return code
        if code != SUCCESS or lost:
            self._packet_write()
            return self._loop_rc_handle(code or MQTTErrorCode.MQTT_ERR_CONN_LOST)
        return self.loop_write() if self.want_write() else code  # acknowledgements: the broker waits for them

    def _gather(self) -> bool:
        """Whether this comes hard on the block before; if that goes on, lets more come."""
        left = self._last_bytes_received + GATHER_S - time.monotonic()
        self._waited = left > 0 and self._hurried >= HURRIED
        if self._waited:
            self._pause.wait(left)  # which nobody ends
        return left > 0

    def _note_hurry(self, *, soon: bool, size: int) -> None:
        if self._waited:
            # As many as the last time: all that the broker sends before it is acknowledged, it seems, and it waits.
            if self._brought == self._gathered or size >= BLOCK_BYTES // 4:
                self._hurried = 0
            self._gathered = self._brought
        elif soon and 0 < self._brought < FEW:
            self._hurried = min(self._hurried + 1, 2 * HURRIED)
        else:
            self._hurried //= 2

    def _read_block(self) -> tuple[bytes, bool]:
        """What has come, and whether the connection ended after it."""
        pieces: list[bytes] = []
        left, most = BLOCK_BYTES, 1 if type(self._sock) is socket.socket else MAX_PIECES
        while left > 0 and len(pieces) < most:
            try:
                piece = self._sock_recv(left)
            except BlockingIOError:
                break
            except OSError:
                piece = b""
            if not piece:
                return b"".join(pieces), True
            pieces.append(piece)
            left -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces), False

    def _take(self, block: bytes) -> MQTTErrorCode:
        self._parts.append(block)
        self._missing -= len(block)
        if self._missing > 0:  # of a large packet: looked at once, when all of it is there
            return SUCCESS
        data, at = block if len(self._parts) == 1 else b"".join(self._parts), 0
        self._parts.clear()
        while True:
            at = self._take_plain(data, at)
            begin, end = packet_bounds(data, at)
            if end > len(data):
                break
            code = self._leave_to_paho(data[at], data[begin:end]) if begin else MQTTErrorCode.MQTT_ERR_PROTOCOL
            if code != SUCCESS or self._sock is None:
                return code
            at = end
        if at < len(data):
            self._parts.append(data[at:])
        self._missing = end - len(data)
        return SUCCESS

    def _take_plain(self, data: bytes, at: int) -> int:
        """Messages and confirmations take turns where somebody hears what he publishes: each kind is handed on once."""
        batch, confirmed, before = PublishBatch(), Confirmations(), -1
        while at != before:
            before = at
            at = self._parser.take(data, at, self._at_ns, batch)
            at = confirmed.take(data, at, with_reasons=self._is_v5)
        if confirmed.packet_ids:
            self._brought += len(confirmed.packet_ids)
            self.on_confirmed(confirmed)
        if batch.messages:
            self._hand_on(batch)
        return at

    def _leave_to_paho(self, head: int, body: bytes) -> MQTTErrorCode:
        if self._out_packet:
            self._packet_write()  # what was acknowledged: this packet may end the connection
        self._in_packet |= {
            "command": head,
            "remaining_length": len(body),
            "packet": bytearray(body),
        }  # nothing else is read
        try:
            code = self._packet_handle()
        except MalformedPacket:
            log.info("%s:%s sent a malformed packet.", self.host, self.port)  # so do brokers that know 3.1.1 only
            code = MQTTErrorCode.MQTT_ERR_PROTOCOL
        while self._singles:  # only now: in its callbacks paho holds locks
            self._on_single(self._singles.pop(0))
        return code

    def _on_single(self, message: MQTTMessage) -> None:
        packet_id = message.mid if message.qos == 1 else 0
        try:
            topic = message.topic  # paho decodes it here
        except UnicodeDecodeError:
            topic = ""
        if not topic:  # which stands for an alias, in MQTT 5: but we have allowed none
            log.warning("%s:%s sent a topic that is not UTF-8, or none: the message is left out.", self.host, self.port)
            if packet_id:
                self.acknowledge([packet_id])
            return
        batch = PublishBatch()
        properties = from_paho(message.properties)
        ours = Message(topic, bytes(message.payload), message.qos, int(message.retain), self._at_ns, properties)
        batch.messages.append(ours)
        batch.packet_ids.append(packet_id)
        batch.duplicates += [0] * message.dup
        batch.subscription_ids.append(subscription_ids(message.properties))
        self._hand_on(batch)

    def _hand_on(self, batch: PublishBatch) -> None:
        self._brought += len(batch.messages)
        self.on_batch(batch)

    def _handle_pubrel(self) -> MQTTErrorCode:
        self.manual_ack_set(on=False)  # that is for QoS 1
        try:
            return super()._handle_pubrel()
        finally:
            self.manual_ack_set(on=True)


def _nobody(_: object) -> None:
    """As long as nobody has asked."""
