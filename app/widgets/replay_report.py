"""What a replay was like: the verdict first, then the figures it rests on, the proof, and what was done on the way."""

from __future__ import annotations

import json

import streamlit as st

from analysis.figure_lateness import lateness_figure
from app import format as fmt
from app.replay_words import speeds_of, where
from app.services import Services
from app.state import Key, zone
from app.widgets.look import ACCENT
from app.widgets.metrics import metrics
from app.widgets.problems import attempt
from app.widgets.replay_certificate import certificate
from app.widgets.replay_history import history
from app.widgets.text import parts, plain
from replay.report import TOLERANCE_MS, ReplayReport
from replay.status import ReplayState, ReplayStatus

TIMING_HELP = {
    "Late, median": "How much later than due: half of the messages at most so much.",
    "Late, 99 %": "How much later than due: 99 of 100 messages at most so much. "
    f"Up to {TOLERANCE_MS:.0f} ms are faithful.",
    "Late, worst": "How much later than due the latest message was.",
    "Drift": "How much later, against their due times, the last messages were than the first ones.",
}


def replay_report(services: Services, report: ReplayReport, status: ReplayStatus) -> None:
    """Draws it."""
    _verdict(report, status)
    began = f"began {fmt.moment(status.started_ns, zone())}"
    st.caption(
        parts(
            f"to {plain(status.environment)}",
            f"speed {plain(speeds_of(report.speeds))}",
            plain(began),
            f"run {plain(status.run_id[:8])}",
        )
    )
    _next_steps(services, report)
    metrics(_figures(report), TIMING_HELP)
    if report.proof is not None:
        certificate(report.proof)
    if report.histogram:
        st.caption("How late the messages left, against the moment they were due")
        st.plotly_chart(lateness_figure(report.histogram, TOLERANCE_MS, ACCENT), key="replay_lateness",
                        config={"displayModeBar": False}, alt="Messages by how late they left")  # fmt: skip
    history(report)


def _verdict(report: ReplayReport, status: ReplayStatus) -> None:
    """One that was stopped on purpose has not failed by that."""
    if status.state is ReplayState.FAILED:
        st.error(f"Failed: {plain(report.reason)}", icon=":material/error:")
    elif status.state is ReplayState.STOPPED and report.published < report.planned:
        st.info(stopped_words(report, status), icon=":material/stop_circle:")
    elif report.faithful:
        st.success(
            f"Faithful: all {fmt.messages(report.planned)} were confirmed, {_kept(report)}.", icon=":material/verified:"
        )
    else:
        st.warning(f"Not faithful: {plain(report.reason)}", icon=":material/rule:")


def _next_steps(services: Services, report: ReplayReport) -> None:
    """For a broker that is not marked for publishing a person confirms each replay anew, so not with one click."""
    last = services.last_replay()
    same = last is not None and last.run_id == report.run_id
    with st.container(horizontal=True):
        if last is not None and same and services.client(last.environment).may_publish:
            st.button("Replay again", key=Key.REPLAY_AGAIN, icon=":material/replay:", on_click=attempt,
                      args=(services.replay_again,), help="With the same settings.")  # fmt: skip
        st.download_button("Report as JSON", as_json(report), f"replay-{report.run_id[:8]}.json", "application/json",
                           key=Key.REPLAY_REPORT, icon=":material/download:", on_click="ignore")  # fmt: skip
        st.button("Close", key=Key.REPLAY_FORGET, icon=":material/close:", type="tertiary", on_click=_forget,
                  args=(services,), help="Forgets the report. Download it first if you need it.")  # fmt: skip


def _forget(services: Services) -> None:
    """Unless somebody has started another one meanwhile: a reset would take that one back to its start."""
    if not services.player.status().active:
        services.player.reset()


def as_json(report: ReplayReport) -> str:
    """The report as a file."""
    return json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n"


def _figures(report: ReplayReport) -> dict[str, str]:
    return {
        "Published": f"{fmt.number(report.published)} of {fmt.number(report.planned)}",
        "Confirmed": fmt.number(report.confirmed),
        "Failed": fmt.number(report.failed),
        "Took": fmt.duration(report.duration_seconds),
        **_timing(report),
        "Reconnects": fmt.number(report.reconnects),
    }


def stopped_words(report: ReplayReport, status: ReplayStatus) -> str:
    """How far it came, and how it went until then."""
    if not report.published:
        return f"Stopped by hand before the first of {fmt.messages(report.planned)}."
    went = f"not faithful: {plain(report.flaws)}" if report.flaws else f"faithful: all were confirmed, {_kept(report)}."
    done = f"{fmt.number(report.published)} of {fmt.messages(report.planned)}"
    return f"Stopped by hand after {done}, at {where(status)} of the session. Until then it was {went}"


def _kept(report: ReplayReport) -> str:
    return "in order and in time" if _has_due_times(report) else "in order"


def _timing(report: ReplayReport) -> dict[str, str]:
    if not _has_due_times(report):
        return {}
    timing = report.timing_error_ms
    return {
        "Late, median": f"{timing.p50:,.1f} ms",
        "Late, 99 %": f"{timing.p99:,.1f} ms",
        "Late, worst": f"{timing.max:,.1f} ms",
        "Drift": f"{round(report.drift_ms, 1) + 0.0:,.1f} ms",
    }


def _has_due_times(report: ReplayReport) -> bool:
    """As fast as possible no message is due at any time, so none is late."""
    return report.timing_error_ms.max > 0
