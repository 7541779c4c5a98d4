"""The pictures that stand in for the timeline show the same lanes and buckets, and names only as text."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from html import unescape

import numpy as np
import pytest

from analysis.figure_style import as_label
from analysis.first_picture import BARS, Pixels, bars_picture, lanes_picture, png
from analysis.overview import overview
from analysis.timeline import Timeline, timeline
from tests.analysis.sessions import HOSTILE_TOPICS, message, session


def pixels_of(html: str) -> Pixels:
    """What the image in it holds."""
    found = re.search(r'src="data:image/png;base64,([^"]*)"', html)
    assert found is not None
    return decoded(base64.b64decode(found[1]))


def decoded(file: bytes) -> Pixels:
    """A reader of PNG that takes nothing but what every program must: the checks of all chunks included."""
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, position = {}, 8
    while position < len(file):
        (length,) = struct.unpack_from(">I", file, position)
        kind, content = file[position + 4 : position + 8], file[position + 8 : position + 8 + length]
        assert struct.unpack_from(">I", file, position + 8 + length) == (zlib.crc32(kind + content),)
        chunks[kind] = content
        position += 12 + length
    width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert form == [8, 6, 0, 0, 0]
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(height, 1 + 4 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 4)


def lanes_of(shown: Timeline) -> str:
    return lanes_picture(shown, ["#010203"] * len(shown.lanes), left_px=90, top_px=8, height_px=114)


def test_an_image_holds_what_was_written() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (3, 5, 4), dtype=np.uint8)
    assert (decoded(png(pixels)) == pixels).all()


@pytest.mark.parametrize("max_points", [0, 5_000])
def test_a_lane_is_seen_where_its_messages_are_and_a_busier_bucket_is_stronger(max_points: int) -> None:
    with session([message("a", 0)] * 9 + [message("b", 30), message("a", 100)]) as reader:
        shown = timeline(reader, max_points=max_points)
    pixels = pixels_of(lanes_of(shown))
    opacity, columns = pixels[..., 3], pixels.shape[1]
    seen = [[round(at * (shown.end_s - shown.start_s) / columns) for at in np.flatnonzero(lane)] for lane in opacity]
    assert seen == [[0, 100], [30]]
    assert opacity[0].max() == 255 > opacity[1].max() > 127
    assert (pixels[opacity > 0][:, :3] == (1, 2, 3)).all()


def test_the_curve_is_as_high_as_the_rate() -> None:
    with session([message("a", 0)] * 8 + [message("a", 1)] * 4 + [message("a", 3)]) as reader:
        pixels = pixels_of(bars_picture(overview(reader), "#0000ff", 90, 8, 124))
    assert (pixels[..., 3] > 0).sum(axis=0).tolist()[:4] == [BARS, BARS // 2, 0, BARS // 8]
    assert pixels[-1, 0].tolist() == [0, 0, 255, 255]
    assert pixels[0, 1, 3] == 0


def test_names_are_text_whatever_they_are() -> None:
    with session([message(topic, number) for number, topic in enumerate(HOSTILE_TOPICS)]) as reader:
        shown = timeline(reader)
    html = lanes_of(shown)
    names = re.findall(r'<em style="top: [0-9.]+px" data-name="([^"<>]*)"></em>', html)
    assert [unescape(name) for name in names] == [unescape(as_label(lane.name)) for lane in shown.lanes]
    assert html.count("<") == 2 * (2 + len(names)) + 1  # two divisions, the names and the image


def test_without_a_message_there_is_no_image() -> None:
    with session([]) as reader:
        assert 'src=""' in bars_picture(overview(reader), "#0000ff", 90, 8, 124)
