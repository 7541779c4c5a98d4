"""Fields inside payloads over time: numbers as lines, states as coloured bars, several in one chart."""

from __future__ import annotations

import streamlit as st

from analysis.field_choice import Field, FieldInfo, FieldKind, find_fields
from analysis.field_figures import field_label, fields_figure
from analysis.field_first import first_fields
from analysis.fields import FieldSeries, NumberSeries, StateSeries, field_series
from analysis.gantt import clicked
from analysis.progress import Progress
from app import format as fmt
from app.state import Key, zone
from app.widgets.analyse_view import View, open_message
from app.widgets.long_work import computed
from app.widgets.text import plain, shortened
from store.query import EVERYTHING
from store.reading import Reader

MOST = 12
"""More fields in one chart cannot be told from each other."""
PARAMETER = "field"
"""The fields in the page's address."""
LONGEST = 300
"""Characters of a field's name in the address: browsers and servers cut long ones."""
AT_ONCE = 200_000
"""Up to so many messages the first fields are drawn without being asked for."""
STATES_CHARS = 60


def fields_tab(view: View) -> None:
    """Draws it."""
    found = _found(view)
    if found is None:
        return
    known = {_name(one): one for one in found}
    in_view = {name: one for name, one in known.items() if view.query.wants_topic(one.field.topic)}
    if not in_view:
        st.caption("No message of this view has a field that could be drawn: a number, or one of a few texts. "
                   "Choose other topics above.")  # fmt: skip
        return
    names = _choice(view, known, in_view)
    fields = tuple(in_view[name].field for name in names if name in in_view)
    if not fields:
        st.caption(":material/touch_app: Choose one or more fields.")
        return
    series = _series(view, fields)
    if series is not None:
        _figure(view, series)


def _found(view: View) -> tuple[FieldInfo, ...] | None:
    """Of the whole session: what is chosen shall not vanish when the view becomes shorter."""

    def find(reader: Reader, progress: Progress) -> tuple[FieldInfo, ...]:
        return find_fields(reader, EVERYTHING, progress)

    return computed("fields", view.entry, find, doing="Looking for fields…")


def _series(view: View, fields: tuple[Field, ...]) -> FieldSeries | None:
    query, span = view.query, view.span

    def read(reader: Reader, progress: Progress) -> FieldSeries:
        return field_series(reader, query, fields, span, progress)

    return computed("field series", view.entry, read, query, span, fields, doing="Reading the fields…")


def _name(info: FieldInfo) -> str:
    return field_label(info.field.topic, info.field.path)


def _choice(view: View, known: dict[str, FieldInfo], in_view: dict[str, FieldInfo]) -> list[str]:
    """The names of the chosen fields; those of topics that are not in view stay chosen."""
    key = f"{Key.FIELDS_CHOSEN}-{view.entry.id}"
    topics = list(dict.fromkeys(one.field.topic for one in in_view.values()))
    left, right = st.columns([3, 5])
    wanted = left.multiselect("Topics", topics, key=f"{Key.FIELDS_TOPICS}-{view.entry.id}", format_func=shortened,
                              placeholder="The only topic with fields" if len(topics) == 1 else
                              f"All {fmt.number(len(topics))} topics with fields; type to search",
                              persist_state="session")  # fmt: skip
    if key not in st.session_state:
        st.session_state[key] = _first(view, known, in_view)
    before = [name for name in st.session_state[key] if name in known][:MOST]
    if before != st.session_state[key]:
        st.session_state[key] = before
    offered = [name for name, one in in_view.items() if not wanted or one.field.topic in wanted]
    names = right.multiselect("Fields", list(dict.fromkeys((*before, *offered))), key=key,
                              format_func=lambda name: _words(name, known[name]), max_selections=MOST,
                              placeholder="Type to search, e.g. temperature or state", wrap=True,
                              persist_state="session")  # fmt: skip
    named = [name for name in names if len(name) <= LONGEST]
    if st.query_params.get_all(PARAMETER) != named:
        st.query_params[PARAMETER] = named
    return names


def _first(view: View, known: dict[str, FieldInfo], in_view: dict[str, FieldInfo]) -> list[str]:
    """What the address names; else, in a session that is read at once, a measurement and a state that change."""
    named = [name for name in st.query_params.get_all(PARAMETER) if name in known]
    if named or view.entry.summary is None or view.entry.summary.messages > AT_ONCE:
        return named[:MOST]
    return [_name(one) for one in first_fields(in_view.values())]


def _words(name: str, info: FieldInfo) -> str:
    """For the list: what the sample showed of the field. Options of a list are no markup."""
    if info.field.kind is FieldKind.NUMBER:
        return f"{name} · {info.low:g}" if info.constant else f"{name} · {info.low:g} to {info.high:g}"
    return f"{name} · {shortened(', '.join(info.states), STATES_CHARS)}"


def _figure(view: View, series: FieldSeries) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        for note in _notes(series):
            st.caption(f":material/info: {plain(note)}", width="content")
        together = len(series.numbers) > 1 and st.toggle(
            "One axis", key=Key.FIELDS_TOGETHER, help="All numbers in one chart", persist_state="session"
        )
    every: list[NumberSeries | StateSeries] = [*series.numbers, *series.states]
    key = f"{Key.FIELDS_FIGURE}-{view.entry.id}-{hash((view.query, *(one.field for one in every), together))}"

    def open_clicked() -> None:
        message_id = clicked(st.session_state[key])
        if message_id is not None:
            open_message(view.entry, message_id)

    st.plotly_chart(
        fields_figure(series, zone().key, together=together),
        config={"displayModeBar": False},
        key=key,
        on_select=open_clicked,
        selection_mode="points",
        alt="The chosen fields over time",
    )


def _notes(series: FieldSeries) -> list[str]:
    """What a viewer must know, in sentences."""
    every: list[NumberSeries | StateSeries] = [*series.numbers, *series.states]
    values = fmt.counted(sum(one.count for one in every), "value")
    found = [f"{values} of {fmt.counted(len(every), 'field')}. A click on a point or a bar opens its message."]
    empty = [field_label(one.field.topic, one.field.path) for one in every if not one.count]
    if empty:
        found.append(f"No value in this view: {', '.join(empty)}.")
    if any(one.thinned for one in series.numbers):
        found.append("Lines have the first, lowest, highest and last value of each thousandth of the time.")
    if any(one.merged for one in series.states):
        found.append(
            "Where states change too quickly for this stretch, a grey bar stands for several. Choose a shorter one."
        )
    return found
