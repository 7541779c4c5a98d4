"""The message streams of a session as lanes over time: densities from afar, single messages near by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from analysis.frames import BYTES, LANE, MESSAGES, OFFSET, SIZE, TOPIC, points_frame, samples_frame
from analysis.lanes import Lane, plan_lanes
from analysis.moments import Happenings, Mark, Span, happenings
from analysis.overview import nice_width, session_end_ns
from analysis.selection import topic_selector
from core.message import NS_PER_SECOND
from store.query import MessageQuery
from store.reading import Reader

MAX_LANES = 40
"""More lanes than this cannot be read on one screen."""
MAX_POINTS = 5_000
"""Up to this many messages are drawn one by one; a browser draws more of them too slowly."""
FINE_S = 60.0
"""In a stretch no longer than this, buckets of a whole second would be coarse."""
MAX_FINE_POINTS = 100_000
"""Up to this many messages of such a stretch are read to count them in finer buckets; that takes some 0.2 s."""
MAX_BUCKETS = 400
"""Columns of a density: each is some pixels wide."""


class Detail(StrEnum):
    """How close a timeline looks."""

    DENSITY = "density"
    MESSAGES = "messages"


@dataclass(frozen=True)
class Timeline:
    """The lanes of a stretch [start_s, end_s) of a session. Offsets are seconds since the session's start."""

    origin_ns: int
    """Offset 0, nanoseconds since the epoch, UTC."""
    start_s: float
    end_s: float
    detail: Detail
    lanes: tuple[Lane, ...]
    """Top to bottom."""
    density: pd.DataFrame
    """frames.LANE, OFFSET (start of the bucket), MESSAGES and BYTES where something is; empty in detail MESSAGES."""
    bucket_s: float
    """Width of a bucket of `density`; 0 in detail MESSAGES."""
    points: pd.DataFrame
    """frames.LANE, OFFSET, AT_NS, ID, TOPIC, SIZE, QOS and RETAIN of each message; empty in detail DENSITY."""
    messages: int
    """The sum over the lanes."""
    gaps: tuple[Span, ...]
    """Those that touch the stretch, in full length; likewise the pauses."""
    pauses: tuple[Span, ...]
    marks: tuple[Mark, ...]
    notes: tuple[str, ...] = ()
    """What a viewer must know, in sentences: what was merged, how coarse the view is."""


@dataclass(frozen=True)
class _View:
    """What is looked at: a stretch of a session and some of its topics."""

    reader: Reader
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True)
class _Content:
    """What a view shows, by topic: single messages if `detail` says so, else counts per bucket."""

    detail: Detail
    frame: pd.DataFrame
    bucket_s: float = 0.0


def timeline(
    reader: Reader,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    start_s: float | None = None,
    end_s: float | None = None,
    lanes: int = MAX_LANES,
    category_of: Callable[[str], str] | None = None,
    max_points: int = MAX_POINTS,
) -> Timeline:
    """The lanes between `start_s` (inclusive) and `end_s` (exclusive); None means the session's start or end.

    `include` and `exclude` are topic filters (an invalid one is a UsageError); an empty `include` is everything.
    With `category_of` the lanes are what it returns for each topic, else the topics themselves. About `lanes` lanes
    (at least 1) are made at most: the busiest, and one for the rest.
    """
    view = _view(reader, tuple(include), tuple(exclude), start_s, end_s)
    content = _content(view, max_points)
    plan = plan_lanes(content.frame.groupby(TOPIC)[MESSAGES].sum(), max(1, lanes), category_of)
    placed = content.frame.assign(**{LANE: content.frame[TOPIC].map(plan.position_of).astype("int64")})
    single = content.detail is Detail.MESSAGES
    happened = _happenings(view)
    return Timeline(
        origin_ns=reader.metadata.started_ns,
        start_s=view.start_s,
        end_s=view.end_s,
        detail=content.detail,
        lanes=plan.lanes,
        density=_density(placed.iloc[:0] if single else placed),
        bucket_s=content.bucket_s,
        points=placed if single else placed.iloc[:0],
        messages=int(content.frame[MESSAGES].sum()),
        gaps=happened.gaps,
        pauses=happened.pauses,
        marks=happened.marks,
        notes=tuple(note for note in (plan.note, _coarseness(content, max_points)) if note),
    )


def _view(
    reader: Reader, include: tuple[str, ...], exclude: tuple[str, ...], start_s: float | None, end_s: float | None
) -> _View:
    """What is to be shown; an open end is the session's."""
    first_s, last_s = session_range(reader)
    start_s = first_s if start_s is None else start_s
    return _View(reader, include, exclude, start_s, max(start_s, last_s if end_s is None else end_s))


def session_range(reader: Reader) -> tuple[float, float]:
    """Where a session begins and ends, as offsets; the end is exclusive, later than the start and than all messages.

    It begins at 0, or before that if there are messages that are older than the recording.
    """
    summary, origin_ns = reader.summary(), reader.metadata.started_ns
    first_ns = origin_ns if summary.first_ns is None else min(origin_ns, summary.first_ns)
    last_ns = origin_ns if summary.last_ns is None else max(origin_ns, summary.last_ns)
    start, after_last = (first_ns - origin_ns) // NS_PER_SECOND, (last_ns - origin_ns) // NS_PER_SECOND + 1
    return float(start), max(float(after_last), (session_end_ns(reader, summary) - origin_ns) / NS_PER_SECOND)


def _happenings(view: _View) -> Happenings:
    reader = view.reader
    end_ns = session_end_ns(reader, reader.summary())
    everything = happenings(reader.events(), reader.metadata.started_ns, end_ns)
    return everything.within(view.start_s, view.end_s)


def _content(view: _View, max_points: int) -> _Content:
    """Single messages if these are few enough, else buckets as fine as can be had in time."""
    width_s = nice_width(view.length_s, MAX_BUCKETS)
    selects = topic_selector(view.include, view.exclude)
    start_s, end_s = math.floor(view.start_s), math.ceil(view.end_s)
    buckets = samples_frame(view.reader, width_s, start_s, end_s, selects)
    limit = max(max_points, MAX_FINE_POINTS) if view.length_s <= FINE_S else max_points
    if int(buckets[MESSAGES].sum()) <= 2 * limit:  # at the ends of a view the samples count up to a second too much
        points = points_frame(view.reader, _query(view), limit + 1).assign(**{MESSAGES: 1})
        if len(points) <= max_points:
            return _Content(Detail.MESSAGES, points)
        if len(points) <= limit:
            width = view.length_s / MAX_BUCKETS
            offset = view.start_s + (points[OFFSET] - view.start_s) // width * width
            return _Content(Detail.DENSITY, points.assign(**{OFFSET: offset, BYTES: points[SIZE]}), width)
    return _Content(Detail.DENSITY, buckets, float(width_s))


def _query(view: _View) -> MessageQuery:
    origin_ns = view.reader.metadata.started_ns
    return MessageQuery(
        include=view.include,
        exclude=view.exclude,
        start_ns=origin_ns + round(view.start_s * NS_PER_SECOND),
        end_ns=origin_ns + round(view.end_s * NS_PER_SECOND),
    )


def _density(placed: pd.DataFrame) -> pd.DataFrame:
    columns = [column for column in (MESSAGES, BYTES) if column in placed]
    return placed.groupby([LANE, OFFSET], as_index=False)[columns].sum()


def _coarseness(content: _Content, max_points: int) -> str:
    if content.detail is Detail.MESSAGES:
        return ""
    width = f"{content.bucket_s:,.0f} s" if content.bucket_s >= 1 else f"{content.bucket_s * 1_000:,.0f} ms"
    return f"Messages are counted per {width}; a stretch with up to {max_points:,} messages shows each of them."
