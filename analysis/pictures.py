"""Pictures inside payloads: a payload that is one, or strings of base64 inside JSON, as cameras send them."""

from __future__ import annotations

import binascii
import json
import struct
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.json_path import Steps, path_text
from core.payload import text_of

MAX_PICTURES: Final = 8
"""More of one payload are not shown."""
MAX_BYTES: Final = 16_000_000
"""Larger payloads are not searched: a browser would have to carry them as a whole."""
MAX_PIXELS: Final = 50_000_000
"""A small file can claim to be a picture that fills a browser's memory."""
MIN_CHARS: Final = 40
"""A shorter base64 string holds no picture."""
MAX_STEPS: Final = 200_000
"""Values of one payload that are looked at."""

_BASE64_OF: Final = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "Qk")
"""How base64 of PNG, JPEG, GIF, WebP and BMP begins."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a browser can show. SVG is none: it is markup."""

    where: str
    """JSON path inside the payload; empty if the payload is the picture."""
    media_type: str
    data: bytes
    width: int
    """Pixels."""
    height: int


def pictures(payload: bytes) -> tuple[Picture, ...]:
    """The pictures in a payload, in their order; never raises."""
    if len(payload) > MAX_BYTES:
        return ()
    text = text_of(payload)
    if text is None:
        found = picture_of(payload)
        return () if found is None else (found,)
    if text[:1] not in ("{", "[", '"', " ", "\n"):
        found = _of_text(text, "")
        return () if found is None else (found,)
    return _in_json(text)


def _in_json(text: str) -> tuple[Picture, ...]:
    if not any(start in text for start in ("data:image", *_BASE64_OF)):
        return ()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    found: list[Picture] = []
    for steps, string in _strings(value):
        where = path_text(steps).encode("utf-8", "backslashreplace").decode("utf-8")  # keys may be half a character
        picture = _of_text(string, where)
        if picture is not None:
            found.append(picture)
        if len(found) == MAX_PICTURES:
            break
    return tuple(found)


def _strings(value: object) -> Iterator[tuple[Steps, str]]:
    """All strings of a JSON document with their paths. Without recursion, for it may be deep."""
    waiting: list[tuple[Steps, object]] = [((), value)]
    left = MAX_STEPS
    while waiting and left:
        left -= 1
        steps, one = waiting.pop()
        if isinstance(one, str):
            yield steps, one
        elif isinstance(one, dict) and len(steps) < 50:
            waiting += [((*steps, key), item) for key, item in reversed(one.items())]
        elif isinstance(one, list) and len(steps) < 50:
            waiting += [((*steps, place), item) for place, item in reversed(list(enumerate(one[:left])))]


def _of_text(text: str, where: str) -> Picture | None:
    if text.startswith("data:image"):
        text = text.partition(",")[2]
    if len(text) < MIN_CHARS or not text.startswith(_BASE64_OF) or not text.isascii():
        return None
    try:
        return picture_of(b64decode("".join(text.split()), validate=True), where)
    except (binascii.Error, ValueError):
        return None


def picture_of(data: bytes, where: str = "") -> Picture | None:
    """The picture that these bytes are, by their first bytes; None if they are none or too large to be shown."""
    for media_type, size in (("image/png", _png), ("image/jpeg", _jpeg), ("image/gif", _gif), ("image/webp", _webp),
                             ("image/bmp", _bmp)):  # fmt: skip
        try:
            found = size(data)
        except struct.error:  # it ends too early
            continue
        if found is not None:
            width, height = found
            fits = 0 < width * height <= MAX_PIXELS
            return Picture(where, media_type, data, width, height) if fits else None
    return None


Size = tuple[int, int]


def _png(data: bytes) -> Size | None:
    """PNG specification, section 11.2.2: IHDR comes first."""
    return struct.unpack_from(">II", data, 16) if data.startswith(b"\x89PNG\r\n\x1a\n") else None


def _gif(data: bytes) -> Size | None:
    return struct.unpack_from("<HH", data, 6) if data[:6] in (b"GIF87a", b"GIF89a") else None


def _bmp(data: bytes) -> Size | None:
    if data[:2] != b"BM" or data[14:18] != b"\x28\x00\x00\x00":
        return None
    width, height = struct.unpack_from("<ii", data, 18)
    return width, abs(height)


def _webp(data: bytes) -> Size | None:
    """WebP container specification: lossy, lossless or extended."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    if data[12:16] == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if data[12:16] == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _jpeg(data: bytes) -> Size | None:
    """From the first frame header (ITU T.81, section B.2.2)."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while True:
        marker, kind, length = struct.unpack_from(">BBH", data, at)
        if marker != 0xFF or length < 2:
            return None
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + length
