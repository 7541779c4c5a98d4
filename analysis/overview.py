"""What a session is, in a dozen numbers and one curve."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.moments import Mark, Span
from store.reader import SessionReader


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
    duration_s: float
    """From the first to the last message; 0 with fewer than two."""
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

    @property
    def gap_s(self) -> float:
        """Seconds without a connection, all gaps together."""
        return sum(gap.duration_s for gap in self.gaps)


MAX_BUCKETS = 600
"""More bars than this are narrower than a pixel or two on a screen."""


def overview(reader: SessionReader) -> Overview:
    """The figures of a session."""
    raise NotImplementedError
