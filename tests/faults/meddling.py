"""A network in whose middle somebody reads along: packets of MQTT are dropped or changed on their way to the broker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.proxy import Proxy, _Side

PUBLISH, PUBACK = 3, 0x40


@dataclass(frozen=True)
class Publish:
    """A PUBLISH packet (MQTT 5.0, section 3.3)."""

    whole: bytes
    begin: int
    """Where the topic's length lies."""

    @property
    def qos(self) -> int:
        return self.whole[0] >> 1 & 3

    @property
    def packet_id(self) -> bytes:
        topic_end = self.begin + 2 + int.from_bytes(self.whole[self.begin : self.begin + 2])
        return self.whole[topic_end : topic_end + 2]


Meddle = Callable[[Publish], bytes | None]
"""What goes on in place of a packet; None: it is lost, and the publisher is told that it arrived."""


class MeddlingProxy(Proxy):
    """Changes what clients publish."""

    def __init__(self, target: int, meddle: Meddle) -> None:
        super().__init__(target)
        self._meddle = meddle
        self._received: dict[_Side, bytearray] = {}

    def _pass_on(self, side: _Side, block: bytes) -> None:
        if not side.from_client:
            super()._pass_on(side, block)
            return
        received = self._received.setdefault(side, bytearray())
        received += block
        while (size := _packet_size(received)) is not None:
            packet = bytes(received[: size[0] + size[1]])
            del received[: len(packet)]
            self._pass_packet_on(side, packet, size[0])

    def _pass_packet_on(self, side: _Side, packet: bytes, begin: int) -> None:
        if packet[0] >> 4 != PUBLISH:
            side.other.waiting += packet
            return
        publish = Publish(packet, begin)
        changed = self._meddle(publish)
        if changed is not None:
            side.other.waiting += changed
        elif publish.qos == 1:
            side.waiting += bytes([PUBACK, 2]) + publish.packet_id


def _packet_size(received: bytearray) -> tuple[int, int] | None:
    """Length of the fixed header and of the rest; None while the packet is not complete (MQTT 5.0, section 2.1)."""
    length = shift = 0
    for position, byte in enumerate(received[1:5], 1):
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            complete = len(received) >= position + 1 + length
            return (position + 1, length) if complete else None
    return None
