"""What all figures share: colours for light and dark, wall-clock time in a zone, and names that stay text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from html import escape
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.errors import UsageError
from core.message import NS_PER_MICROSECOND, NS_PER_SECOND

PALETTE: Final = (
    "#3b82f6", "#f59e0b", "#ec4899", "#84cc16", "#06b6d4", "#f97316", "#8b5cf6", "#d946ef", "#10b981",
)  # fmt: skip
"""Of middle lightness, so that they stand out from white and from black. No red and no grey: these have a meaning."""
REST_COLOUR: Final = "#94a3b8"
GAP_COLOUR: Final = "#ef4444"
PAUSE_COLOUR: Final = "#7c8aa0"
MARK_COLOUR: Final = "#d97706"
GRID_COLOUR: Final = "rgba(128,128,128,0.2)"
LANE_GRID_COLOUR: Final = "rgba(128,128,128,0.1)"
TRANSPARENT: Final = "rgba(0,0,0,0)"
LABEL_CHARS: Final = 44
TOP_PX: Final = 8
"""The margin above a figure."""
BOTTOM_PX: Final = 42
"""What times below a figure take: the time of day, the date, and the distance to both."""
_MINUTE_S, _DAY_S = 60, 86_400


def default_colour(name: str) -> str:
    """A colour (#rrggbb) for a topic or category: always the same for the same name, on every machine.

    Topics with the same first level look alike: a picture of a few colours shows more than one of forty.
    """
    root = name.strip("/").partition("/")[0]
    return PALETTE[crc32(root.encode("utf-8", "surrogatepass")) % len(PALETTE)]


def faded(colour: str, alpha: float) -> str:
    """A colour #rrggbb with an opacity of `alpha`, 0 to 1."""
    red, green, blue = (int(colour[position : position + 2], 16) for position in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def as_text(name: str) -> str:
    """A name for a label or a hover text: plotly reads both as a kind of HTML, so the name is escaped."""
    visible = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in name)
    return escape(visible, quote=False)


def as_label(name: str) -> str:
    """A name for an axis: as text, a long one without its middle, because both ends of a topic matter."""
    if len(name) > LABEL_CHARS:
        half = (LABEL_CHARS - 1) // 2
        name = f"{name[:half]}…{name[-half:]}"
    return as_text(name)


class WallClock:
    """The time of day in a zone, with the UTC offset that is valid at `at_ns`.

    One offset for a whole figure: where the clock is put back, time would otherwise run twice over the same axis.
    """

    def __init__(self, zone: str, at_ns: int) -> None:
        try:
            info = ZoneInfo(zone)
        except (
            ZoneInfoNotFoundError,
            ValueError,
            OSError,
        ) as error:  # a file system path is a ValueError or an OSError
            raise UsageError(f"'{zone}' is not a time zone. Use a name like UTC or Europe/Berlin.") from error
        moment = datetime.fromtimestamp(at_ns // NS_PER_SECOND, tz=info)
        offset = moment.utcoffset() or timedelta(0)
        self._shift_ns = int(offset.total_seconds()) * NS_PER_SECOND
        name = timezone(offset).tzname(None)
        self.label = name if zone == name else f"{zone}, {name}"
        """For the title of an axis: `Europe/Berlin, UTC+02:00`."""
        self.short = name

    def at(self, at_ns: pd.Series | list[int]) -> np.ndarray:
        """Moments as plotly draws them: wall-clock time without a zone, to the microsecond."""
        moments = np.asarray(at_ns, dtype="int64") + self._shift_ns
        return (moments // NS_PER_MICROSECOND).astype("datetime64[us]")

    def offsets(self, origin_ns: int, offset_s: pd.Series | list[float]) -> np.ndarray:
        """The same for offsets in seconds from `origin_ns`."""
        seconds = np.asarray(offset_s, dtype="float64")
        return self.at(list(origin_ns + np.round(seconds * NS_PER_SECOND).astype("int64")))

    def ticks(self, begin_ns: int, end_ns: int, step_s: int) -> Iterator[tuple[int, str]]:
        """Every `step_s` seconds of the wall clock, both ends included: nanoseconds since the epoch, and what to write.

        In whole numbers, because a floating-point number would name the minute before as often as not.
        """
        step_ns = step_s * NS_PER_SECOND
        first_ns, last_ns = (at_ns + self._shift_ns for at_ns in (begin_ns, end_ns))
        for wall_ns in range(-(-first_ns // step_ns) * step_ns, last_ns + 1, step_ns):
            day, _, time = str(np.datetime64(wall_ns // NS_PER_SECOND, "s")).partition("T")
            is_day = step_s >= _DAY_S or time == "00:00:00"
            yield wall_ns - self._shift_ns, day if is_day else time[:5] if step_s >= _MINUTE_S else time

    def moment(self, wall: str) -> int:
        """Nanoseconds since the epoch of a wall-clock time as plotly names it: the inverse of `at`."""
        microseconds = int(np.datetime64(wall, "us").astype("int64"))
        return microseconds * NS_PER_MICROSECOND - self._shift_ns

    def text(self, at_ns: pd.Series | list[int]) -> list[str]:
        """Moments for people, to the millisecond: `2026-08-07 13:37:39.123 UTC+02:00`."""
        return [f"{text.replace('T', ' ')} {self.short}" for text in np.datetime_as_string(self.at(at_ns), unit="ms")]


def size_text(size: int) -> str:
    """Bytes for people: `512 B`, `1.2 kB`, `10.0 MB` (powers of 1,000)."""
    if size < 1_000:
        return f"{size:,} B"
    for unit, factor in (("kB", 1_000), ("MB", 1_000_000)):
        if size < factor * 1_000:
            return f"{size / factor:,.1f} {unit}"
    return f"{size / 1_000_000_000:,.1f} GB"


def neutral_layout(figure: go.Figure, height: int) -> go.Figure:
    """Removes what would fight with a theme: backgrounds, titles, legends, wide margins."""
    return figure.update_layout(
        height=height,
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        showlegend=False,
        margin={"l": 8, "r": 16, "t": TOP_PX, "b": 8},
        hoverlabel={"align": "left", "namelength": -1},
        hovermode="closest",
        modebar={"bgcolor": TRANSPARENT},
    )


CLOCK_STEPS: Final = ((1_000, "%H:%M:%S.%3f"), (60_000, "%H:%M:%S"), (86_400_000, "%H:%M"))
"""Milliseconds between ticks, exclusive, up to which the time of day is written so."""
DATE: Final = "%Y-%m-%d"


def moment_ticks() -> list[dict[str, object]]:
    """How ticks of a date axis are written: the time of day, below it the date where it changes; days by their date.

    Plotly's own dates are American: `Nov 21, 2026`.
    """
    ticks: list[dict[str, object]] = []
    lowest: int | None = None
    for below, clock in CLOCK_STEPS:
        ticks.append({"dtickrange": [lowest, below - 1], "value": f"{clock}\n{DATE}"})
        lowest = below
    return [*ticks, {"dtickrange": [lowest, None], "value": DATE}]


def axis_title(text: str) -> dict[str, object]:
    """A title close to its axis."""
    return {"text": text, "standoff": 6, "font": {"size": 12}}
