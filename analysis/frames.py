"""Sessions as DataFrames: the one place where the names of columns are defined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd

from core.message import NS_PER_SECOND
from store.query import MessageQuery
from store.reading import Reader

TOPIC: Final = "topic"
MESSAGES: Final = "messages"
BYTES: Final = "bytes"
RATE: Final = "rate_per_second"
FIRST_AT: Final = "first_at"
LAST_AT: Final = "last_at"
MIN_BYTES: Final = "min_bytes"
MEAN_BYTES: Final = "mean_bytes"
MAX_BYTES: Final = "max_bytes"
SHARE: Final = "share_percent"
"""Share of all messages of the session, 0 to 100."""

OFFSET: Final = "offset_s"
"""Seconds since the session's start."""
LANE: Final = "lane"
"""Position of a lane in its timeline, 0 is the top one."""
ID: Final = "id"
AT_NS: Final = "at_ns"
"""A moment, nanoseconds since the epoch, UTC."""
SIZE: Final = "payload_bytes"
QOS: Final = "qos"
MEDIAN: Final = "median_interval_s"
JITTER: Final = "jitter_s"
"""The interquartile range of the intervals."""
QOS_USED: Final = "qos_used"
"""Every quality of service that was used, as text: `0, 1`."""
RETAINED: Final = "retained"
"""Messages with the retain flag, be they live or the initial state."""
ACTIVITY: Final = "activity"
"""Messages per bucket, a list."""
PATH: Final = "path"
NAME: Final = "name"
LEVEL: Final = "level"
TOPICS: Final = "topics"
RETAIN: Final = "retain"
"""core.message.LIVE, LIVE_RETAINED or FROM_DUMP."""


def samples_frame(
    reader: Reader, width_s: int, start_s: int, end_s: int, selects: Callable[[str], bool]
) -> pd.DataFrame:
    """Messages and bytes per topic and bucket of `width_s` seconds: OFFSET (a bucket's start), TOPIC, MESSAGES, BYTES.

    From the one-second samples in [start_s, end_s); buckets begin at multiples of `width_s`, empty ones have no row.
    """
    found = reader.samples(width_s, start_s, end_s)
    chosen = {topic for topic in {row.topic for row in found} if selects(topic)}
    rows = [row for row in found if row.topic in chosen]
    return pd.DataFrame(
        {
            OFFSET: pd.Series([row.second for row in rows], dtype="int64"),
            TOPIC: pd.Series([row.topic for row in rows], dtype="object"),
            MESSAGES: pd.Series([row.messages for row in rows], dtype="int64"),
            BYTES: pd.Series([row.bytes for row in rows], dtype="int64"),
        }
    )


def points_frame(reader: Reader, query: MessageQuery, limit: int) -> pd.DataFrame:
    """The first `limit` messages that a query finds, without payloads: ID, AT_NS, OFFSET, TOPIC, SIZE, QOS, RETAIN."""
    rows = reader.points(query, limit)
    at_ns = pd.Series([row.at_ns for row in rows], dtype="int64")
    return pd.DataFrame(
        {
            ID: pd.Series([row.id for row in rows], dtype="int64"),
            AT_NS: at_ns,
            OFFSET: (at_ns - reader.metadata.started_ns) / NS_PER_SECOND,
            TOPIC: pd.Series([row.topic for row in rows], dtype="object"),
            SIZE: pd.Series([row.size for row in rows], dtype="int64"),
            QOS: pd.Series([row.qos for row in rows], dtype="int64"),
            RETAIN: pd.Series([row.retain for row in rows], dtype="int64"),
        }
    )


def utc(at_ns: list[int]) -> pd.Series:
    """Moments as tz-aware UTC times."""
    return pd.Series(pd.to_datetime(pd.Series(at_ns, dtype="int64"), unit="ns", utc=True))
