"""A replay in figures: how far it is, and afterwards whether it was faithful."""

from __future__ import annotations

import streamlit as st

from app import format as fmt
from app.services import Services
from app.widgets.metrics import metrics
from app.widgets.problems import hint
from app.widgets.sidebar import progress
from app.widgets.text import plain
from replay.report import ReplayReport


def replay_figures(services: Services) -> None:
    """Draws the progress from a snapshot."""
    status = services.player.status()
    share = progress(status)
    st.progress(share, f"{share * 100:.0f} %, {fmt.messages(max(0, status.planned - status.published))} to go")
    metrics(
        {
            "Position": fmt.stopwatch(status.position_s),
            "Session lasts": fmt.stopwatch(status.duration_s),
            "Published": fmt.number(status.published),
            "Confirmed": fmt.number(status.confirmed),
            "Failed": fmt.number(status.failed),
            "Running for": fmt.duration(status.elapsed_s),
        }
    )
    if status.problem:
        hint(status.problem)


def replay_report(report: ReplayReport, *, stopped: bool) -> None:
    """The verdict first, then the figures it rests on. One that was `stopped` on purpose has not failed by that."""
    if stopped and report.published < report.planned:
        st.info(f"Stopped after {fmt.number(report.published)} of {fmt.messages(report.planned)}.",
                icon=":material/stop_circle:")  # fmt: skip
    elif report.faithful:
        st.success(
            f"Faithful: all {fmt.messages(report.planned)} were confirmed, in order and in time.",
            icon=":material/verified:",
        )
    else:
        st.warning(f"Not faithful: {plain(report.reason)}", icon=":material/rule:")
    timing = report.timing_error_ms
    metrics(
        {
            "Published": f"{fmt.number(report.published)} of {fmt.number(report.planned)}",
            "Confirmed": fmt.number(report.confirmed),
            "Failed": fmt.number(report.failed),
            "Took": fmt.duration(report.duration_seconds),
            "Late, median": f"{timing.p50:.1f} ms",
            "Late, 99 %": f"{timing.p99:.1f} ms",
            "Late, worst": f"{timing.max:.1f} ms",
            "Drift": f"{report.drift_ms:.1f} ms",
            "Reconnects": fmt.number(report.reconnects),
        }
    )
