"""Results of the analysis, kept between reruns for as long as the session does not change."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from analysis import overview as overviews
from analysis import timeline as timelines
from analysis.overview import Overview
from analysis.timeline import Timeline
from analysis.topic_stats import topic_table
from aps.topics import LABELS, category
from store.catalog import SessionEntry
from store.part_files import parts_of
from store.parts import open_session
from store.query import MessageQuery

Stamp = tuple[int, ...]
"""Differs as soon as the session's file does."""
KEPT = 16
"""Results of each kind in memory; one is at most some megabytes."""


def stamp_of(entry: SessionEntry) -> Stamp:
    """While a session is being recorded its messages arrive in the write-ahead log, so that counts too."""
    files = [file for part in parts_of(entry.path) for file in (part, part.with_name(part.name + "-wal"))]
    return tuple(number for file in files if file.is_file() for number in _size_and_time(file))


def _size_and_time(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_size, found.st_mtime_ns


@st.cache_data(max_entries=KEPT, show_spinner="Reading the session…")
def overview_of(path: Path, stamp: Stamp) -> Overview:  # noqa: ARG001 - the stamp is a part of the cache's key
    """The figures of the whole session."""
    with open_session(path) as reader:
        return overviews.overview(reader)


@st.cache_data(max_entries=KEPT, show_spinner="Counting the topics…")
def topics_of(path: Path, stamp: Stamp) -> pd.DataFrame:  # noqa: ARG001
    """One row per topic, busiest first."""
    with open_session(path) as reader:
        return topic_table(reader)


@st.cache_data(max_entries=KEPT, show_spinner="Drawing the timeline…")
def timeline_of(
    path: Path,
    stamp: Stamp,  # noqa: ARG001
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    span: tuple[float, float] | None,
    *,
    by_category: bool,
) -> Timeline:
    """The lanes of `span` (offsets in seconds; None: the whole session), one per topic or one per category."""
    start_s, end_s = span or (None, None)
    with open_session(path) as reader:
        return timelines.timeline(
            reader, include, exclude, start_s, end_s, category_of=_category_label if by_category else None
        )


@st.cache_data(max_entries=KEPT, show_spinner="Counting the messages…")
def count_of(path: Path, stamp: Stamp, query: MessageQuery) -> int:  # noqa: ARG001
    """How many messages a query finds."""
    with open_session(path) as reader:
        return reader.count(query)


@st.cache_data(max_entries=KEPT, show_spinner="Reading the messages…")
def page_of(path: Path, stamp: Stamp, query: MessageQuery, offset: int, limit: int) -> list[int]:  # noqa: ARG001
    """The ids of one page of what a query finds. Not the messages: their payloads may be of any size."""
    with open_session(path) as reader:
        return [found.id for found in reader.page(query, offset, limit)]


def _category_label(topic: str) -> str:
    return LABELS[category(topic)]
