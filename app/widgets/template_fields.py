"""The fields of one template: a table to choose from, and a form for the chosen one."""

from __future__ import annotations

import json
from typing import Final

import pandas as pd
import streamlit as st

from analysis.templates.editing import EDITABLE, FieldEdit, edit_of, edited, parsed_values, written_values
from analysis.templates.fields import FieldPath, Step, fields_of, written
from analysis.templates.model import Field, Kind, Template
from app.state import Key, chosen
from app.widgets.problems import problem, why_failed
from app.widgets.row_table import row_table, selected_row
from app.widgets.template_source import Source, remember_edit
from app.widgets.template_topic import template_topic
from app.widgets.template_words import KINDS, need_words, path_words, rule_words, types_words, values_words
from app.widgets.text import plain, shortened
from core.errors import UsageError

HIGHEST_PX: Final = 420
MOST_FIELDS: Final = 2_000
LONGEST_PATH: Final = 120
COLUMNS: Final = {
    "Field": st.column_config.TextColumn("Field", width=260),
    "Kind": st.column_config.TextColumn("Kind", width=100),
    "Type": st.column_config.TextColumn("Type", width=110),
    "Need": st.column_config.TextColumn("Need", width=105),
    "Values and range": st.column_config.TextColumn("Values and range", width=260),
    "Examples": st.column_config.TextColumn("Examples", width=260),
    "Seen": st.column_config.NumberColumn("Seen", format="localized", width=75),
    "Description": st.column_config.TextColumn("Description", width=160),
}


def template_fields(source: Source, template: Template) -> None:
    """Draws both."""
    template_topic(source, template)
    fields = [one for _, one in zip(range(MOST_FIELDS), fields_of(template.payload), strict=False)]
    key = f"{Key.TEMPLATES_FIELDS}-{source.place}-{template.topic.filter}"
    row_table(_table(fields), key, COLUMNS, highest_px=HIGHEST_PX)
    if len(fields) == MOST_FIELDS:
        st.caption(f":material/info: The first {MOST_FIELDS:,} fields.")
    row = selected_row(key, len(fields))
    if row is None:
        st.caption(":material/touch_app: Select a field to change it. What is only seen so far is no rule.")
        return
    _form(source, template, *fields[row])


def _table(fields: list[tuple[FieldPath, Field]]) -> pd.DataFrame:
    known = dict(fields)
    return pd.DataFrame(
        {
            "Field": [shortened(path_words(path, field), LONGEST_PATH) for path, field in fields],
            "Kind": [KINDS[field.kind] for _, field in fields],
            "Type": [types_words(field) for _, field in fields],
            "Need": [need_words(path, field, known.get(path[:-1])) for path, field in fields],
            "Values and range": [rule_words(field) for _, field in fields],
            "Examples": [values_words(field.examples) for _, field in fields],
            "Seen": [field.samples for _, field in fields],
            "Description": [field.description for _, field in fields],
        }
    )


def _form(source: Source, template: Template, path: FieldPath, field: Field) -> None:
    """Widgets have the field in their keys: each begins with what that field is."""
    place = (template.topic.filter, written(path))
    prefix = f"{Key.TEMPLATES_FORM}-{source.place}-{place[0]}-{place[1]}"
    with st.form(prefix, border=True):
        st.markdown(f"**{plain(shortened(path_words(path, field), LONGEST_PATH))}**")
        if field.kind is not Kind.STRUCTURE:
            _rules(prefix, field)
        if path and not isinstance(path[-1], Step):
            st.checkbox("Required", value=field.required, key=f"{prefix}-required")
        st.text_input("Description", value=field.description, key=f"{prefix}-description", max_chars=500)
        st.form_submit_button("Apply", key=f"{prefix}-apply", icon=":material/check:", type="primary",
                              on_click=_apply, args=(source.place, place, prefix, field))  # fmt: skip
    if sentence := chosen(Key.TEMPLATES_PROBLEM, ""):
        problem(sentence)


def _rules(prefix: str, field: Field) -> None:
    left, middle, right = st.columns(3)
    kinds: list[Kind] = [*EDITABLE] if field.kind in EDITABLE else [field.kind, *EDITABLE]
    left.selectbox("Kind", kinds, index=kinds.index(field.kind), format_func=KINDS.__getitem__, key=f"{prefix}-kind")
    middle.text_input("Smallest", value=_number_text(field.minimum), key=f"{prefix}-minimum", placeholder="any")
    right.text_input("Largest", value=_number_text(field.maximum), key=f"{prefix}-maximum", placeholder="any")
    values = field.values or (field.examples if field.kind is Kind.CONSTANT else ())
    st.text_area(
        "Values, one in each line",
        value=written_values(values, field.types),
        key=f"{prefix}-values",
        help="Of an enumeration: all that are allowed. Of any other kind no rule.",
    )


def _number_text(value: float | None) -> str:
    return "" if value is None else json.dumps(value)


def _apply(source_place: str, place: tuple[str, str], prefix: str, field: Field) -> None:
    def apply() -> None:
        edit = _edit(prefix, field)
        edited(field, edit)  # says what contradicts itself before it is kept
        remember_edit(source_place, place, edit)

    st.session_state[Key.TEMPLATES_PROBLEM] = why_failed(apply)


def _edit(prefix: str, field: Field) -> FieldEdit:
    """What the form says."""
    now = edit_of(field)
    lines = chosen(f"{prefix}-values", "").splitlines()
    kind = chosen(f"{prefix}-kind", now.kind)
    values = parsed_values(lines, field.types) if kind is Kind.ENUMERATION else now.values
    return FieldEdit(
        kind=kind,
        required=chosen(f"{prefix}-required", now.required),
        values=values,
        minimum=_number(chosen(f"{prefix}-minimum", ""), "Smallest"),
        maximum=_number(chosen(f"{prefix}-maximum", ""), "Largest"),
        description=chosen(f"{prefix}-description", now.description).strip(),
    )


def _number(text: str, label: str) -> int | float | None:
    if not text.strip():
        return None
    try:
        (value,) = parsed_values([text], ())
    except (UsageError, ValueError):
        value = text
    if isinstance(value, bool) or not isinstance(value, int | float) or value - value != 0:
        raise UsageError(f"'{label}' takes a number, not '{shortened(text, 40)}'. Leave it empty for no limit.")
    return value
