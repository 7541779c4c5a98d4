"""A replay in figures: how far it is, and afterwards whether it was faithful."""

from __future__ import annotations

import streamlit as st

from app import format as fmt
from app.services import Services
from app.state import zone
from app.widgets.metrics import metrics
from app.widgets.problems import hint
from app.widgets.sidebar import progress
from app.widgets.text import parts, plain
from replay.player import ReplayState, ReplayStatus
from replay.report import ReplayReport

TIMING_HELP = {
    "Late, median": "How much later than due: half of the messages at most so much.",
    "Late, 99 %": "How much later than due: 99 of 100 messages at most so much. Up to 100 ms are faithful.",
    "Late, worst": "How much later than due the latest message was.",
    "Drift": "How much later, against their due times, the last messages were than the first ones.",
}


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


def replay_report(report: ReplayReport, status: ReplayStatus) -> None:
    """The verdict first, then the figures it rests on. One that was stopped on purpose has not failed by that."""
    if status.state is ReplayState.STOPPED and report.published < report.planned:
        st.info(stopped_words(report, status), icon=":material/stop_circle:")
    elif report.faithful:
        st.success(
            f"Faithful: all {fmt.messages(report.planned)} were confirmed, {_kept(report)}.", icon=":material/verified:"
        )
    else:
        st.warning(f"Not faithful: {plain(report.reason)}", icon=":material/rule:")
    began = f"began {fmt.moment(status.started_ns, zone())}"
    st.caption(parts(f"to {plain(status.environment)}", f"speed {plain(fmt.speed(status.speed))}", plain(began)))
    took = report.duration_seconds
    metrics(
        {
            "Published": f"{fmt.number(report.published)} of {fmt.number(report.planned)}",
            "Confirmed": fmt.number(report.confirmed),
            "Failed": fmt.number(report.failed),
            "Took": f"{took * 1000:.0f} ms" if took < 0.1 else fmt.duration(took),
            **_timing(report),
            "Reconnects": fmt.number(report.reconnects),
        },
        TIMING_HELP,
    )


def stopped_words(report: ReplayReport, status: ReplayStatus) -> str:
    """How far it came, and how it went until then."""
    if not report.published:
        return f"Stopped by hand before the first of {fmt.messages(report.planned)}."
    where = f"at {fmt.stopwatch(status.position_s)} of {fmt.stopwatch(status.duration_s)}"
    went = f"not faithful: {plain(report.flaws)}" if report.flaws else f"faithful: all were confirmed, {_kept(report)}."
    done = f"{fmt.number(report.published)} of {fmt.messages(report.planned)}"
    return f"Stopped by hand after {done}, {where} of the session. Until then it was {went}"


def _kept(report: ReplayReport) -> str:
    return "in order and in time" if _has_due_times(report) else "in order"


def _timing(report: ReplayReport) -> dict[str, str]:
    if not _has_due_times(report):
        return {}
    timing = report.timing_error_ms
    return {
        "Late, median": f"{timing.p50:.1f} ms",
        "Late, 99 %": f"{timing.p99:.1f} ms",
        "Late, worst": f"{timing.max:.1f} ms",
        "Drift": f"{report.drift_ms:.1f} ms",
    }


def _has_due_times(report: ReplayReport) -> bool:
    """As fast as possible no message is due at any time, so none is late."""
    return report.timing_error_ms.max > 0
