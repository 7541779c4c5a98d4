"""The picture that the quality station takes: a round workpiece, as a PNG of the real size."""

from __future__ import annotations

import math
import struct
import zlib
from base64 import b64encode
from random import Random
from typing import Final

WIDTH: Final = 320
HEIGHT: Final = 240
RADIUS: Final = 80

_RGB: Final = {"WHITE": (225, 225, 220), "RED": (190, 50, 45), "BLUE": (45, 80, 185)}
_TABLE: Final = (95, 95, 90)
_HOLE: Final = (40, 40, 40)

_NOISE: Final = bytes(value % 11 for value in range(256))
"""11 levels of camera noise make the file as hard to compress as a real picture: 110 to 165 kB."""


def workpiece_png(random: Random, colour: str) -> bytes:
    """A workpiece of this colour with its hole, seen from above."""
    rows = bytearray()
    for y in range(HEIGHT):
        half = _half_width(y, RADIUS)
        hole = _half_width(y, RADIUS // 4)
        side = WIDTH // 2 - half
        row = bytes(_TABLE) * side + bytes(_RGB[colour]) * (half - hole) + bytes(_HOLE) * hole
        row += bytes(_HOLE) * hole + bytes(_RGB[colour]) * (half - hole) + bytes(_TABLE) * side
        noise = random.randbytes(len(row)).translate(_NOISE)
        rows += b"\0" + bytes(map(int.__add__, row, noise))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(rows), 1)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def data_url(png: bytes) -> str:
    """The form in which the camera's pictures travel."""
    return "data:image/png;base64," + b64encode(png).decode("ascii")


def _half_width(y: int, radius: int) -> int:
    """Half the width of a circle around the middle of the picture in row `y`."""
    return math.isqrt(max(0, radius**2 - (y - HEIGHT // 2) ** 2))


def _chunk(kind: bytes, data: bytes) -> bytes:
    """One part of a PNG file (PNG specification, section 5.3)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
