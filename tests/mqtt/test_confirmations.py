"""PUBACK packets taken apart in one go."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtt.confirmations import Confirmations

ids = st.integers(1, 65_535)
reasons = st.sampled_from([None, 0x00, 0x10, 0x80, 0x87, 0x97])


def puback(packet_id: int, reason: int | None = None, properties: bytes | None = None) -> bytes:
    body = struct.pack("!H", packet_id)
    if reason is not None:
        body += bytes([reason])
    if properties is not None:
        length = len(properties)
        body += (bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])) + properties
    length = len(body)
    return b"\x40" + (bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])) + body


unique = st.lists(ids, max_size=20, unique=True)
mixed = st.lists(st.tuples(ids, reasons), max_size=20, unique_by=lambda one: one[0])
alike = st.builds(lambda found, reason: [(one, reason) for one in found], unique, reasons)


@given(st.one_of(mixed, alike), st.integers(0, 5))
def test_each_is_found_in_order_with_its_reason_and_what_is_not_complete_is_left(
    sent: list[tuple[int, int | None]], missing: int
):
    packets = [puback(*one) for one in sent]
    data = b"?" + b"".join(packets)
    data = data[: max(1, len(data) - missing)]
    found = Confirmations()
    at, whole, end = found.take(data, 1, with_reasons=True), 0, 1
    while whole < len(packets) and end + len(packets[whole]) <= len(data):
        end += len(packets[whole])
        whole += 1
    assert (at, found.packet_ids) == (end, [packet_id for packet_id, _ in sent[:whole]])
    refused = [packet_id for packet_id, reason in sent[:whole] if reason is not None and reason >= 0x80]
    assert list(found.refusals) == refused
    assert all(found.refusals.values())


def test_reasons_have_the_names_of_the_standard():
    found = Confirmations()
    found.take(puback(1, 0x87) + puback(2, 0x97), 0, with_reasons=True)
    assert found.refusals == {1: "Not authorized", 2: "Quota exceeded"}


@pytest.mark.parametrize("code", [0x01, 0x7F, 0x81, 0xF0])
def test_a_reason_that_the_standard_does_not_know_is_left_to_paho(code: int):
    found, first = Confirmations(), puback(1)
    assert found.take(first + puback(2, code) + puback(3), 0, with_reasons=True) == len(first)
    assert found.packet_ids == [1]


@pytest.mark.parametrize("size", [0, 5, 200])
def test_properties_are_skipped(size: int):
    data = puback(1, 0x10, bytes(size)) + puback(2)
    found = Confirmations()
    assert found.take(data, 0, with_reasons=True) == len(data)
    assert (found.packet_ids, found.refusals) == ([1, 2], {})


@pytest.mark.parametrize(
    "other",
    [b"\x30\x03\0\1a", b"\x41\2\0\1", b"\x40\0\0\0", b"\x40\1\0\0", b"\x40\xff\xff\xff\xff\xff\1"],
    ids=["PUBLISH", "flags", "empty", "too short", "length"],
)
def test_anything_else_is_left_to_others(other: bytes):
    found = Confirmations()
    assert found.take(puback(7) + other, 0, with_reasons=True) == 4
    assert found.packet_ids == [7]


def test_mqtt_311_knows_no_reasons():
    found = Confirmations()
    assert found.take(puback(7) + puback(8, 0x10), 0, with_reasons=False) == 4


def test_a_reason_in_mqtt_3_1_1_which_has_none_is_left_to_paho():
    found, strange = Confirmations(), puback(8, 0x10)
    assert found.take(strange * 2, 0, with_reasons=False) == 0
    assert found.take(puback(7) + strange, 0, with_reasons=False) == 4
    assert found.packet_ids == [7]
