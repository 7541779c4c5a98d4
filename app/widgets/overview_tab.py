"""A session at a glance: a dozen figures, its activity, and what happened besides messages."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from analysis.activity_html import activity_html
from analysis.moments import Span
from analysis.overview import Overview
from app import format as fmt
from app.state import zone
from app.widgets.analyse_view import View
from app.widgets.cached import overview_part_of, stamp_of
from app.widgets.early_plotly import load_plotly_early
from app.widgets.look import ACCENT
from app.widgets.metrics import metrics
from app.widgets.problems import hint
from app.widgets.summary_list import summary_list
from app.widgets.text import plain
from app.widgets.unusual_list import unusual_list
from core.message import NS_PER_SECOND


def overview_tab(view: View) -> None:
    """Draws it."""
    found = overview_part_of(view.entry.path, stamp_of(view.entry), view.include, view.exclude, view.span)
    where = zone()
    metrics(_figures(found))
    if found.messages:
        _messages(found, where)
    elif view.is_whole:
        st.caption("No message has been recorded in this session.")
    else:
        st.caption("No message lies in this view. Choose other topics or a longer stretch above.")
    if found.gaps:
        hint(
            f"There was no connection {fmt.counted(len(found.gaps), 'time')}, for {fmt.duration(found.gap_s)} in all: "
            "what was published in a gap may be missing."
        )
    if found.messages:
        summary_list(view)
        unusual_list(view)
    _happenings(found, where)
    load_plotly_early()


def _messages(found: Overview, where: ZoneInfo) -> None:
    """When they came."""
    st.caption(f"Source: {plain(found.source)}")
    st.caption(
        f"First message {fmt.moment(found.first_ns, where, fraction=True)}, "
        f"last message {fmt.moment(found.last_ns, where, fraction=True)}, times in {where.key}"
    )
    if found.initial:
        were = "message is" if found.initial == 1 else f"{fmt.number(found.initial)} messages are"
        st.caption(
            f":material/inventory_2: The first {were} the initial state: what the broker had stored when the recording "
            "began."
        )
    st.caption("Messages per second")
    st.html(activity_html(found, where.key, ACCENT))


def _figures(found: Overview) -> dict[str, str]:
    busiest = found.busiest_second_offset_s
    return {
        "Duration": fmt.duration(found.duration_s),
        "Messages": fmt.number(found.messages),
        "Topics": fmt.number(found.topics),
        "Mean rate": fmt.rate(found.rate_per_s),
        "Busiest second": fmt.NOTHING if busiest is None else f"{fmt.number(found.busiest_second_messages)} msg",
        "Busiest at": fmt.NOTHING if busiest is None else fmt.offset(busiest).removesuffix(".000"),
        "Payload": fmt.size(found.bytes),
        "Mean size": fmt.size(found.mean_bytes),
        "Gaps": fmt.number(len(found.gaps)),
        "Marks": fmt.number(len(found.marks)),
    }


def _happenings(found: Overview, where: tzinfo) -> None:
    rows: list[tuple[float, str, str, float | None]] = []
    rows += [(mark.offset_s, "mark", mark.text, None) for mark in found.marks]
    rows += [_span_row("gap", gap) for gap in found.gaps]
    rows += [_span_row("pause", pause) for pause in found.pauses]
    if not rows:
        return
    st.subheader("Marks, gaps and pauses", anchor=False)
    table = [
        (
            fmt.offset(offset),
            fmt.moment(found.origin_ns + round(offset * NS_PER_SECOND), where),
            kind,
            text,
            fmt.duration(seconds) if seconds is not None else "",
        )
        for offset, kind, text, seconds in sorted(rows, key=lambda row: row[0])
    ]
    st.dataframe(pd.DataFrame(table, columns=["Offset", "Time", "What", "Text", "Duration"]), hide_index=True)


def _span_row(kind: str, span: Span) -> tuple[float, str, str, float | None]:
    return span.start_s, kind, span.text, span.duration_s
