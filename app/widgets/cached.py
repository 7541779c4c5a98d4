"""Results of the analysis, kept between reruns for as long as the session does not change."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import pandas as pd
import streamlit as st

from analysis import overview as overviews
from analysis import timeline as timelines
from analysis.overview import Overview
from analysis.overview_part import overview_part
from analysis.timeline import Timeline
from analysis.topic_stats import topic_table
from analysis.topic_view import topic_activity
from aps.topics import LABELS, category
from aps.view_presets import ViewPreset, view_presets
from replay import marks
from replay.marks import Mark
from replay.status import ReplayRequest
from replay.time_shift import ShiftExample, preview
from store.catalog import SessionEntry
from store.part_files import parts_of
from store.parts import open_session
from store.query import MessageQuery
from store.reading import Reader
from store.results import Span

P = ParamSpec("P")
T = TypeVar("T")

Stamp = tuple[int, ...]
"""Differs as soon as the session's file does."""
Compute = Callable[Concatenate[Reader, P], T]
Kept = Callable[Concatenate[Path, Stamp, P], T]
KEPT = 16
"""Results of each kind in memory; one is at most some megabytes."""


def stamp_of(entry: SessionEntry) -> Stamp:
    """While a session is being recorded its messages arrive in the write-ahead log, so that counts too."""
    files = [file for part in parts_of(entry.path) for file in (part, part.with_name(part.name + "-wal"))]
    return tuple(number for file in files if file.is_file() for number in _size_and_time(file))


def _size_and_time(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_size, found.st_mtime_ns


def of_session(doing: str) -> Callable[[Compute[P, T]], Kept[P, T]]:
    """Makes a function of a session's reader one of its path and stamp, whose results are kept.

    `doing` is what the page says meanwhile.
    """

    def kept(compute: Compute[P, T]) -> Kept[P, T]:
        @st.cache_data(max_entries=KEPT, show_spinner=doing)
        @wraps(compute)
        def read(path: Path, stamp: Stamp, /, *args: P.args, **kwargs: P.kwargs) -> T:  # noqa: ARG001 - only for the key
            with open_session(path) as reader:
                return compute(reader, *args, **kwargs)

        return read

    return kept


@of_session("Reading the session…")
def overview_of(reader: Reader) -> Overview:
    """The figures of the whole session."""
    return overviews.overview(reader)


@of_session("Reading the session…")
def overview_part_of(
    reader: Reader, include: tuple[str, ...], exclude: tuple[str, ...], span: tuple[float, float] | None
) -> Overview:
    """The figures of a part of the session."""
    return overview_part(reader, include, exclude, span)


@of_session("Counting the topics…")
def topics_of(reader: Reader, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> pd.DataFrame:
    """One row per topic, busiest first."""
    return topic_table(reader, include, exclude)


@of_session("Counting the topics…")
def topic_activity_of(
    reader: Reader, include: tuple[str, ...], exclude: tuple[str, ...], span: tuple[float, float] | None
) -> pd.DataFrame:
    """Messages, bytes and activity of each topic in a view."""
    return topic_activity(reader, include, exclude, span)


@of_session("Drawing the timeline…")
def timeline_of(
    reader: Reader,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    span: tuple[float, float] | None,
    *,
    by_category: bool,
) -> Timeline:
    """The lanes of `span` (offsets in seconds; None: the whole session), one per topic or one per category."""
    start_s, end_s = span or (None, None)
    group = _category_label if by_category else None
    return timelines.timeline(reader, include, exclude, start_s, end_s, category_of=group)


@of_session("Counting the messages…")
def span_of(reader: Reader, query: MessageQuery) -> Span:
    """How many messages a query finds, and when."""
    return reader.span(query)


@of_session("Counting the topics…")
def topic_names_of(reader: Reader) -> list[str]:
    """All topics, sorted."""
    return sorted(row.topic for row in reader.topics())


@of_session("Counting the topics…")
def view_presets_of(reader: Reader) -> dict[str, ViewPreset]:
    """The choices of topics that make sense for this session, by name."""
    return view_presets(row.topic for row in reader.topics())


@of_session("Reading the marks…")
def marks_of(reader: Reader) -> list[Mark]:
    """What somebody has remarked while recording, in the order of time."""
    return marks.marks_of(reader)


@of_session("Looking for times in the payloads…")
def shift_examples_of(reader: Reader, request: ReplayRequest, now_ns: int) -> list[ShiftExample]:
    """What the time shift of a replay that began now would do."""
    return preview(reader, request, now_ns)


def _category_label(topic: str) -> str:
    return LABELS[category(topic)]
