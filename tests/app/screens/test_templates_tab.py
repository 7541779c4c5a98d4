"""Analyse, Templates: learned, changed, saved and asked of the session; nothing that a stranger sends breaks it."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from analysis.templates.library import FOLDER, TemplateLibrary
from app.state import Key
from tests.app.screens.conftest import Show, figures, markdown, message, seen, works, write_session
from tests.app.screens.test_analyse import open_tab
from tests.hostile import MARKUP, write_hostile_session

TAB = "Templates"
LEVEL = "plant/dev1/state"


@pytest.fixture
def plant(services) -> str:
    """A session of one device whose mode is one of three."""
    modes = ("auto", "manual", "off")
    messages = [
        message(n, LEVEL, json.dumps({"device": "dev1", "level": n / 2, "mode": modes[n % 3]}).encode(), at_s=n)
        for n in range(60)
    ]
    return write_session(services.folder, "Plant", messages)


def field_chosen(app: AppTest, path: str) -> AppTest:
    """As if the visitor had selected the row of a field."""
    fields = app.dataframe[1]
    assert fields.key is not None
    row = fields.value["Field"].tolist().index(path)
    app.session_state[fields.key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return works(app.run())


def test_what_was_learned_is_shown_and_can_be_searched(show: Show, plant: str) -> None:
    app = open_tab(show("analyse", session=plant), TAB)
    topics, fields = app.dataframe
    assert topics.value["Topic"].tolist() == ["plant/{device}/state"]
    assert topics.value.iloc[0][["Messages", "Fields", "Required", "Enumerations"]].tolist() == [60, 3, 3, 1]
    assert fields.value["Field"].tolist() == ["$ (the payload)", "$.device", "$.level", "$.mode"]
    assert fields.value["Kind"].tolist() == ["Structure", "Identifier", "Measurement", "Enumeration"]
    assert fields.value["Values and range"].tolist() == ["", "", "so far 0.0 to 29.5", "auto, manual, off"]
    assert "1 template learned from 60 messages: Plant" in seen(app)
    works(app.text_input(Key.TEMPLATES_SEARCH).input("nothing like that").run())
    assert "No template has that in its topic." in seen(app)


def test_a_changed_field_is_saved_and_measures_the_session(show: Show, services, plant: str) -> None:
    """From the form to the library, and from there to the messages that break the rule."""
    app = field_chosen(open_tab(show("analyse", session=plant), TAB), "$.level")
    form = f"{Key.TEMPLATES_FORM}-|{plant}-plant/+/state-$.level"
    app.text_input(f"{form}-maximum").input("ten")
    works(app.button(f"{form}-apply").click().run())
    assert "'Largest' takes a number, not 'ten'" in seen(app)
    app.text_input(f"{form}-maximum").input("9.5")
    works(app.button(f"{form}-apply").click().run())
    assert app.dataframe[1].value["Values and range"][2] == "at most 9.5"
    assert "1 change, not saved" in seen(app)
    app.text_input(f"{Key.TEMPLATES_NAME}-|{plant}").input("../Plant <b>").run()
    works(app.button(Key.TEMPLATES_SAVE).click().run())
    (saved,) = TemplateLibrary(services.folder / FOLDER).saved()
    assert (saved.name, saved.key) == ("../Plant <b>", "plant-b")
    assert app.selectbox(Key.TEMPLATES_SOURCE).value == "plant-b"
    assert "not saved" not in seen(app)
    works(app.toggle(Key.TEMPLATES_CHECK).set_value(True).run())
    assert (figures(app)["Accepted"], figures(app)["Rejected"]) == ("20", "40")
    (template,) = TemplateLibrary(services.folder / FOLDER).load("plant-b").templates
    assert dict(template.payload.members)["level"].maximum == 9.5


def test_parts_of_the_topic_get_names_and_keep_them(show: Show, services, plant: str) -> None:
    """Also together with a change of a field, which was made before."""
    app = field_chosen(open_tab(show("analyse", session=plant), TAB), "$.level")
    form = f"{Key.TEMPLATES_FORM}-|{plant}-plant/+/state-$.level"
    app.text_input(f"{form}-maximum").input("9.5")
    works(app.button(f"{form}-apply").click().run())
    topic = f"{Key.TEMPLATES_TOPIC}-|{plant}-plant/+/state"
    app.text_input(f"{topic}-part-1").input("a/b")
    works(app.button(f"{topic}-apply").click().run())
    assert "The name of a variable part cannot have '/' in it" in seen(app)
    app.text_input(f"{topic}-part-1").input("machine")
    app.text_input(f"{topic}-description").input("What a machine is at")
    works(app.button(f"{topic}-apply").click().run())
    assert app.dataframe[0].value["Topic"].tolist() == ["plant/{machine}/state"]
    assert "machine: dev1" in seen(app)
    assert "2 changes, not saved" in seen(app)
    assert app.dataframe[1].value["Values and range"][2] == "at most 9.5"
    app.text_input(f"{Key.TEMPLATES_NAME}-|{plant}").input("Plant").run()
    works(app.button(Key.TEMPLATES_SAVE).click().run())
    (template,) = TemplateLibrary(services.folder / FOLDER).load("plant").templates
    assert (str(template.topic), template.description) == ("plant/{machine}/state", "What a machine is at")
    assert dict(template.parts) == {"machine": ("dev1",)}


def test_changes_can_be_undone_and_a_saved_set_deleted(show: Show, services, plant: str) -> None:
    app = field_chosen(open_tab(show("analyse", session=plant), TAB), "$.mode")
    form = f"{Key.TEMPLATES_FORM}-|{plant}-plant/+/state-$.mode"
    app.text_area(f"{form}-values").input("auto\nmanual\noff\nservice")
    works(app.button(f"{form}-apply").click().run())
    assert app.dataframe[1].value["Values and range"][3] == "auto, manual, off, service"
    works(app.button(Key.TEMPLATES_UNDO).click().run())
    assert app.dataframe[1].value["Values and range"][3] == "auto, manual, off"
    app.text_input(f"{Key.TEMPLATES_NAME}-|{plant}").input("Plant").run()
    app.button(Key.TEMPLATES_SAVE).click().run()
    works(app.button(Key.TEMPLATES_DELETE).click().run())
    assert not TemplateLibrary(services.folder / FOLDER).saved()
    assert app.selectbox(Key.TEMPLATES_SOURCE).value == ""


def test_more_sessions_are_more_evidence(show: Show, services, plant: str) -> None:
    other = write_session(
        services.folder, "Other", [message(n, "plant/dev2/state", b'{"device": "dev2"}') for n in range(3)]
    )
    app = open_tab(show("analyse", session=plant), TAB)
    works(app.multiselect(Key.TEMPLATES_ALSO).select(other).run())
    topics, fields = app.dataframe
    assert topics.value["Messages"].tolist() == [63]
    assert fields.value["Need"].tolist() == ["", "required", "optional", "optional"]
    assert "Plant, Other" in seen(app)


def test_a_saved_set_that_somebody_broke_says_so(show: Show, services, plant: str) -> None:
    folder = services.folder / FOLDER
    folder.mkdir()
    (folder / "bad.yaml").write_text("templates: [{topic: a/#}]")
    app = open_tab(show("analyse", session=plant), TAB)
    works(app.selectbox(Key.TEMPLATES_SOURCE).select("bad").run())
    assert "'a/#' is not a topic name" in seen(app)


def test_hostile_messages_are_learned_and_checked_without_an_error(show: Show, services) -> None:
    session, _ = write_hostile_session(services.folder)
    app = open_tab(show("analyse", session=session), TAB)
    works(app.toggle(Key.TEMPLATES_CHECK).set_value(True).run())
    assert app.dataframe[0].value["Topic"].str.contains("<script>", regex=False).any()
    assert figures(app)["Rejected"] == "0"
    for row in range(len(app.dataframe[0].value)):
        topics = app.dataframe[0]
        assert topics.key is not None
        app.session_state[topics.key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
        works(app.run())
    assert MARKUP not in markdown(app)
