"""Which messages of the session are not as the templates on the page expect."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from analysis.progress import Progress
from analysis.templates.validating import ValidationReport, validate
from app import format as fmt
from app.state import Key
from app.widgets.analyse_view import View
from app.widgets.findings import findings
from app.widgets.long_work import computed
from app.widgets.metrics import metrics
from app.widgets.template_source import Source
from app.widgets.text import shortened
from store.reading import Reader

MOST_ROWS: Final = 500
EXPLAINED: Final = {
    "Checked": "Messages on topics that have a template",
    "No template": "Messages on other topics: neither accepted nor rejected",
}
COLUMNS: Final = {
    "Messages": st.column_config.NumberColumn("Messages", format="localized", width=90),
    "Topic": st.column_config.TextColumn("Topic", width=300),
    "Field": st.column_config.TextColumn("Field", width=240),
    "Reason": st.column_config.TextColumn("Reason", width=360),
}


def template_check(view: View, source: Source) -> None:
    """Draws the switch, and while it is on what was found."""
    st.subheader("Check", anchor=False)
    on = st.toggle(
        "Check the messages in view against these templates",
        key=Key.TEMPLATES_CHECK,
        help="Most is learned when the templates come from another session: save them there, choose them here.",
    )
    if not on:
        return

    def check(reader: Reader, progress: Progress) -> ValidationReport:
        return validate(reader, source.templates, view.query, progress)

    found = computed("templates check", view.entry, check, source.templates, view.query, doing="Checking the messages…")
    if found is None:
        return
    metrics(
        {
            "Checked": fmt.number(found.checked),
            "Accepted": fmt.number(found.accepted),
            "Rejected": fmt.number(found.rejected),
            "No template": fmt.number(found.unknown),
        },
        EXPLAINED,
    )
    _violations(view, found)
    if found.unknown_topics:
        with st.expander(f"{fmt.counted(len(found.unknown_topics), 'topic')} without a template"):
            st.dataframe(pd.DataFrame(found.unknown_topics, columns=["Topic", "Messages"]), hide_index=True)


def _violations(view: View, found: ValidationReport) -> None:
    if not found.violations:
        if found.checked:
            st.caption(":material/check: Every message that was checked is as its template expects.")
        return
    rows = found.violations[:MOST_ROWS]
    if len(found.violations) > MOST_ROWS:
        st.caption(f":material/info: The first {MOST_ROWS:,} of {fmt.number(len(found.violations))} kinds.")
    table = pd.DataFrame(
        {
            "Messages": [one.count for one in rows],
            "Topic": [one.topic for one in rows],
            "Field": [shortened(one.path) for one in rows],
            "Reason": [one.reason for one in rows],
        }
    )
    findings(view, f"{Key.TEMPLATES_WRONG}-{view.entry.id}-{hash(view.query)}", table, [one.first_id for one in rows],
             COLUMNS)  # fmt: skip
