"""Follows an id across topics: what happened to it, who told whom, and every message that carries it."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from analysis.correlation import MAX_HITS, Trail, follow, state_colours, trail_bars
from analysis.gantt import MOST_BARS, gantt_figure
from analysis.id_index import FoundId, IdIndex, id_index
from analysis.moments import Happenings
from analysis.progress import Progress
from analysis.sequence_diagram import MAX_ARROWS, Arrow, merged, sequence_diagram
from app import format as fmt
from app.state import Key, chosen, zone
from app.widgets.analyse_view import View
from app.widgets.cached import overview_of, stamp_of
from app.widgets.findings import findings
from app.widgets.gantt_chart import gantt_chart
from app.widgets.long_work import computed
from app.widgets.metrics import metrics
from app.widgets.text import plain, shortened
from aps.participants import route
from core.message import NS_PER_SECOND
from store.reading import Reader

MOST_CHOICES: Final = 1_000
"""More make a list that nobody looks through: any other id can be typed."""
TOPIC: Final = st.column_config.TextColumn("Topic", width=320)


def correlation_tab(view: View) -> None:
    """Draws it."""

    def look(reader: Reader, progress: Progress) -> IdIndex:
        return id_index(reader, view.query, progress)

    index = computed("ids", view.entry, look, view.query, doing="Looking for ids…")
    if index is None:
        return
    value = _choice(index)
    if not value:
        st.caption("No two messages of these share an id. Type any value that you know to follow it.")
        return
    trail = _followed(view, (value,))
    if trail is None:
        return
    also = _related(view, trail)
    if also:
        trail = _followed(view, (value, *also))
    if trail is not None:
        _show(view, trail)


def _choice(index: IdIndex) -> str:
    """The id to follow: one that was found, by its field, or any that is typed."""
    by_field = index.by_field()
    left, middle, right = st.columns([2, 4, 3]) if by_field else [st.container()] * 3
    value = ""
    if by_field:
        if chosen(Key.FOLLOW_FIELD, "") not in by_field:
            st.session_state[Key.FOLLOW_FIELD] = next(iter(by_field))
        name = left.selectbox("Ids in the field", list(by_field), key=Key.FOLLOW_FIELD, persist_state="session",
                              format_func=lambda one: f"{shortened(one, 40)} ({len(by_field[one]):,})")  # fmt: skip
        ids = {one.value: one for one in by_field[name][:MOST_CHOICES]}
        if chosen(Key.FOLLOW_ID, "") not in ids:
            st.session_state[Key.FOLLOW_ID] = next(iter(ids))
        value = middle.selectbox("Id", list(ids), key=Key.FOLLOW_ID, persist_state="session",
                                 format_func=lambda one: _words(ids[one]))  # fmt: skip
    typed = right.text_input("Or any value", key=Key.FOLLOW_TEXT, placeholder="An id, a serial number, a number",
                             help="It must be the whole value of a field, or a level of a topic.",
                             persist_state="session")  # fmt: skip
    if not index.complete:
        st.caption(":material/info: There are more ids than can be listed. Choose a shorter stretch, or type one.")
    return (typed or "").strip() or value


def _words(one: FoundId) -> str:
    return f"{one.value} · {fmt.messages(one.messages)} on {fmt.counted(one.topics, 'topic')}"


def _followed(view: View, values: tuple[str, ...]) -> Trail | None:
    def look(reader: Reader, progress: Progress) -> Trail:
        return follow(reader, values, view.query, progress)

    return computed("trail", view.entry, look, values, view.query, doing="Following the id…")


def _related(view: View, trail: Trail) -> list[str]:
    """Further ids to follow together with it."""
    if not trail.related:
        return []
    counts = dict(trail.related)
    key = f"{Key.FOLLOW_RELATED}-{view.entry.id}-{trail.values[0]}"
    return st.multiselect("Follow together with it", list(counts), key=key, placeholder="Ids that belong to it",
                          format_func=lambda one: f"{one} ({fmt.messages(counts[one])})")  # fmt: skip


def _show(view: View, trail: Trail) -> None:
    if not trail.hits:
        st.caption("No message in view carries it as a whole value. Look into Messages for a part of a text.")
        return
    first, last = trail.hits[0], trail.hits[-1]
    metrics(
        {
            "Messages": fmt.number(trail.messages),
            "Topics": fmt.number(len(trail.topics)),
            "First at": fmt.offset((first.at_ns - view.origin_ns) / NS_PER_SECOND),
            "Lasted": fmt.duration((last.at_ns - first.at_ns) / NS_PER_SECOND),
        }
    )
    if not trail.complete:
        st.caption(f":material/info: The first {MAX_HITS:,} messages are shown. A shorter range above shows others.")
    key = f"{view.entry.id}-{hash((trail.values, view.query))}"
    _gantt(view, trail, key)
    _diagram(trail, key)
    _table(view, trail, key)


def _gantt(view: View, trail: Trail, key: str) -> None:
    st.subheader("What happened", anchor=False)
    st.caption(
        "A state lasts until the next message on its topic that says something else, pale if it is one in which "
        "something has ended; a message without a state is a moment."
    )
    whole = overview_of(view.entry.path, stamp_of(view.entry))
    shown = Happenings(whole.gaps, whole.pauses, whole.marks)
    bars, lanes = trail_bars(trail)[:MOST_BARS], list(trail.topics)
    colours = state_colours(bars).__getitem__
    figure = gantt_figure(bars, zone().key, colours, lanes=lanes, shown=shown, origin_ns=view.origin_ns)
    gantt_chart(view, figure, f"{Key.FOLLOW_FIGURE}-{key}", "The messages with the id, by topic and time")


def _diagram(trail: Trail, key: str) -> None:
    st.subheader("Who told whom", anchor=False)
    st.caption("Senders and receivers are those that the topics stand for; MQTT itself does not say who they are.")
    arrows = merged([Arrow(*route(hit.topic), hit.label) for hit in trail.hits])
    pages = -(-len(arrows) // MAX_ARROWS)
    page = st.pagination(pages, key=f"{Key.FOLLOW_PAGE}-{key}") if pages > 1 else 1
    begin = (min(page, pages) - 1) * MAX_ARROWS
    st.mermaid_chart(sequence_diagram(arrows[begin:]), width="content", alt="Who told whom, as the topics say")


def _table(view: View, trail: Trail, key: str) -> None:
    st.subheader("Messages", anchor=False)
    st.caption(plain(f"Times in {zone().key}"))
    table = pd.DataFrame(
        {
            "Time": [fmt.moment(hit.at_ns, zone(), fraction=True) for hit in trail.hits],
            "Offset": [fmt.offset((hit.at_ns - view.origin_ns) / NS_PER_SECOND) for hit in trail.hits],
            "From": [route(hit.topic)[0] for hit in trail.hits],
            "To": [route(hit.topic)[1] for hit in trail.hits],
            "Topic": [hit.topic for hit in trail.hits],
            "Says": [" ".join(hit.words) for hit in trail.hits],
            "Found in": [", ".join(hit.fields) for hit in trail.hits],
        }
    )
    findings(view, f"{Key.FOLLOW_TABLE}-{key}", table, [hit.id for hit in trail.hits], {"Topic": TOPIC})
