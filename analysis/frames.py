"""Sessions as DataFrames: the one place where the names of columns are defined."""

from __future__ import annotations

from typing import Final

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
AT: Final = "at"
"""A moment, UTC."""
SIZE: Final = "payload_bytes"
QOS: Final = "qos"
RETAIN: Final = "retain"
"""core.message.LIVE, LIVE_RETAINED or FROM_DUMP."""
