"""A running replay in figures: how far it is, what comes next, and what a person should know."""

from __future__ import annotations

import streamlit as st

from app import format as fmt
from app.replay_words import loop_of, published_of, share_of, where
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
    to_go = f"{fmt.messages(left)} to go" if status.passes is not None else f"{fmt.messages(left)} to go in this loop"
    st.progress(share_of(status), parts(where(status), to_go))


def figures_of(status: ReplayStatus) -> dict[str, str]:
    """Label and value of each; what says nothing about this replay is left out."""
    found = {"Position": position_of(status)}
    if status.passes != 1:
        found["Loop"] = loop_of(status)
    found["Published"] = published_of(status)
    found["Confirmed"] = fmt.number(status.confirmed)
    found["Failed"] = fmt.number(status.failed)
    if status.preloaded:
        found["Preloaded"] = fmt.number(status.preloaded)
    return {**found, "Running for": fmt.duration(status.elapsed_s)}


def position_of(status: ReplayStatus) -> str:
    """To the millisecond while it stands still: there the next message is what matters."""
    if status.state is ReplayState.PAUSED:
        return fmt.position(status.position_s, digits=3)
    return fmt.position(status.position_s)
