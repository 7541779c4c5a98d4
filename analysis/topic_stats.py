"""How much each topic of a session carries: counts, rates, sizes and shares."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.frames import (
    BYTES,
    FIRST_AT,
    LAST_AT,
    MAX_BYTES,
    MEAN_BYTES,
    MESSAGES,
    MIN_BYTES,
    RATE,
    SHARE,
    TOPIC,
    utc,
)
from analysis.selection import topic_selector
from store.reading import Reader


def topic_table(reader: Reader, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> pd.DataFrame:
    """One row per topic, busiest first (ties by name).

    Columns, from analysis.frames: TOPIC, MESSAGES, SHARE (% of all messages of the session), RATE (per second of the
    recording, from its start to its end; 0 where that is no time), FIRST_AT and LAST_AT (UTC, tz-aware), BYTES,
    MIN_BYTES, MEAN_BYTES, MAX_BYTES (of a payload). `include` and `exclude` are topic filters.
    """
    selects = topic_selector(include, exclude)
    everything = reader.topics()
    total = sum(row.messages for row in everything)
    duration_s = reader.summary().duration_s
    rows = sorted((row for row in everything if selects(row.topic)), key=lambda row: (-row.messages, row.topic))
    messages = pd.Series([row.messages for row in rows], dtype="int64")
    size = pd.Series([row.bytes for row in rows], dtype="int64")
    return pd.DataFrame(
        {
            TOPIC: pd.Series([row.topic for row in rows], dtype="object"),
            MESSAGES: messages,
            SHARE: messages * 100.0 / max(total, 1),
            RATE: messages / duration_s if duration_s > 0 else messages * 0.0,
            FIRST_AT: utc([row.first_ns for row in rows]),
            LAST_AT: utc([row.last_ns for row in rows]),
            BYTES: size,
            MIN_BYTES: pd.Series([row.min_bytes for row in rows], dtype="int64"),
            MEAN_BYTES: size / messages,
            MAX_BYTES: pd.Series([row.max_bytes for row in rows], dtype="int64"),
        }
    )
