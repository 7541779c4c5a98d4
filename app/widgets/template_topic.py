"""What one template is about: its topic, whose variable parts can be given names, and a sentence on its messages."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analysis.templates.model import Template
from analysis.templates.topic_edit import LONGEST_NAME, TopicEdit, renamed_alike, with_topic_edit
from app import format as fmt
from app.state import Key, chosen
from app.widgets.problems import problem, why_failed
from app.widgets.template_source import Source, remember_topic_edit
from app.widgets.text import plain, shortened

LONGEST_TOPIC: Final = 200
SHOWN_EXAMPLES: Final = 5


def template_topic(source: Source, template: Template) -> None:
    """Draws the heading, the facts, and behind a button the form."""
    st.subheader(plain(shortened(str(template.topic), LONGEST_TOPIC)), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_facts(template), width="stretch")
        with st.popover("Rename parts" if template.topic.parts else "Describe", icon=":material/edit:",
                        key=_key(source, template, "open")):  # fmt: skip
            _form(source, template)
    if template.description:
        st.caption(plain(template.description))


def _facts(template: Template) -> str:
    payloads = " or ".join(kind.value for kind in template.payloads)
    parts = [f"{name}: {_listed(examples)}" for name, examples in template.parts]
    return plain(" · ".join([fmt.messages(template.messages), f"payload {payloads}", *parts]))


def _listed(examples: tuple[str, ...]) -> str:
    more = ", …" if len(examples) > SHOWN_EXAMPLES else ""
    return ", ".join(examples[:SHOWN_EXAMPLES]) + more


def _key(source: Source, template: Template, name: str) -> str:
    return f"{Key.TEMPLATES_TOPIC}-{source.place}-{template.topic.filter}-{name}"


def _form(source: Source, template: Template) -> None:
    """Widgets have the topic filter in their keys: that stays the same whatever the parts are called."""
    examples = dict(template.parts)
    with st.form(_key(source, template, "form"), border=False):
        for number, name in enumerate(template.topic.parts, start=1):
            st.text_input(f"Variable part {number}", value=name, key=_key(source, template, f"part-{number}"),
                          max_chars=LONGEST_NAME,
                          help=plain(f"So far: {_listed(examples.get(name, ())) or 'not known'}"))  # fmt: skip
        if _others(source, template):
            st.checkbox("Rename them in all templates", key=_key(source, template, "all"),
                        help="Every part that is called like one of these now.")  # fmt: skip
        st.text_input("What these messages are", value=template.description, max_chars=500,
                      key=_key(source, template, "description"))  # fmt: skip
        st.form_submit_button("Apply", key=_key(source, template, "apply"), icon=":material/check:", type="primary",
                              on_click=_apply, args=(source, template))  # fmt: skip
    if sentence := chosen(_key(source, template, "problem"), ""):
        problem(sentence)


def _apply(source: Source, template: Template) -> None:
    def apply() -> None:
        names = tuple(
            chosen(_key(source, template, f"part-{number}"), name).strip()
            for number, name in enumerate(template.topic.parts, start=1)
        )
        said = chosen(_key(source, template, "description"), template.description).strip()
        edits = {template.topic.filter: TopicEdit(names, said)}
        with_topic_edit(template, edits[template.topic.filter])  # says what is wrong before it is kept
        if chosen(_key(source, template, "all"), False):  # noqa: FBT003  the default
            edits |= renamed_alike(_others(source, template), dict(zip(template.topic.parts, names, strict=True)))
        for topic_filter, edit in edits.items():
            remember_topic_edit(source.place, topic_filter, edit)

    st.session_state[_key(source, template, "problem")] = why_failed(apply)


def _others(source: Source, template: Template) -> list[Template]:
    """The other templates with a part of the same name."""
    names = set(template.topic.parts)
    return [one for one in source.templates.templates if one != template and names & set(one.topic.parts)]
