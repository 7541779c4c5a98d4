"""The topics in view: what each carries, in what rhythm, and its activity as a row of a few numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from analysis.frames import (
    ACTIVITY,
    BYTES,
    FIRST_AT,
    JITTER,
    LAST_AT,
    MAX_BYTES,
    MEAN_BYTES,
    MEDIAN,
    MESSAGES,
    MIN_BYTES,
    OFFSET,
    QOS_USED,
    RATE,
    RETAINED,
    SHARE,
    TOPIC,
    samples_frame,
    utc,
)
from analysis.overview import nice_width
from analysis.rhythm import Rhythm, Rhythms
from analysis.selection import topic_selector
from analysis.timeline import session_range
from store.reading import Reader

BARS = 40
"""Numbers in a topic's row of activity."""
MAX_ROWS = 2_000
"""So many topics have a row of activity, the busiest; a table of more is searched rather than looked at."""


def topic_activity(
    reader: Reader,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    span_s: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """One row per topic in view, by name: TOPIC, MESSAGES, BYTES and ACTIVITY.

    ACTIVITY is a list of messages per bucket, equally wide ones for all topics, up to BARS; empty for those beyond the
    MAX_ROWS busiest. From the one-second samples, so a second that the stretch cuts counts whole.
    """
    start_s, end_s = span_s or session_range(reader)
    first, last = math.floor(start_s), math.ceil(end_s)
    width = nice_width(last - first, BARS)
    samples = samples_frame(reader, width, first, last, topic_selector(include, exclude))
    sums = samples.groupby(TOPIC)[[MESSAGES, BYTES]].sum()
    busiest = sums[MESSAGES].nlargest(MAX_ROWS).index
    drawn = samples[samples[TOPIC].isin(busiest)]
    buckets = range(first - first % width, last, width)
    table = drawn.pivot_table(index=TOPIC, columns=OFFSET, values=MESSAGES, aggfunc="sum", fill_value=0)
    rows = dict(zip(table.index, table.reindex(columns=buckets, fill_value=0).astype("int64").values.tolist(),
                    strict=True))  # fmt: skip
    return sums.assign(**{ACTIVITY: [rows.get(topic, []) for topic in sums.index]}).reset_index()


def with_rhythm(table: pd.DataFrame, found: Rhythms | None) -> pd.DataFrame:
    """Adds MEDIAN, JITTER (seconds), QOS_USED (text) and RETAINED to a table of topics; empty while unknown."""
    rhythms = [None if found is None else found.topics.get(topic) for topic in table[TOPIC]]
    wider = table.copy()
    wider[MEDIAN] = _column([None if one is None else one.median_s for one in rhythms])
    wider[JITTER] = _column([None if one is None else one.jitter_s for one in rhythms])
    wider[QOS_USED] = ["" if one is None else ", ".join(map(str, one.qos)) for one in rhythms]
    wider[RETAINED] = _column([None if one is None else float(one.retained) for one in rhythms])
    return wider


def part_table(activity: pd.DataFrame, found: Rhythms, length_s: float) -> pd.DataFrame:
    """The columns of `topic_stats.topic_table` for a part of a session of `length_s` seconds, busiest first.

    Messages and moments are exact and without the broker's initial state where a topic has anything else; BYTES and
    MEAN_BYTES are those of the samples, and the sizes of single messages are not known.
    """
    rows: list[tuple[str, Rhythm]] = sorted(found.topics.items(), key=lambda row: (-row[1].messages, row[0]))
    samples = activity.set_index(TOPIC)
    names = [topic for topic, _ in rows]
    messages = pd.Series([rhythm.messages for _, rhythm in rows], dtype="int64")
    sums = samples.reindex(names)[[MESSAGES, BYTES]].fillna(0).reset_index(drop=True).astype("float64")
    mean = sums[BYTES] / sums[MESSAGES].where(sums[MESSAGES] > 0)
    return pd.DataFrame(
        {
            TOPIC: pd.Series(names, dtype="object"),
            MESSAGES: messages,
            SHARE: messages * 100.0 / max(1, found.messages),
            RATE: messages / length_s,
            FIRST_AT: _moments([rhythm.first_ns for _, rhythm in rows]),
            LAST_AT: _moments([rhythm.last_ns for _, rhythm in rows]),
            BYTES: (mean * messages).fillna(0).round().astype("int64"),
            MIN_BYTES: _column([None] * len(rows)),
            MEAN_BYTES: mean,
            MAX_BYTES: _column([None] * len(rows)),
        }
    )


def _column(values: Sequence[float | None]) -> pd.Series:
    return pd.Series(list(values), dtype="float64")


def _moments(at_ns: list[int]) -> pd.Series:
    """Without those that are 0."""
    return utc(at_ns).where(pd.Series(at_ns, dtype="int64") > 0)
