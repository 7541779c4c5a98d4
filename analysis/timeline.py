"""The message streams of a session as lanes over time: densities from afar, single messages near by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from analysis.moments import Mark, Span
from store.reader import SessionReader

MAX_LANES = 40
"""More lanes than this cannot be read on one screen."""
MAX_POINTS = 5_000
"""Up to this many messages are drawn one by one; a browser draws more of them too slowly."""
OTHER_TOPICS = "other topics"


class Detail(StrEnum):
    """How close a timeline looks."""

    DENSITY = "density"
    MESSAGES = "messages"


@dataclass(frozen=True)
class Lane:
    """One row of a timeline: a topic, a category of topics, or the rest."""

    name: str
    messages: int
    """In view, from the one-second samples at either end of it."""
    topics: int
    """How many topics share this lane."""
    rest: bool = False
    """Whether this is the lane of everything that has no lane of its own."""


@dataclass(frozen=True)
class Timeline:
    """The lanes of a stretch [start_s, end_s) of a session. Offsets are seconds since the session's start."""

    origin_ns: int
    start_s: float
    end_s: float
    detail: Detail
    lanes: tuple[Lane, ...]
    """Top to bottom, sorted by name; the rest is the last one."""
    density: pd.DataFrame
    """frames.LANE, OFFSET (start of the bucket), MESSAGES and BYTES, only where something is; empty in detail MESSAGES."""
    bucket_s: float
    """Width of a bucket of `density`."""
    points: pd.DataFrame
    """frames.LANE, OFFSET, ID, TOPIC, SIZE, QOS and RETAIN of each message; empty in detail DENSITY."""
    messages: int
    """In view."""
    gaps: tuple[Span, ...]
    pauses: tuple[Span, ...]
    marks: tuple[Mark, ...]
    notes: tuple[str, ...] = ()
    """What the reader of the figure must know, in sentences: what was merged, how coarse the view is."""


def timeline(
    reader: SessionReader,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    start_s: float | None = None,
    end_s: float | None = None,
    lanes: int = MAX_LANES,
    category_of: Callable[[str], str] | None = None,
    max_points: int = MAX_POINTS,
) -> Timeline:
    """The lanes between `start_s` (inclusive) and `end_s` (exclusive); None means the whole session.

    `include` and `exclude` are topic filters (an invalid one is a UsageError); an empty `include` is everything.
    With `category_of` the lanes are what it returns for each topic, else the topics themselves.
    """
    raise NotImplementedError
