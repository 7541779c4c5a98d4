"""What a subscriber is told before the first message, and what is cleared away after the last one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from app import format as fmt
from app.state import Key, chosen
from app.widgets.problems import problem, why_failed
from core.errors import UsageError
from replay.preload import PreloadFile, preload_files
from replay.status import ReplayRequest, StateBefore, state_of

AUTOMATIC = "automatic"
CHOICES: dict[str, StateBefore | None] = {
    AUTOMATIC: None,
    "nothing": StateBefore.NONE,
    "state at the start": StateBefore.STATE,
    "folder": StateBefore.FOLDER,
}
EXPLAINED = {
    StateBefore.NONE: "Nothing is sent before the first message.",
    StateBefore.STATE: "The last message of every topic before the start is sent first, so that a dashboard that is "
    "opened in the middle is right.",
    StateBefore.FOLDER: "The messages of the folder are sent first, in the order of their names.",
}
SHORT = {StateBefore.NONE: "nothing", StateBefore.STATE: "state at the start", StateBefore.FOLDER: "folder"}
FOLDER_HELP = (
    "On the machine on which this program runs. One message per .json file: "
    '`{"topic": "a/b", "payload": {}, "qos": 1, "retain": true}`; the payload an object or a text.'
)
SHOWN_FILES: Final = 6


def state_fields(request: ReplayRequest) -> None:
    """The choice, the folder with what is in it, and the clearing."""
    how = st.segmented_control("Sent before the first message", list(CHOICES), default=AUTOMATIC, required=True,
                               key=Key.REPLAY_STATE, wrap=True, persist_state="session")  # fmt: skip
    now = state_of(request)
    st.caption(f"Now: {_lower(EXPLAINED[now])}" if CHOICES[how] is None else EXPLAINED[now])
    if CHOICES[how] is StateBefore.FOLDER:
        folder_field(Key.REPLAY_FOLDER)
        _contents()
    st.checkbox(
        "Afterwards, delete what the replay has left stored at the broker",
        key=Key.REPLAY_CLEAR,
        persist_state="session",
        help="Retained messages that it has published. Those of others stay.",
    )


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def folder_field(key: Key) -> None:
    """Where the messages lie."""
    st.text_input("Folder of messages", key=key, placeholder="For example data/preload", help=FOLDER_HELP,
                  persist_state="session")  # fmt: skip


def chosen_folder() -> Path | None:
    """As typed, `~` replaced; None if nothing was."""
    text = chosen(Key.REPLAY_FOLDER, "").strip()
    return Path(text).expanduser() if text else None


def _contents() -> None:
    folder = chosen_folder()
    if folder is None:
        st.caption(":material/info: Type the folder that holds the messages; what is in it is listed here.")
        return
    found: list[PreloadFile] = []
    if wrong := why_failed(lambda: found.extend(preload_files(folder))):
        problem(wrong)
        return
    st.caption(f"{fmt.messages(len(found))} will be sent first:")
    st.dataframe(file_table(found), hide_index=True, height="content" if len(found) <= SHOWN_FILES else 248)


def file_table(files: list[PreloadFile]) -> pd.DataFrame:
    """One row per file."""
    rows = [(one.name, one.message.topic, one.message.qos, "yes" if one.message.retain else "no") for one in files]
    return pd.DataFrame(rows, columns=["File", "Topic", "QoS", "Retain"])


def state_summary(request: ReplayRequest) -> str:
    """What is set there, in a line."""
    automatic = " (automatic)" if request.state is None else ""
    cleared = ", cleared afterwards" if request.clear_retained else ""
    return f"{SHORT[state_of(request)]}{automatic}{cleared}"


def with_state(request: ReplayRequest) -> ReplayRequest:
    """With what the fields say; a folder is looked at when the replay is asked for: see `check_folder`."""
    state = CHOICES.get(chosen(Key.REPLAY_STATE, AUTOMATIC))
    return replace(
        request,
        state=state,
        preload_folder=chosen_folder() if state is StateBefore.FOLDER else None,
        clear_retained=chosen(Key.REPLAY_CLEAR, default=False),
    )


def check_folder(request: ReplayRequest) -> None:
    """Raises UsageError if the messages of a folder are wanted, and there is none."""
    if request.state is StateBefore.FOLDER:
        if request.preload_folder is None:
            raise UsageError("No folder of messages is given: type one, or choose what else is sent before the start.")
        preload_files(request.preload_folder)
