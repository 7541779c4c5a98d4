"""What a replay would be sent to: the broker by its own words, and others that could be taken for it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.preflights import broker_words
from app.services import Services
from app.state import zone
from app.widgets.live import live
from app.widgets.problems import hint
from app.widgets.text import plain
from core.ports import ConnectionState

LOOKING_S: Final = 0.5
KNOWN_S: Final = 20.0
"""Seconds between refreshes, while it is looked for and afterwards."""


def replay_preflight(services: Services, environment: str) -> None:
    """Draws what is known. The page does not wait for it: it comes by itself."""
    known = services.preflights.of(services.environments.get(environment)) is not None
    live(_found, KNOWN_S if known else LOOKING_S, services, environment, known)


def _found(services: Services, environment: str, known: bool) -> None:
    """Without a connection that is all there is to say, and said elsewhere."""
    if services.connection(environment).state is ConnectionState.DISCONNECTED:
        return
    found = services.preflights.of(services.environments.get(environment))
    if found is None:
        st.caption(":material/hourglass_empty: Looking which broker this is …")
        return
    if not known:
        st.rerun()  # from now on it is drawn less often
    st.caption(f":material/dns: {plain(broker_words(found, zone()))}")
    for warning in found.warnings:
        hint(warning)
