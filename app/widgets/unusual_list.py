"""What is unusual in the view, in one list; each finding leads to what is behind it."""

from __future__ import annotations

import streamlit as st

from analysis.unusual import Kind, Unusual, unusual
from app import format as fmt
from app.state import Key, zone
from app.widgets.analyse_view import View, ends_of, open_message, open_span
from app.widgets.long_work import computed
from app.widgets.text import plain, shortened
from core.message import NS_PER_SECOND

ICONS = {
    Kind.GAP: "link_off",
    Kind.SILENT: "volume_off",
    Kind.BURST: "bolt",
    Kind.NOT_JSON: "data_object",
}
SHOWN = 15
"""The list begins with so many; the others are behind a click."""
NOTHING = (
    "Nothing: no gap, no topic that fell silent, no burst, and no payload that is not JSON where the "
    "others of its topic are."
)
LONGEST = 220
"""Characters of a finding; a topic may be longer."""
TIMELINE_TAB = "Timeline"
SECONDS_PER_DAY = 86_400


def unusual_list(view: View) -> None:
    """Draws it, or how far it is being looked for."""
    st.subheader("What is unusual", anchor=False, help="A click on a line leads to the message or to the timeline.")
    query = view.query
    found = computed("unusual", view.entry, lambda reader, progress: unusual(reader, query, progress), query,
                     doing="Looking for what is unusual…")  # fmt: skip
    if found is None:
        return
    if not found:
        st.caption(f":material/check_circle: {NOTHING}")
        return
    with st.container(gap=None):
        for number, one in enumerate(found[:SHOWN]):
            _finding(view, number, one)
    if len(found) > SHOWN:
        with st.expander(f"{fmt.number(len(found) - SHOWN)} more"), st.container(gap=None):
            for number, one in enumerate(found[SHOWN:], start=SHOWN):
                _finding(view, number, one)


def _finding(view: View, number: int, one: Unusual) -> None:
    """A line that is a link: to the message, or to the stretch on the timeline."""
    words = plain(f"{_when(view, one.at_s)}: {shortened(one.text, LONGEST)}.")

    def go() -> None:
        if one.message is not None:
            open_message(view.entry, one.message)
        else:
            open_span(view.entry, (one.start_s, one.end_s), TIMELINE_TAB)

    where = "the message" if one.message is not None else "this stretch on the timeline"
    st.button(words, key=f"{Key.UNUSUAL}-{number}", type="tertiary", icon=f":material/{ICONS[one.kind]}:",
              on_click=go, help=f"Shows {where}")  # fmt: skip


def _when(view: View, at_s: float) -> str:
    """The time of day; with the date in a session that lasts longer than one."""
    day, time, *_ = fmt.moment(view.origin_ns + round(at_s * NS_PER_SECOND), zone()).split(" ")
    first_s, last_s = ends_of(view.entry)
    return f"{day} {time}" if last_s - first_s > SECONDS_PER_DAY else time
