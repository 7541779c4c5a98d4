"""Pictures inside payloads are found by what they are, and nothing else is taken for one."""

from __future__ import annotations

import io
import json
import struct
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from analysis.pictures import MAX_PICTURES, picture_of, pictures
from tests.hostile import PAYLOADS


def drawn(kind: str, width: int = 12, height: int = 7) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(target, kind)
    return target.getvalue()


KINDS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_found_wherever_it_is(kind: str) -> None:
    data = drawn(kind)
    base64 = b64encode(data).decode()
    payloads = {
        "": data,
        "$.data": json.dumps({"ts": 1, "data": f"data:image/x;base64,{base64}"}).encode(),
        '$[0]["a b"]': json.dumps([{"a b": base64}]).encode(),
        "$": json.dumps(base64).encode(),
    }
    for where, payload in payloads.items():
        (found,) = pictures(payload)
        assert (found.where, found.width, found.height, found.data) == (where, 12, 7, data)
        assert found.media_type == f"image/{kind.lower()}"
    assert [found.where for found in pictures(base64.encode())] == [""]


def test_lossless_and_extended_webp_have_a_size() -> None:
    for options in ({"lossless": True}, {"exif": b"x" * 10}):
        target = io.BytesIO()
        Image.new("RGB", (12, 7)).save(target, "WEBP", **options)
        found = picture_of(target.getvalue())
        assert found is not None
        assert (found.width, found.height) == (12, 7)


def test_only_a_few_pictures_of_a_payload_are_shown() -> None:
    many = [b64encode(drawn("PNG")).decode()] * 20
    assert len(pictures(json.dumps(many).encode())) == MAX_PICTURES


def test_a_small_file_that_claims_a_huge_picture_is_none() -> None:
    data = bytearray(drawn("PNG"))
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    assert pictures(bytes(data)) == ()


def test_markup_is_no_picture() -> None:
    svg = b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>").decode()
    assert pictures(json.dumps({"data": f"data:image/svg+xml;base64,{svg}"}).encode()) == ()


@given(st.binary(max_size=60), st.sampled_from(KINDS))
def test_a_damaged_picture_is_shown_or_left_out_but_breaks_nothing(rest: bytes, kind: str) -> None:
    for payload in (rest, drawn(kind)[: len(rest)], drawn(kind)[:12] + rest, b64encode(drawn(kind)[:20] + rest)):
        for found in pictures(payload):
            assert found.width * found.height > 0


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_is_published_breaks_the_search(payload: bytes) -> None:
    assert pictures(payload) == ()


@pytest.mark.real_data
def test_the_pictures_of_the_factory_are_found(real_recordings: Path) -> None:
    log = real_recordings / "production-white_20260303_081127.log"
    sizes = set()
    for line in log.read_text().splitlines():
        message = json.loads(line)
        if message.get("topic") in ("/j1/txt/1/i/cam", "/j1/txt/1/i/quality_check"):
            (found,) = pictures(message["payload"].encode())
            sizes.add((found.media_type, found.where, found.width, found.height))
    assert sizes == {("image/png", "$.data", 320, 240), ("image/jpeg", "$.data", 320, 240)}
