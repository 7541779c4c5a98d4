"""The timeline as two small images: a browser shows them at once, while it still loads what draws the figures."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from string import Template
from typing import Final

import numpy as np
import numpy.typing as npt

from analysis.figure_style import as_label
from analysis.figures import FAINTEST, LANE_GAP_PX, LANE_PX, strengths
from analysis.frames import LANE, MESSAGES, OFFSET, RATE
from analysis.overview import Overview
from analysis.timeline import MAX_BUCKETS, Detail, Timeline

Pixels = npt.NDArray[np.uint8]
"""Rows by columns by red, green, blue and opacity."""

BARS: Final = 80
"""Rows of pixels of the curve."""
CURVE_PX: Final = 66
"""Its height on the page: the figure's, whose times below it need the rest."""
RIGHT_PX: Final = 16
"""Beside it, as in the figures."""
STYLE: Final = (
    Template("""
.first {position: relative; font-size: 12px}
.first > div {position: absolute; right: ${right}px}
.first img {position: absolute; left: 0.5%; width: 99%; height: 100%; image-rendering: pixelated}
.first .lanes {mask-image: repeating-linear-gradient(transparent 0 ${begin}px, #000 ${begin}px ${end}px,
 transparent ${end}px ${lane}px)}
.first em {position: absolute; right: calc(100% + 6px); opacity: 0.7; font-style: normal; white-space: nowrap;
 transform: translateY(-50%)}
.first em::before {content: attr(data-name)}
""")
    .substitute(right=RIGHT_PX, begin=LANE_GAP_PX // 2, end=LANE_PX - LANE_GAP_PX // 2, lane=LANE_PX)
    .replace("\n", " ")
)
"""Belongs to both. Names are shown by a rule, so that each stands on the page as text only once: in the figure."""


def lanes_picture(timeline: Timeline, colours: Sequence[str], left_px: int, top_px: int, height_px: int) -> str:
    """A row of pixels for each lane with its name in front of it, as in the figure: HTML of `height_px`.

    `colours` are #rrggbb, one for each lane. The lanes begin `top_px` below the top and `left_px` beside the left edge.
    """
    counts = _counts(timeline)
    pixels = np.empty((*counts.shape, 4), dtype=np.uint8)
    pixels[..., :3] = np.array([_rgb(colour) for colour in colours], dtype=np.uint8).reshape(-1, 1, 3)
    pixels[..., 3] = np.where(counts > 0, 255 * (FAINTEST + (1 - FAINTEST) * strengths(counts)), 0)
    names = "".join(
        f'<em style="top: {LANE_PX * (number + 0.5):g}px" data-name="{_attribute(lane.name)}"></em>'
        for number, lane in enumerate(timeline.lanes)
    )
    return _html(pixels, "lanes", names, left_px, top_px, LANE_PX * len(timeline.lanes), height_px)


def bars_picture(overview: Overview, colour: str, left_px: int, top_px: int, height_px: int) -> str:
    """Messages per second over the session in `colour` (#rrggbb): HTML of `height_px`."""
    rates = overview.activity[RATE].to_numpy(dtype="float64")
    heights = np.ceil(BARS * rates / max(1e-9, rates.max(initial=0.0)))
    pixels = np.zeros((BARS, len(rates), 4), dtype=np.uint8)
    pixels[np.arange(BARS, 0, -1).reshape(-1, 1) <= heights] = (*_rgb(colour), 255)
    return _html(pixels, "curve", "", left_px, top_px, CURVE_PX, height_px)


def _counts(timeline: Timeline) -> npt.NDArray[np.float64]:
    """Messages per lane and column; the columns are as wide as the buckets are."""
    single = timeline.detail is Detail.MESSAGES
    table, length_s = (timeline.points if single else timeline.density), timeline.end_s - timeline.start_s
    columns = MAX_BUCKETS if single else max(1, round(length_s / timeline.bucket_s))
    column = ((table[OFFSET] - timeline.start_s) / length_s * columns).clip(0, columns - 1).astype("int64")
    counts = np.zeros((len(timeline.lanes), columns))
    np.add.at(counts, (table[LANE], column), table[MESSAGES])
    return counts


def _html(pixels: Pixels, kind: str, names: str, left_px: int, top_px: int, rows_px: int, height_px: int) -> str:
    image = f"data:image/png;base64,{base64.b64encode(png(pixels)).decode()}" if pixels.size else ""
    where = f"left: {left_px}px; top: {top_px}px; height: {rows_px}px"
    return (
        f'<div class="first" style="height: {height_px}px" aria-hidden="true"><div style="{where}">'
        f'<img class="{kind}" src="{image}" alt="">{names}</div></div>'
    )


def png(pixels: Pixels) -> bytes:
    """An image file (ISO/IEC 15948): eight bits for each of red, green, blue and opacity."""
    height, width = pixels.shape[:2]
    unfiltered = np.zeros((height, 1 + 4 * width), dtype=np.uint8)  # each row begins with the number of its filter
    unfiltered[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(unfiltered.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def _attribute(name: str) -> str:
    return as_label(name).replace('"', "&quot;")


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
