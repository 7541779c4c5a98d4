"""Which templates are looked at: learned from sessions now, or saved before; and what this visitor has changed."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import streamlit as st

from analysis.progress import Progress
from analysis.templates.editing import Edits, FieldEdit, Place, with_edits
from analysis.templates.learning import learn_from
from analysis.templates.library import FOLDER, SavedTemplates, TemplateLibrary
from analysis.templates.model import TemplateSet
from analysis.templates.topic_edit import TopicEdit
from app import format as fmt
from app.services import get_services
from app.state import Key, chosen, chosen_of, zone
from app.widgets.analyse_view import View
from app.widgets.cached import stamp_of
from app.widgets.long_work import computed
from app.widgets.problems import problem
from app.widgets.sessions import choices, readable_sessions
from app.widgets.text import plain
from store.catalog import SessionEntry
from store.parts import open_session
from store.query import MessageQuery
from store.reading import Reader

LEARNED: Final = ""
"""The choice that is no saved set."""


@dataclass(frozen=True)
class Source:
    """What the templates on the page come from."""

    templates: TemplateSet
    """With what the visitor has changed."""
    key: str
    """Of the saved set; LEARNED if it is none."""
    place: str
    """Under which the visitor's changes are kept."""

    @property
    def edits(self) -> Edits:
        """What the visitor has changed and not saved."""
        return _edits(self.place)


def library() -> TemplateLibrary:
    """The saved templates of the sessions folder."""
    return TemplateLibrary(get_services().folder / FOLDER)


def saved_sets() -> list[SavedTemplates]:
    """The sets of the library; read anew only after a change."""
    return _sets(library().folder, library().stamp())


def saved_set(key: str) -> TemplateSet:
    """One of them. Raises UsageError and StorageError."""
    return _loaded(library().folder, key, dict(library().stamp()).get(key, 0))


def templates_source(view: View) -> Source | None:
    """Draws the choice; None while there is nothing to show."""
    saved = {one.key: one for one in saved_sets()}
    chosen_of(Key.TEMPLATES_SOURCE, saved, LEARNED)
    left, right = st.columns(2)
    key = left.selectbox(
        "Templates",
        [LEARNED, *saved],
        format_func=lambda one: f"Saved: {saved[one].name}" if one else "Learned from this session",
        key=Key.TEMPLATES_SOURCE,
        persist_state="session",
        help="Learned now from the messages in view, or a set that was saved before.",
    )
    found = _learned(view, right) if key == LEARNED else _saved(key, saved[key].problem)
    if found is None:
        return None
    place = f"{key}|{view.entry.id if key == LEARNED else ''}"
    return Source(with_edits(found, _edits(place)), key, place)


def _learned(view: View, right: st.delta_generator.DeltaGenerator) -> TemplateSet | None:
    others = {one.id: one for one in readable_sessions(get_services()) if one.path != view.entry.path}
    words = choices(list(others.values()), zone())
    before = chosen(Key.TEMPLATES_ALSO, list[str]())
    known = [one for one in before if one in others]
    if known != before:  # see chosen_of
        st.session_state[Key.TEMPLATES_ALSO] = known
    picked = right.multiselect(
        "Learn also from",
        list(others),
        format_func=lambda one: words[one],
        key=Key.TEMPLATES_ALSO,
        persist_state="session",
        placeholder="Further sessions",
        help="More sessions are more evidence. The topics in view count for them, too; the time range does not.",
    )
    also = [others[one] for one in picked]
    extra = tuple((one.path, stamp_of(one)) for one in also)
    query = MessageQuery(view.include, view.exclude)

    def learn(reader: Reader, progress: Progress) -> TemplateSet:
        return _learn(reader, view.query, [one.path for one in also], query, progress)

    return computed("templates", view.entry, learn, view.query, extra, doing="Learning from the messages…")


def _learn(
    reader: Reader, query: MessageQuery, others: list[Path], query_of_others: MessageQuery, progress: Progress
) -> TemplateSet:
    with ExitStack() as opened:
        further = [(opened.enter_context(open_session(path)), query_of_others) for path in others]
        return learn_from([(reader, query), *further], progress)


def _saved(key: str, why_not: str) -> TemplateSet | None:
    if why_not:
        problem(why_not)
        return None
    return saved_set(key)


@st.cache_data(max_entries=4, show_spinner="Reading the templates…")
def _sets(folder: Path, stamp: tuple[tuple[str, int], ...]) -> list[SavedTemplates]:  # noqa: ARG001 - only for the key
    return TemplateLibrary(folder).saved()


@st.cache_data(max_entries=4, show_spinner="Reading the templates…")
def _loaded(folder: Path, key: str, stamp: int) -> TemplateSet:  # noqa: ARG001 - only for the key
    return TemplateLibrary(folder).load(key)


def summary_line(source: Source, entry: SessionEntry) -> None:
    """What these templates are, in a line; what was changed can be taken back."""
    found = source.templates
    from_where = ", ".join(found.learned_from) or entry.name
    messages = sum(template.messages for template in found.templates)
    learned = f"{fmt.counted(len(found.templates), 'template')} learned from {fmt.messages(messages)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{learned}: {plain(from_where)}", width="stretch")
        if source.edits:
            st.badge(f"{fmt.counted(len(source.edits), 'change')}, not saved", icon=":material/edit:", color="orange")
            st.button("Undo changes", key=Key.TEMPLATES_UNDO, icon=":material/undo:",
                      on_click=forget_edits, args=(source.place,))  # fmt: skip
    if found.left_out:
        st.caption(f":material/info: {fmt.messages(found.left_out)} on topics too many to be told apart are left out.")


def remember_edit(place: str, at: Place, edit: FieldEdit) -> None:
    """For callbacks: from now on this field is like that."""
    now = _edits(place)
    _remember(place, replace(now, fields={**now.fields, at: edit}))


def remember_topic_edit(place: str, topic_filter: str, edit: TopicEdit) -> None:
    """For callbacks: from now on the topic of this template is like that."""
    now = _edits(place)
    _remember(place, replace(now, topics={**now.topics, topic_filter: edit}))


def forget_edits(place: str) -> None:
    """For callbacks: the templates are as they were learned or saved."""
    _remember(place, Edits())


def _edits(place: str) -> Edits:
    return _all_edits().get(place, Edits())


def _remember(place: str, edits: Edits) -> None:
    st.session_state[Key.TEMPLATES_EDITS] = {**_all_edits(), place: edits}


def _all_edits() -> dict[str, Edits]:
    return chosen(Key.TEMPLATES_EDITS, {})
