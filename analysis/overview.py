"""What a session is, in a dozen numbers and one curve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import takewhile

import pandas as pd

from analysis.frames import BYTES, MESSAGES, OFFSET, RATE
from analysis.moments import Mark, Span, happenings
from core.message import FROM_DUMP
from store.reading import Reader
from store.results import SessionSummary


@dataclass(frozen=True)
class Overview:
    """The figures of a whole session. Offsets and durations are seconds since the session's start."""

    name: str
    source: str
    status: str
    origin_ns: int
    """The session's start, offset 0; nanoseconds since the epoch, UTC."""
    messages: int
    bytes: int
    topics: int
    initial: int
    """So many messages, the first ones, are the initial state: what the broker had stored before the recording."""
    duration_s: float
    """Of the recording, from its start to its end; to the last message while it runs, or where no end is known."""
    first_ns: int | None
    last_ns: int | None
    rate_per_s: float
    """Mean over the duration; 0 where the duration is 0."""
    mean_bytes: float
    busiest_second_offset_s: int | None
    busiest_second_messages: int
    gaps: tuple[Span, ...]
    """Where the connection was lost, from gap_start to gap_end."""
    pauses: tuple[Span, ...]
    marks: tuple[Mark, ...]
    activity: pd.DataFrame
    """frames.OFFSET (start of the bucket), MESSAGES, BYTES and RATE; at most MAX_BUCKETS rows, none left out."""
    bucket_s: int
    """Width of a bucket of `activity`, whole seconds."""
    start_s: float = 0.0
    """Where the figures begin; later than 0 in those of a part, see `overview_part`."""

    @property
    def gap_s(self) -> float:
        """Seconds without a connection, all gaps together."""
        return sum(gap.duration_s for gap in self.gaps)


MAX_BUCKETS = 600
"""More bars than this are narrower than a pixel or two on a screen."""
NICE_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
"""Seconds; widths that divide a minute, an hour or a day, so that buckets begin at moments people use."""


def overview(reader: Reader) -> Overview:
    """The figures of a session."""
    metadata, summary = reader.metadata, reader.summary()
    busiest = reader.busiest_second()
    happened = happenings(reader.events(), metadata.started_ns, session_end_ns(reader, summary))
    activity, bucket_s = _activity(reader)
    return Overview(
        name=metadata.name,
        source=metadata.source,
        status=metadata.status.value,
        origin_ns=metadata.started_ns,
        messages=summary.messages,
        bytes=summary.bytes,
        topics=summary.topics,
        initial=sum(1 for _ in takewhile(lambda message: message.retain == FROM_DUMP, reader.stream())),
        duration_s=summary.duration_s,
        first_ns=summary.first_ns,
        last_ns=summary.last_ns,
        rate_per_s=summary.messages / summary.duration_s if summary.duration_s > 0 else 0.0,
        mean_bytes=summary.bytes / summary.messages if summary.messages else 0.0,
        busiest_second_offset_s=None if busiest is None else busiest[0],
        busiest_second_messages=0 if busiest is None else busiest[1],
        gaps=happened.gaps,
        pauses=happened.pauses,
        marks=happened.marks,
        activity=activity,
        bucket_s=bucket_s,
    )


def session_end_ns(reader: Reader, summary: SessionSummary) -> int:
    """The end of a session: when it was stopped or, if that is later, its last message; never before its start."""
    known = (reader.metadata.started_ns, reader.metadata.ended_ns, summary.last_ns)
    return max(moment for moment in known if moment is not None)


def nice_width(seconds: float, buckets: int) -> int:
    """The smallest familiar width (1, 2, 5, 10, 15, 30 s, 1 min ...) with which `seconds` need at most `buckets`.

    One bucket is kept in reserve, because a stretch rarely begins where a bucket does.
    """
    for width in NICE_WIDTHS:
        if seconds / width <= buckets - 1:
            return width
    days = NICE_WIDTHS[-1]
    return days * math.ceil(seconds / days / (buckets - 1))


def _activity(reader: Reader) -> tuple[pd.DataFrame, int]:
    """The curve of messages per second, with a row for every bucket from the first to the last message."""
    seconds = reader.seconds()
    first, last = seconds or (0, -1)
    width = nice_width(last - first + 1, MAX_BUCKETS)
    rows = reader.activity(bucket_s=width) if seconds else []
    sums = pd.DataFrame(rows, columns=[OFFSET, MESSAGES, BYTES]).astype("int64").set_index(OFFSET)
    buckets = range(first - first % width, last + 1, width)
    table = sums.reindex(buckets, fill_value=0).rename_axis(OFFSET).reset_index()
    table[RATE] = table[MESSAGES] / width
    return table, width
