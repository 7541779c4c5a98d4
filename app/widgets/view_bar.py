"""The row above the tabs of the analysis: from when to when, and which topics."""

from __future__ import annotations

import streamlit as st

from app.presets import presets
from app.services import get_services
from app.state import Key, chosen, forget
from app.widgets.analyse_view import SHORTEST_S, View, ends_of, set_span, set_topics
from app.widgets.cached import stamp_of, topic_names_of, view_presets_of
from app.widgets.problems import hint
from app.widgets.text import plain, shortened
from aps.view_presets import ViewPreset
from core.topics import why_invalid_filter

EVERYTHING, OWN_CHOICE = "Everything", "Own choice"
LONGEST = 300
"""Characters of the filters that are named."""
MOST_OFFERED = 2_000
"""Topics in the list to choose from, which is sent anew in every run; any other can be typed."""


def view_bar(view: View) -> None:
    """Draws it. A change holds on all tabs."""
    known = _known(view)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _times(view)
        _topics(view)
        _preset(view, known)
        if not view.is_whole:
            st.button("Show all", key=Key.ANALYSE_SHOW_ALL, icon=":material/filter_alt_off:", on_click=_show_all,
                      args=(view,), help="The whole session, all topics")  # fmt: skip
    if view.exclude:
        left_out = shortened(", ".join(view.exclude), LONGEST)
        st.caption(f":material/filter_alt: Left out: {plain(left_out)}")
    wrong = chosen(Key.ANALYSE_WRONG, "")
    if wrong:
        hint(wrong)
        forget(Key.ANALYSE_WRONG)


def _known(view: View) -> dict[str, ViewPreset]:
    factory = view_presets_of(view.entry.path, stamp_of(view.entry))
    left_out = {f"Leave out: {name}": ViewPreset(exclude=filters)
                for name, filters in presets(get_services().settings).items()}  # fmt: skip
    return {EVERYTHING: ViewPreset(), **factory, **left_out}


def _times(view: View) -> None:
    first_s, last_s = ends_of(view.entry)
    start, end = view.span or (None, None)
    st.session_state[Key.ANALYSE_FROM] = None if start is None or start <= first_s else start
    st.session_state[Key.ANALYSE_TO] = None if end is None or end >= last_s else end
    for label, key, nothing in (("From (s)", Key.ANALYSE_FROM, "start"), ("To (s)", Key.ANALYSE_TO, "end")):
        st.number_input(label, value=None, key=key, placeholder=nothing, step=1.0, format="%.10g", width=165,
                        on_change=_take_times, args=(view,),
                        help="Seconds since the start of the session. Holds on all tabs.")  # fmt: skip


def _take_times(view: View) -> None:
    start, end = st.session_state[Key.ANALYSE_FROM], st.session_state[Key.ANALYSE_TO]
    first_s, last_s = ends_of(view.entry)
    if start is None and end is None:
        set_span(view.entry, None)
        return
    low = first_s if start is None else float(start)
    high = max(last_s, low + SHORTEST_S) if end is None else float(end)
    if low >= high:
        st.session_state[Key.ANALYSE_WRONG] = (
            f"From ({low:g} s) is not before To ({high:g} s), so no message lies between them: nothing was changed."
        )
        return
    set_span(view.entry, (low, high))


def _topics(view: View) -> None:
    topics = topic_names_of(view.entry.path, stamp_of(view.entry))[:MOST_OFFERED]
    st.session_state[Key.ANALYSE_TOPICS] = list(view.include)
    st.multiselect("Topics or filters", list(dict.fromkeys((*view.include, *topics))), key=Key.ANALYSE_TOPICS,
                   accept_new_options=True, placeholder="All topics; type to search, or a filter such as ccu/#",
                   on_change=_take_topics, args=(view,))  # fmt: skip


def _take_topics(view: View) -> None:
    topics = set(topic_names_of(view.entry.path, stamp_of(view.entry)))  # a blank may be a part of a name
    typed: list[str] = st.session_state[Key.ANALYSE_TOPICS]
    picked = list(dict.fromkeys(one if one in topics else one.strip() for one in typed))
    wrong = {one: reason for one in picked if (reason := why_invalid_filter(one))}
    if wrong:
        st.session_state[Key.ANALYSE_WRONG] = " ".join(f"{reason}." for reason in wrong.values())
    set_topics(view.entry, tuple(one for one in picked if one not in wrong), view.exclude)


def _preset(view: View, known: dict[str, ViewPreset]) -> None:
    now = ViewPreset(view.include, view.exclude)
    name = next((one for one, preset in known.items() if preset == now), OWN_CHOICE)
    st.session_state[Key.ANALYSE_PRESET] = name
    options = [*known] if name in known else [OWN_CHOICE, *known]

    def take() -> None:
        preset = known.get(st.session_state[Key.ANALYSE_PRESET])
        if preset is not None:
            set_topics(view.entry, preset.include, preset.exclude)

    st.selectbox(
        "Show",
        options,
        key=Key.ANALYSE_PRESET,
        on_change=take,
        width=260,
        help="Choices of topics that are often needed",
    )


def _show_all(view: View) -> None:
    set_span(view.entry, None)
    set_topics(view.entry, (), ())
