"""What the settings say about recordings: sources and exclusion presets, and how to add one."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.presets import presets
from app.settings import Settings
from app.widgets.origins import settings_file
from app.widgets.text import plain
from aps.presets import PRESETS

EXAMPLE = """sources = ["APS Freiburg", "APS demo case"]

[presets]
quiet = ["ccu/pairing/state", "module/v1/ff/+/instantAction"]
"""


def recording_settings(settings: Settings) -> None:
    """Draws them; they are changed in the settings file."""
    st.subheader("Sources and presets", anchor=False)
    known = ", ".join(settings.sources) or "none in the settings, so only “Unknown” or what is typed"
    st.caption(f"Sources to choose from: {plain(known)}")
    st.dataframe(
        pd.DataFrame(_rows(settings), columns=["Preset", "Leaves out", "Comes from"]),
        column_config={
            "Preset": st.column_config.TextColumn(width=190),
            "Leaves out": st.column_config.TextColumn(width=620),
        },
        hide_index=True,
        height="content",
    )
    with st.expander("Add a source or a preset", icon=":material/add:"):
        st.caption(
            f"Write it into {plain(str(settings_file().resolve()))}, sources above the first line in brackets, and "
            "start the program again. A preset with a name of the factory's takes its place."
        )
        st.code(EXAMPLE, language="toml")


def _rows(settings: Settings) -> list[tuple[str, str, str]]:
    return [(name, ", ".join(filters), _origin(settings, name)) for name, filters in presets(settings).items()]


def _origin(settings: Settings, name: str) -> str:
    if name not in settings.presets:
        return "factory"
    return "settings, instead of the factory's" if name in PRESETS else "settings"
