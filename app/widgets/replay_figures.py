"""A running replay in figures: how far it is, what comes next, and what a person should know."""

from __future__ import annotations

import streamlit as st

from app import format as fmt
from app.services import Services
from app.widgets.metrics import metrics
from app.widgets.problems import hint
from app.widgets.text import parts, plain, shortened
from replay.status import ReplayState, ReplayStatus

FIGURES_HELP = {
    "Confirmed": "By the broker; of QoS 0, which is not confirmed, what was sent.",
    "Preloaded": "Messages of the state before the first one. They are not counted as published.",
}


def replay_figures(services: Services) -> None:
    """Draws them from a snapshot; cheap enough for once a second."""
    status = services.player.status()
    for sentence in (status.problem, status.mixed, *status.warnings):
        if sentence:
            hint(sentence)
    metrics(figures_of(status), FIGURES_HELP)
    left = max(0, status.planned - status.published)
    if status.next_topic and left:
        st.caption(f":material/arrow_forward: next: {plain(shortened(status.next_topic))}")
    where = f"{fmt.stopwatch(status.position_s)} of {fmt.stopwatch(status.duration_s)}"
    st.progress(share_of(status), parts(where, f"{fmt.messages(left)} to go"))


def figures_of(status: ReplayStatus) -> dict[str, str]:
    """Label and value of each; what says nothing about this replay is left out."""
    found = {"Position": position_of(status)}
    if status.passes != 1:
        found["Loop"] = f"{fmt.number(status.pass_number + 1)} of {loops_of(status)}"
    found["Published"] = f"{fmt.number(status.published)} of {fmt.number(status.planned)}"
    found["Confirmed"] = fmt.number(status.confirmed)
    found["Failed"] = fmt.number(status.failed)
    if status.preloaded:
        found["Preloaded"] = fmt.number(status.preloaded)
    return {**found, "Running for": fmt.duration(status.elapsed_s)}


def position_of(status: ReplayStatus) -> str:
    """To the millisecond while it stands still: there the next message is what matters."""
    if status.state is ReplayState.PAUSED:
        return fmt.offset(status.position_s).removeprefix("+")
    return fmt.stopwatch(status.position_s)


def loops_of(status: ReplayStatus) -> str:
    """How many there are."""
    return "∞" if status.passes is None else fmt.number(status.passes)


def share_of(status: ReplayStatus) -> float:
    """The position within the range that is played, from 0 to 1."""
    span_s = status.duration_s - status.start_s
    return min(1.0, max(0.0, (status.position_s - status.start_s) / span_s)) if span_s > 0 else 0.0
