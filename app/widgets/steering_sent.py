"""The last single commands and what has come back to each, live."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app import format as fmt
from app.exchanges import Exchange
from app.services import Services
from app.state import zone
from app.widgets.live import FAST, live
from app.widgets.steering_now import present_state
from app.widgets.text import plain
from aps.answers import Outcome

LOOKS: Final = {
    Outcome.RUNNING: (":blue[:material/sync:]", "under way"),
    Outcome.FINISHED: (":green[:material/check_circle:]", "done"),
    Outcome.FAILED: (":red[:material/error:]", "failed"),
    Outcome.REFUSED: (":red[:material/block:]", "refused"),
}
WAITS: Final = ":gray[:material/hourglass_top:]"
SILENT: Final = ":orange[:material/volume_off:]"
NO_FACTORY: Final = "Nobody has answered, and nothing has been heard of a factory on this broker."


def sent_commands(services: Services, name: str) -> None:
    """Draws those of an environment, if there are any."""
    if services.steering.exchanges.recent(name):
        st.subheader("Sent commands", anchor=False)
    live(_list, FAST, services, name)


def _list(services: Services, name: str) -> None:
    recent = services.steering.exchanges.recent(name)
    alone = any(one.silence for one in recent) and not present_state(services, name).known
    for one in recent:
        look, words = _came_back(one, alone=alone)
        where = "" if one.title == one.topic else f"{one.topic}, "
        at = fmt.time_of_day(one.sent_ns, zone())
        st.markdown(f"{look} {plain(one.title)} :gray[{plain(where + at)}]  \n{plain(words)}")


def _came_back(one: Exchange, *, alone: bool) -> tuple[str, str]:
    """`alone`: nothing was ever heard of a factory there, so that its silence has no meaning of its own."""
    if one.answer is None and one.silence:
        return SILENT, NO_FACTORY if alone else one.silence
    if one.answer is None:
        return WAITS, "Waiting for an answer"
    look, state = LOOKS[one.answer.outcome]
    detail = f": {one.answer.detail}" if one.answer.detail else ""
    return look, f"{state}{detail} ({fmt.time_of_day(one.answered_ns, zone())})"
