"""What people say about a session, to be changed: name, source, outcome, tags, note."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.outcomes import OUTCOME_WORDS
from app.services import Services
from app.sources import as_known, known_sources
from app.state import Key, chosen
from app.widgets.problems import succeeded
from store.catalog import SessionEntry
from store.metadata import Outcome, SessionMetadata

FIELDS = (Key.SESSION_NAME, Key.SESSION_SOURCE, Key.SESSION_OUTCOME, Key.SESSION_TAGS, Key.SESSION_NOTE)


def session_editing(services: Services, entry: SessionEntry, metadata: SessionMetadata) -> None:
    """The fields, filled with what is known, and a button that saves them."""
    name, source, outcome, tags, note = _keys(entry)
    # Not as defaults of the fields: after saving they show what was made of the words.
    st.session_state.setdefault(name, metadata.name)
    st.session_state.setdefault(source, metadata.source)
    st.session_state.setdefault(outcome, metadata.outcome.value)
    st.session_state.setdefault(tags, ", ".join(metadata.tags))
    st.session_state.setdefault(note, metadata.note)
    st.text_input("Name", key=name)
    st.selectbox(
        "Source",
        _sources(services, metadata, st.session_state[source]),
        key=source,
        accept_new_options=True,
        help="Where it was recorded. The names come from the settings; any other can be typed.",
    )
    st.segmented_control(
        "Outcome",
        [one.value for one in Outcome],
        format_func=lambda one: OUTCOME_WORDS[Outcome(one)],
        key=outcome,
        required=True,
        help="How what was recorded went",
    )
    st.text_input("Tags", key=tags, help="Separated by commas")
    st.text_area("Note", key=note, height=90)
    st.button("Save", key=Key.SESSION_SAVE, icon=":material/save:", on_click=_save, args=(services, entry, metadata))


def _keys(entry: SessionEntry) -> list[str]:
    """Those of the fields of this session, in the order of FIELDS."""
    return [f"{key}-{entry.id}" for key in FIELDS]


def _sources(services: Services, metadata: SessionMetadata, typed: str) -> list[str]:
    """The known ones, and what this session has or is about to get."""
    return list(dict.fromkeys([*known_sources(services.settings), metadata.source, typed]))


def _save(services: Services, entry: SessionEntry, metadata: SessionMetadata) -> None:
    keys = _keys(entry)
    name, source, outcome, tags, note = (chosen(key, "") for key in keys)
    words = (tag.strip() for tag in tags.split(","))
    said: dict[str, Any] = {
        "name": name.strip(),
        "source": as_known(source, services.settings),
        "outcome": Outcome(outcome or Outcome.UNKNOWN),
        "tags": tuple(dict.fromkeys(word for word in words if word)),
        "note": note,
    }
    # Only what was changed here: somebody else may have changed the rest since this page was drawn.
    changes = {field: value for field, value in said.items() if value != getattr(metadata, field)}
    if not changes or succeeded(lambda: services.catalog.update(entry.id, **changes)):
        for key in keys:  # they are filled anew, with what is known now
            del st.session_state[key]
        st.toast("Saved.", icon=":material/check_circle:")
