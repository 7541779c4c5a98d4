"""The session in a few sentences; each leads to the messages behind it."""

from __future__ import annotations

import streamlit as st

from analysis.progress import Progress
from analysis.summary import Sentence, summary
from app import format as fmt
from app.state import Key, zone
from app.widgets.analyse_view import View, open_message, open_span
from app.widgets.long_work import computed
from app.widgets.text import plain
from aps.summary import factory_summary
from store.query import MessageQuery
from store.reading import Reader

TIMELINE_TAB = "Timeline"
MOST_LINKS = 10
"""Messages that a sentence leads to."""


def summary_list(view: View) -> None:
    """Draws it, of the stretch in view, or how far it is being read."""
    st.subheader("In words", anchor=False,
                 help="About the stretch that is chosen above, on all topics. An order that touches it is told as a "
                 "whole.")  # fmt: skip
    span, query = view.span, MessageQuery(start_ns=view.query.start_ns, end_ns=view.query.end_ns)

    def sentences(reader: Reader, progress: Progress) -> list[Sentence]:
        return [*summary(reader, span), *factory_summary(reader, progress, query)]

    found = computed("summary", view.entry, sentences, span, doing="Reading what happened…")
    if found is None:
        return
    with st.container(gap=None):
        for number, sentence in enumerate(found):
            _line(view, number, sentence)


def _line(view: View, number: int, sentence: Sentence) -> None:
    """A link where there is something to lead to; one more for each further message behind it."""
    words = plain(sentence.words(lambda at_ns: fmt.time_of_day(at_ns, zone())))
    key = f"{Key.SUMMARY}-{number}"
    if not sentence.messages:
        _about_stretch(view, key, words, sentence.stretch)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":small[{words}]", width="content")
        for place, message_id in enumerate(sentence.messages[:MOST_LINKS], start=1):
            _link(view, f"{key}-{place}", f"{place}" if len(sentence.messages) > 1 else "show", message_id)


def _about_stretch(view: View, key: str, words: str, stretch: tuple[float, float] | None) -> None:
    if stretch is None:
        st.markdown(f":small[{words}]")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":small[{words}]", width="content")
        st.button("show", key=key, type="tertiary", on_click=open_span, args=(view.entry, stretch, TIMELINE_TAB),
                  help="Shows this stretch on the timeline")  # fmt: skip


def _link(view: View, key: str, words: str, message_id: int) -> None:
    st.button(f":primary[:small[{words}]]", key=key, type="tertiary", on_click=open_message,
              args=(view.entry, message_id), help=f"Shows message {message_id}")  # fmt: skip
