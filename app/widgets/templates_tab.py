"""What the messages on each topic have in common: learned, looked at, changed, saved, and asked of this session."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from analysis.templates.fields import fields_of
from analysis.templates.model import Kind, Template
from app import format as fmt
from app.state import Key, chosen
from app.widgets.analyse_view import View
from app.widgets.row_table import row_table, selected_row
from app.widgets.template_check import template_check
from app.widgets.template_fields import template_fields
from app.widgets.template_source import Source, summary_line, templates_source
from app.widgets.template_store import template_store

HIGHEST_PX: Final = 330
COLUMNS: Final = {
    "Topic": st.column_config.TextColumn("Topic", width=380),
    "Messages": st.column_config.NumberColumn("Messages", format="localized", width=90),
    "Payload": st.column_config.TextColumn("Payload", width=100),
    "Fields": st.column_config.NumberColumn("Fields", width=70),
    "Required": st.column_config.NumberColumn("Required", width=80),
    "Enumerations": st.column_config.NumberColumn("Enumerations", width=110),
    "Description": st.column_config.TextColumn("Description", width=200),
}


def templates_tab(view: View) -> None:
    """Draws it."""
    source = templates_source(view)
    if source is None:
        return
    if not source.templates.templates:
        st.caption("No message has been recorded in this session: there is nothing to learn from. Templates that were "
                   "saved can be chosen above." if view.is_whole else
                   "No message of the chosen topics lies in this stretch: there is nothing to learn from. Choose "
                   "others, or a longer stretch.")  # fmt: skip
        return
    summary_line(source, view.entry)
    template = _chosen_template(source)
    if template is None:
        st.caption("No template has that in its topic.")
    else:
        template_fields(source, template)
    template_store(source)
    template_check(view, source)


def _chosen_template(source: Source) -> Template | None:
    """Draws the table of the templates; the selected one, else the first. None if the search finds nothing."""
    st.text_input("Search templates", key=Key.TEMPLATES_SEARCH, placeholder="Part of a topic",
                  icon=":material/search:", label_visibility="collapsed")  # fmt: skip
    text = chosen(Key.TEMPLATES_SEARCH, "").casefold()
    found = [one for one in source.templates.templates if text in str(one.topic).casefold()]
    if not found:
        return None
    key = f"{Key.TEMPLATES_TABLE}-{source.place}-{text}"
    row_table(_table(found), key, COLUMNS, highest_px=HIGHEST_PX)
    if len(found) > 1:
        st.caption(f":material/touch_app: Select one of {fmt.counted(len(found), 'template')} to see its fields.")
    return found[selected_row(key, len(found)) or 0]


def _table(templates: list[Template]) -> pd.DataFrame:
    fields = [[field for path, field in fields_of(one.payload) if path] for one in templates]
    return pd.DataFrame(
        {
            "Topic": [str(one.topic) for one in templates],
            "Messages": [one.messages for one in templates],
            "Payload": [", ".join(kind.value for kind in one.payloads) for one in templates],
            "Fields": [len(one) for one in fields],
            "Required": [sum(field.required for field in one) for one in fields],
            "Enumerations": [sum(field.kind is Kind.ENUMERATION for field in one) for one in fields],
            "Description": [one.description for one in templates],
        }
    )
