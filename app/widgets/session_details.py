"""One session: what is known about it, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from app import format as fmt
from app.services import Services
from app.state import SESSION_PARAMETER, Key, chosen, forget, zone
from app.widgets.downloads import download_buttons, download_reasons
from app.widgets.exporting import export_popover
from app.widgets.links import analyse_link, replay_link
from app.widgets.metrics import metrics
from app.widgets.problems import hint, last_problem, problem, problems_shown, succeeded
from app.widgets.session_editing import session_editing
from app.widgets.sessions import status_words
from app.widgets.text import plain
from recorder.ledger import LOSSES, Losses, verdict
from store.catalog import SessionEntry
from store.metadata import SessionMetadata
from store.verify import verify

BY_HAND = "Stopped."
"""How a recording ends as a matter of course, which needs no words."""


def session_details(services: Services, entry: SessionEntry) -> None:
    """Draws everything about one session; an unreadable one has only its problem, its files and its end."""
    st.subheader(plain(entry.name), anchor=False)
    if entry.problem:
        problem(entry.problem)
    if entry.metadata is not None and entry.summary is not None:
        metrics(
            {
                "Messages": fmt.number(entry.summary.messages),
                "Duration": fmt.duration(entry.summary.duration_s),
                "Topics": fmt.number(entry.summary.topics),
                "Payload": fmt.size(entry.summary.bytes),
                "On disk": fmt.size(entry.size_bytes),
                "Gaps": fmt.number(entry.summary.gaps),
            }
        )
        with st.container(horizontal=True):
            analyse_link(entry.id)
            replay_link(entry.id)
        left, right = st.columns(2, gap="large")
        with left:
            session_editing(services, entry, entry.metadata)
        with right:
            _facts(entry, entry.metadata)
    _files(services, entry)


def _facts(entry: SessionEntry, metadata: SessionMetadata) -> None:
    where = zone()
    reason = "" if metadata.ended_reason == BY_HAND else metadata.ended_reason
    losses = Losses.from_json(metadata.extra.get(LOSSES))
    facts = {
        "Status": status_words(entry) + (f": {reason}" if reason else ""),
        "Started": fmt.moment(metadata.started_ns, where),
        "Ended": fmt.moment(metadata.ended_ns, where),
        "Broker": " · ".join(part for part in (metadata.environment, metadata.broker) if part) or fmt.NOTHING,
        "Topics": ", ".join(metadata.filters),
        "Left out": ", ".join(metadata.exclude) or "nothing",
        "QoS": f"at most {metadata.qos}",
        "Losses": "" if losses is None else verdict(losses),
        "Initial state": "what the broker had stored is recorded" if metadata.retained else "",
        "Imported from": metadata.imported_from,
        "Assumed": " ".join(metadata.assumptions),
        "Id": entry.id,
    }
    st.dataframe(
        {"What": [key for key, value in facts.items() if value], "Value": [value for value in facts.values() if value]},
        hide_index=True,
        height="content",
        column_config={"What": st.column_config.TextColumn("About it", width="small")},
    )


def _files(services: Services, entry: SessionEntry) -> None:
    with st.container(horizontal=True):
        download_buttons(entry)
        if not entry.problem:
            export_popover(entry)
        check = st.button("Verify", key=Key.SESSION_VERIFY, icon=":material/verified:")
        if st.button("Delete", key=Key.SESSION_DELETE, icon=":material/delete:", on_click=forget, args=(Key.PROBLEM,)):
            _ask_before_delete(services, entry)
    download_reasons(entry)
    if check:
        with problems_shown(), st.spinner("Comparing both files…"):
            _verify(entry)


def _verify(entry: SessionEntry) -> None:
    result = verify(entry.path)
    if result.ok:
        st.success("Both files are complete and agree with each other.", icon=":material/verified:")
    for text in result.problems:
        hint(text)


def _delete(services: Services, entry: SessionEntry) -> None:
    if succeeded(services.catalog.delete, entry.id):
        forget(Key.SESSION)
        st.query_params.pop(SESSION_PARAMETER, None)  # or the page would wonder where it is


@st.dialog("Delete this session?", icon=":material/delete:")
def _ask_before_delete(services: Services, entry: SessionEntry) -> None:
    st.text(entry.name)
    words = fmt.messages(entry.summary.messages) if entry.summary else "unreadable"
    st.write(f"{words}, {fmt.size(entry.size_bytes)}. Both files are removed from the disk. This cannot be undone.")
    with st.container(horizontal=True):
        gone = st.button(":red[:material/delete_forever: Delete it]", key=Key.DELETE_CONFIRM, on_click=_delete,
                         args=(services, entry))  # fmt: skip
        kept = st.button("Keep it", key=Key.DELETE_CANCEL, type="primary")
    last_problem()
    if kept or (gone and not chosen(Key.PROBLEM, "")):
        st.rerun()
