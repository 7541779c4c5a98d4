"""A small grey JPEG picture, made without any library: what the camera above the factory sends (ITU T.81, baseline)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random
from typing import Final

WIDTH: Final = 320
HEIGHT: Final = 240
BLOCK: Final = 8

MEAN_STEP: Final = 16
"""Quantisation of a block's mean: (value - 128) * 8 / 16."""
DETAIL_STEP: Final = 2
"""Quantisation of a block's details: as fine as camera noise."""
DETAILS: Final = 9
"""Noisy coefficients per block: with them a picture is as large as a real one, 7.7 kB."""

_END_OF_BLOCK: Final = "000"
_ONE: Final = "001"
"""The code of a coefficient of 1 or -1, which one more bit tells apart."""


def grey_jpeg(random: Random, brightness: Callable[[int, int], int]) -> bytes:
    """A picture of 320 x 240; `brightness` is that of a block, 0 to 255, by its column and row."""
    bits: list[str] = []
    before = 0
    for row in range(HEIGHT // BLOCK):
        for column in range(WIDTH // BLOCK):
            mean = (brightness(column, row) - 128) * BLOCK // MEAN_STEP
            noise = random.getrandbits(DETAILS)
            bits.append(_difference(mean - before))
            bits.extend(_ONE + str(noise >> place & 1) for place in range(DETAILS))
            bits.append(_END_OF_BLOCK)
            before = mean
    return _HEADER + _packed("".join(bits)) + b"\xff\xd9"


def _difference(value: int) -> str:
    """A mean as its difference to the one before: four bits say how many follow (T.81, F.1.2.1)."""
    size = abs(value).bit_length()
    low_bits = value if value >= 0 else value + (1 << size) - 1
    return f"{size:04b}" + (f"{low_bits:0{size}b}" if size else "")


def _packed(bits: str) -> bytes:
    """Bits as bytes, filled up with ones; a byte 255 is followed by a 0 (T.81, F.1.2.3)."""
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _codes(kind: int, length: int, symbols: bytes) -> bytes:
    """A Huffman table in which all codes are equally long (T.81, B.2.4.2)."""
    counts = bytes(len(symbols) if size == length else 0 for size in range(1, 17))
    return _segment(0xC4, bytes([kind]) + counts + symbols)


_HEADER: Final = b"".join(
    (
        b"\xff\xd8",
        _segment(0xDB, bytes([0, MEAN_STEP]) + bytes([DETAIL_STEP]) * 63),
        _segment(0xC0, struct.pack(">BHHB", 8, HEIGHT, WIDTH, 1) + b"\x01\x11\x00"),
        _codes(0x00, 4, bytes(range(12))),
        _codes(0x10, 3, b"\x00\x01"),
        _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
    )
)
