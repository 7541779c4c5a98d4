"""How much each topic of a session carries: counts, rates, sizes and shares."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from store.reader import SessionReader


def topic_table(reader: SessionReader, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> pd.DataFrame:
    """One row per topic, busiest first (ties by name).

    Columns, from analysis.frames: TOPIC, MESSAGES, SHARE (% of all messages of the session), RATE (per second between the first
    and the last message of the session; 0 where that is no time), FIRST_AT and LAST_AT (UTC, tz-aware), BYTES, MIN_BYTES,
    MEAN_BYTES, MAX_BYTES. `include` and `exclude` are topic filters.
    """
    raise NotImplementedError


def topics_json(
    reader: SessionReader, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> list[dict[str, object]]:
    """The table as the command line's `topics --json` prints it: topic, messages, bytes, rate_per_second, first_at, last_at.

    Times are ISO 8601 with microseconds and offset (UTC).
    """
    raise NotImplementedError
