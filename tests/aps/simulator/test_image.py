"""The quality station's picture."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode
from random import Random

import pytest

from aps.simulator.image import HEIGHT, WIDTH, data_url, workpiece_png


@pytest.mark.parametrize("colour", ["WHITE", "RED", "BLUE"])
def test_the_picture_is_a_valid_png_of_the_real_size(colour):
    png = workpiece_png(Random(1), colour)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    kinds, rest, pixels = [], png[8:], b""
    while rest:
        (size,) = struct.unpack(">I", rest[:4])
        kind, data, check, rest = rest[4:8], rest[8 : 8 + size], rest[8 + size : 12 + size], rest[12 + size :]
        assert struct.unpack(">I", check)[0] == zlib.crc32(kind + data)
        kinds.append(kind)
        pixels += data if kind == b"IDAT" else b""
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
    assert len(zlib.decompress(pixels)) == HEIGHT * (1 + 3 * WIDTH)
    assert 140_000 <= len(data_url(png)) <= 220_000


def test_the_picture_travels_as_a_data_url():
    png = workpiece_png(Random(1), "RED")
    assert b64decode(data_url(png).removeprefix("data:image/png;base64,")) == png
