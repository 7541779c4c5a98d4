"""Takes PUBACK packets apart, many in one go (MQTT 5.0 and 3.1.1, section 3.4)."""

from __future__ import annotations

from typing import Final

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from mqtt.publish_packets import packet_bounds

PUBACK: Final = 0x40
FAILURE: Final = 0x80
"""The first reason code that says that a message was refused (MQTT 5.0, section 2.4)."""

NOBODY_SUBSCRIBED: Final = 0x10
"""The broker has taken the message, and nobody is subscribed to its topic."""
REASON_CODES: Final = frozenset((0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99))
"""Those of PUBACK (MQTT 5.0, section 3.4.2.1)."""


class Confirmations:
    """What one block of bytes brought, in the order of arrival."""

    __slots__ = ("packet_ids", "refusals")

    def __init__(self) -> None:
        self.packet_ids: list[int] = []
        """Of all of them, those refused included."""
        self.refusals: dict[int, str] = {}
        """Packet identifier -> why."""

    def take(self, data: bytes, at: int, *, with_reasons: bool) -> int:
        """Appends what is confirmed from place `at`, and returns the place of the first packet that is not a complete
        and well-formed PUBACK.
        """
        at = self._take_alike(data, at, with_reasons=with_reasons)
        size, found = len(data), self.packet_ids
        while at + 4 <= size and data[at] == PUBACK:
            length = data[at + 1]
            if length == 2:
                found.append(data[at + 2] << 8 | data[at + 3])
                at += 4
                continue
            begin, end = packet_bounds(data, at)
            if not with_reasons or length < 2 or end > size or end == 0:
                break
            if length > 2 and data[begin + 2] not in REASON_CODES:
                break
            packet_id = data[begin] << 8 | data[begin + 1]
            found.append(packet_id)
            if data[begin + 2] >= FAILURE:
                self.refusals[packet_id] = _reason(data[begin + 2])
            at = end
        return at

    def _take_alike(self, data: bytes, at: int, *, with_reasons: bool) -> int:
        """The same for a block of packets all with no reason, or all with the one that nobody is subscribed.

        That is what a broker sends to who publishes a hundred thousand messages in a second.
        """
        width = 2 + data[at + 1] if len(data) > at + 1 else 0
        if width not in (4, 5) or (width == 5 and not with_reasons):
            return at
        count = (len(data) - at) // width
        end = at + count * width
        columns = [data[at + column : end : width] for column in range(width)]
        alike = [PUBACK, width - 2, None, None, NOBODY_SUBSCRIBED][:width]
        if any(
            value is not None and column != bytes([value]) * count for column, value in zip(columns, alike, strict=True)
        ):
            return at
        self.packet_ids += [high << 8 | low for high, low in zip(columns[2], columns[3], strict=True)]
        return end


def _reason(code: int) -> str:
    return str(ReasonCode(PacketTypes.PUBACK, identifier=code))
