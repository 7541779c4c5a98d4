"""The figures of a part of a session: of a stretch of time, of some topics, or both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis.frames import BYTES, MESSAGES, OFFSET, RATE, TOPIC, samples_frame
from analysis.moments import Happenings
from analysis.overview import MAX_BUCKETS, Overview, nice_width, overview
from analysis.selection import topic_selector
from analysis.timeline import session_range
from core.message import NS_PER_SECOND
from store.query import MessageQuery
from store.reading import Reader
from store.results import Span


def overview_part(
    reader: Reader,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    span_s: tuple[float, float] | None = None,
) -> Overview:
    """Like `overview`, of [start, end) seconds since the session's start and of the chosen topics.

    Messages and moments are exact. Topics and bytes come from the one-second samples, so a second that the stretch
    cuts counts whole. The busiest second is known without topic filters, and with them in up to MAX_BUCKETS seconds.
    """
    whole = overview(reader)
    if span_s is None and not include and not exclude:
        return whole
    start_s, end_s = span_s or session_range(reader)
    seconds = math.floor(start_s), math.ceil(end_s)
    width = nice_width(seconds[1] - seconds[0], MAX_BUCKETS)
    samples = samples_frame(reader, width, *seconds, topic_selector(include, exclude))
    activity = _activity(samples, range(seconds[0] - seconds[0] % width, seconds[1], width), width)
    busiest = _busiest(reader, activity, width, seconds, filtered=bool(include or exclude))
    part = replace(
        _counted(whole, reader.span(_query(reader, tuple(include), tuple(exclude), span_s)), end_s - start_s),
        bytes=int(samples[BYTES].sum()),
        mean_bytes=int(samples[BYTES].sum()) / max(1, int(samples[MESSAGES].sum())),
        topics=int(samples[TOPIC].nunique()),
        start_s=start_s,
        busiest_second_offset_s=None if busiest is None else busiest[0],
        busiest_second_messages=0 if busiest is None else busiest[1],
        activity=activity,
        bucket_s=width,
    )
    shown = Happenings(whole.gaps, whole.pauses, whole.marks).within(start_s, end_s)
    return replace(part, gaps=shown.gaps, pauses=shown.pauses, marks=shown.marks)


def _counted(whole: Overview, found: Span, length_s: float) -> Overview:
    """With the messages that were found."""
    return replace(
        whole,
        messages=found.messages,
        first_ns=found.first_ns if found.messages else None,
        last_ns=found.last_ns if found.messages else None,
        duration_s=length_s,
        rate_per_s=found.messages / length_s,
        initial=0,
    )


def _query(
    reader: Reader, include: tuple[str, ...], exclude: tuple[str, ...], span_s: tuple[float, float] | None
) -> MessageQuery:
    if span_s is None:
        return MessageQuery(include, exclude)
    start_ns, end_ns = (reader.metadata.started_ns + round(offset * NS_PER_SECOND) for offset in span_s)
    return MessageQuery(include, exclude, start_ns, end_ns)


def _activity(samples: pd.DataFrame, buckets: range, width: int) -> pd.DataFrame:
    sums = samples.groupby(OFFSET)[[MESSAGES, BYTES]].sum()
    table = sums.reindex(buckets, fill_value=0).rename_axis(OFFSET).reset_index()
    table[RATE] = table[MESSAGES] / width
    return table


def _busiest(
    reader: Reader, activity: pd.DataFrame, width: int, seconds: tuple[int, int], *, filtered: bool
) -> tuple[int, int] | None:
    """The second in which the most came, the first of equals, and how many; None if there is none or it costs much."""
    if width == 1:
        counts = list(zip(activity[OFFSET].tolist(), activity[MESSAGES].tolist(), strict=True))
    elif not filtered:
        counts = [(second, messages) for second, messages, _ in reader.activity(*seconds)]
    else:
        return None
    best = max(counts, key=lambda one: (one[1], -one[0]), default=(0, 0))
    return best if best[1] else None
