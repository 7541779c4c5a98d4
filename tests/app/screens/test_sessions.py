"""Sessions: found, named, checked, imported, and deleted only after a question."""

from __future__ import annotations

import shutil
import tempfile

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from app.state import Key
from recorder.ledger import LOSSES, Losses
from store.metadata import Outcome
from tests.app.screens.conftest import HOSTILE, markdown, message, seen, texts, works, write_session


def downloads(app: AppTest) -> list[str]:
    return [button.label for button in app.get("download_button") if isinstance(button, Element)]


def names(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Name"])


def selected_names(app: AppTest) -> list[str]:
    """Of the rows that are selected in the table."""
    if "No session matches" in texts(app):
        return []
    table = app.dataframe[0]
    assert table.key is not None
    rows = app.session_state[table.key]["selection"]["rows"] if table.key in app.session_state else []
    return [names(app)[row] for row in rows]


def test_an_empty_folder_says_the_first_step(show):
    app = works(show("sessions"))
    assert "No sessions yet" in texts(app)
    assert app.expander[0].proto.expanded, "the importer is one of the first steps"


def test_the_table_has_figures_and_a_zone(show, session):
    app = works(show("sessions"))
    row = app.dataframe[0].value.iloc[0]
    assert row["Name"] == "Order of a red one"
    assert row["Started"] == "2026-11-21 07:15:03 UTC"
    assert (row["Messages"], row["Duration"]) == (60, "0:00:59")
    assert (row["Outcome"], row["Source"]) == ("unknown", "APS line 1")
    assert list(row["Tags"]) == ["red", "good"]


def test_the_search_looks_at_name_source_and_tags(show, services, session):
    write_session(services.folder, "Another", [message(1)])
    app = works(show("sessions"))
    assert sorted(names(app)) == ["Another", "Order of a red one"]
    works(app.text_input(Key.SESSIONS_SEARCH).set_value("line GOOD").run())
    assert names(app) == ["Order of a red one"]
    works(app.text_input(Key.SESSIONS_SEARCH).set_value("nothing like this").run())
    assert "No session matches" in texts(app)


def test_sessions_are_filtered_by_outcome_and_source(show, services, session):
    write_session(services.folder, "Bad", [message(1)], source="Hall 3", outcome=Outcome.NOT_OK)
    write_session(services.folder, "Half", [message(1)], source="Hall 3", outcome=Outcome.MIXED)
    (services.folder / "broken_20260101_000000.db").write_bytes(b"no database at all")
    app = works(show("sessions"))
    assert dict(zip(names(app), app.dataframe[0].value["Outcome"], strict=True)) == {
        "Bad": "not OK",
        "Half": "mixed",
        "Order of a red one": "unknown",
        "broken_20260101_000000": "",
    }
    works(app.button_group(Key.SESSIONS_OUTCOME).set_value(["not_ok", "unknown"]).run())
    assert sorted(names(app)) == ["Bad", "Order of a red one"]
    works(app.selectbox(Key.SESSIONS_SOURCE).set_value("Hall 3").run())
    assert names(app) == ["Bad"]
    works(app.button_group(Key.SESSIONS_OUTCOME).set_value([]).run())
    assert sorted(names(app)) == ["Bad", "Half"]


def test_a_source_that_no_session_has_any_more_does_not_hide_all(show, services):
    session = write_session(services.folder, "Bad", [message(1)], source="Hall 3")
    app = works(show("sessions"))
    works(app.selectbox(Key.SESSIONS_SOURCE).set_value("Hall 3").run())
    services.catalog.update(session, source="Hall 4")
    works(app.run())
    assert names(app) == ["Bad"]


def test_source_and_outcome_are_changed(show, services, session, monkeypatch):
    monkeypatch.setattr(services, "settings", services.settings.model_copy(update={"sources": ("APS Freiburg",)}))
    app = works(show("sessions", session=session))
    source = app.selectbox(f"{Key.SESSION_SOURCE}-{session}")
    assert (source.value, source.options) == ("APS line 1", ["Unknown", "APS Freiburg", "APS line 1"])
    source.set_value("APS Freiburg")
    app.segmented_control(f"{Key.SESSION_OUTCOME}-{session}").set_value("not_ok")
    works(app.button(Key.SESSION_SAVE).click().run())
    metadata = services.catalog.get(session).metadata
    assert (metadata.source, metadata.outcome) == ("APS Freiburg", Outcome.NOT_OK)
    assert list(app.dataframe[0].value["Outcome"]) == ["not OK"]


def test_saving_leaves_alone_what_somebody_else_has_changed_meanwhile(show, services, session):
    app = works(show("sessions", session=session))
    services.catalog.update(session, note="said on the command line", outcome=Outcome.OK)
    app.text_input(f"{Key.SESSION_NAME}-{session}").set_value("Order 7")
    works(app.button(Key.SESSION_SAVE).click().run())
    metadata = services.catalog.get(session).metadata
    assert (metadata.name, metadata.note, metadata.outcome) == ("Order 7", "said on the command line", Outcome.OK)
    assert app.text_area(f"{Key.SESSION_NOTE}-{session}").value == "said on the command line"
    assert app.segmented_control(f"{Key.SESSION_OUTCOME}-{session}").value == "ok"


def test_a_session_is_renamed_tagged_and_noted(show, services, session):
    app = works(show("sessions", session=session))
    app.text_input(f"{Key.SESSION_NAME}-{session}").set_value("Order 7/a ✓")
    app.text_input(f"{Key.SESSION_TAGS}-{session}").set_value("blue, , slow,blue ")
    app.text_area(f"{Key.SESSION_NOTE}-{session}").set_value("gripper jams")
    works(app.button(Key.SESSION_SAVE).click().run())
    metadata = services.catalog.get(session).metadata
    assert (metadata.name, metadata.tags, metadata.note) == ("Order 7/a ✓", ("blue", "slow"), "gripper jams")
    assert names(app) == ["Order 7/a ✓"]
    assert app.text_input(f"{Key.SESSION_TAGS}-{session}").value == "blue, slow"


def test_saving_three_changes_writes_once(show, services, session, monkeypatch):
    updates = []
    monkeypatch.setattr(services.catalog, "update", lambda *args, **changes: updates.append((args, changes)))
    app = works(show("sessions", session=session))
    works(app.button(Key.SESSION_SAVE).click().run())
    assert updates == []
    app.text_input(f"{Key.SESSION_NAME}-{session}").set_value("Order 7")
    app.text_input(f"{Key.SESSION_TAGS}-{session}").set_value("blue")
    app.text_area(f"{Key.SESSION_NOTE}-{session}").set_value("gripper jams")
    works(app.button(Key.SESSION_SAVE).click().run())
    assert updates == [((session,), {"name": "Order 7", "tags": ("blue",), "note": "gripper jams"})]


def test_a_copied_file_is_changed_and_deleted_apart_from_its_original(show, services, session):
    path = services.catalog.get(session).path
    copy = path.with_stem(f"{path.stem} (copy)")
    shutil.copy(path, copy)
    app = works(show("sessions", session=copy.stem))
    works(app.text_input(f"{Key.SESSION_NAME}-{copy.stem}").set_value("The copy").run())
    works(app.button(Key.SESSION_SAVE).click().run())
    assert not app.error
    assert sorted(names(app)) == ["Order of a red one", "The copy"]
    works(app.button(Key.SESSION_DELETE).click().run())
    works(app.button(Key.DELETE_CONFIRM).click().run())
    assert [entry.path for entry in services.catalog.sessions()] == [path]


def test_verify_tells_that_both_files_agree(show, session):
    app = works(show("sessions", session=session))
    works(app.button(Key.SESSION_VERIFY).click().run())
    assert "agree" in app.success[0].value


def test_verify_names_what_is_damaged(show, services, session):
    log = services.catalog.get(session).path.with_suffix(".log")
    log.write_bytes(log.read_bytes()[:-300])
    app = works(show("sessions", session=session))
    works(app.button(Key.SESSION_VERIFY).click().run())
    assert app.warning
    assert not app.success


def test_delete_asks_first(show, services, session):
    app = works(show("sessions", session=session))
    works(app.button(Key.SESSION_DELETE).click().run())
    assert services.catalog.get(session)
    works(app.button(Key.DELETE_CONFIRM).click().run())
    assert services.catalog.sessions() == []


def test_after_a_delete_nobody_asks_where_the_session_is(show, services, session):
    write_session(services.folder, "Another", [message(1)])
    app = works(show("sessions", session=session))
    works(app.button(Key.SESSION_DELETE).click().run())
    works(app.button(Key.DELETE_CONFIRM).click().run())
    assert [entry.name for entry in services.catalog.sessions()] == ["Another"]
    assert not app.warning


def test_a_session_that_somebody_else_has_deleted_is_missed(show, services, session):
    write_session(services.folder, "Another", [message(1)])
    app = works(show("sessions", session=session))
    services.catalog.delete(session)
    works(app.button(Key.SESSION_VERIFY).click().run())
    assert "It may have been deleted" in app.warning[0].value


def test_the_question_before_a_delete_does_not_repeat_an_older_problem(show, session):
    app = works(show("sessions", session=session))
    app.text_input(f"{Key.SESSION_NAME}-{session}").set_value("")
    works(app.button(Key.SESSION_SAVE).click().run())
    assert len(app.error) == 1
    works(app.button(Key.SESSION_DELETE).click().run())
    assert not app.error


def test_table_and_details_agree_whatever_is_searched(show, services, session):
    write_session(services.folder, "Another", [message(1)])
    app = works(show("sessions", session=session))
    for text, expected in (("", True), ("another", False), ("red", True), ("", True), ("nothing like this", False)):
        works(app.text_input(Key.SESSIONS_SEARCH).set_value(text).run())
        shown = [button.key for button in app.button if button.key == Key.SESSION_DELETE]
        assert bool(shown) == expected
        assert selected_names(app) == (["Order of a red one"] if expected else [])


def test_an_imported_session_can_be_replayed_at_once(show, session):
    app = works(show("sessions"))
    app.session_state[Key.IMPORT_RESULT] = [
        {"file": "a.log", "failed": "", "id": session, "name": "A", "messages": 1, "assumptions": (), "problems": ()}
    ]
    works(app.run())
    assert {"Analyse", "Replay"} <= {link.proto.label for link in app.main.get("page_link")}


def test_how_a_recording_ends_as_a_matter_of_course_needs_no_words(show, session):
    app = works(show("sessions", session=session))
    facts = app.dataframe[1].value
    assert list(facts[facts["What"] == "Status"]["Value"]) == ["complete"]


def test_what_may_be_missing_is_said(show, services):
    extra = {LOSSES: Losses(dropped=3).to_json()}
    written = write_session(services.folder, "A flood", [message(1)], extra=extra)
    facts = works(show("sessions", session=written)).dataframe[1].value
    (said,) = facts[facts["What"] == "Losses"]["Value"]
    assert "up to 3 that the broker dropped" in said


def test_an_import_says_what_it_assumed_and_a_bad_file_does_not_keep_a_good_one_out(show, services):
    line = '{"timestamp":"2026-03-01T10:00:00.000000","topic":"ccu/x","payload":"1"}\n'
    app = works(show("sessions"))
    app.selectbox(Key.IMPORT_ZONE).set_value("Europe/Berlin")
    app.file_uploader(f"{Key.IMPORT_FILES}-0").set_value(
        [("old.log", line.encode() * 2, "text/plain"), ("holiday.jpg", b"\xff\xd8\xff\xe0 no recording", "image/jpeg")]
    )
    works(app.run())
    works(app.button(Key.IMPORT_START).click().run())
    assert [entry.summary.messages for entry in services.catalog.sessions()] == [2]
    assert "Europe/Berlin" in seen(app)
    assert len(app.error) == 1
    assert app.error[0].value.startswith("holiday\\.jpg is ")


@pytest.mark.parametrize("name", ["..", "x" * 300 + ".log", "a\0b.log"])
def test_a_file_of_any_name_is_imported(show, services, name):
    line = '{"timestamp":"2026-03-01T10:00:00.000000Z","topic":"ccu/x","payload":"1"}\n'
    app = works(show("sessions"))
    app.file_uploader(f"{Key.IMPORT_FILES}-0").set_value([(name, line.encode(), "text/plain")])
    works(app.run())
    works(app.button(Key.IMPORT_START).click().run())
    assert not app.error
    assert [entry.summary.messages for entry in services.catalog.sessions()] == [1]


def test_an_import_without_room_for_a_copy_is_one_sentence(show, services, monkeypatch, tmp_path):
    app = works(show("sessions"))
    app.file_uploader(f"{Key.IMPORT_FILES}-0").set_value([("old.log", b"x", "text/plain")])
    works(app.run())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    works(app.button(Key.IMPORT_START).click().run())
    assert len(app.error) == 1
    assert "No copy of the file could be made" in seen(app)


def test_a_finished_session_can_be_downloaded(show, session):
    app = works(show("sessions", session=session))
    assert downloads(app) == ["Download .db", "Download .log"]


def test_the_database_of_a_running_recording_is_not_offered_and_the_page_says_why(show, recording):
    app = works(show("sessions", session=recording.metadata.id))
    assert downloads(app) == ["Download .log"]
    assert "when the recording has ended" in seen(app)


def test_a_large_file_is_not_read_into_memory_but_named_with_its_place(show, services, session, monkeypatch):
    monkeypatch.setattr("app.widgets.downloads.LARGEST", 10)
    app = works(show("sessions", session=session))
    assert downloads(app) == []
    assert str(services.catalog.get(session).path) in seen(app)


def test_an_unreadable_session_is_listed_with_its_problem(show, services):
    (services.folder / "broken_20260101_000000.db").write_bytes(b"no database at all")
    app = works(show("sessions", session="broken_20260101_000000"))
    assert list(app.dataframe[0].value["Status"]) == ["cannot be read"]
    assert len(app.error) == 1


def test_markup_in_a_session_is_shown_as_text(show, hostile_session):
    app = works(show("sessions", session=hostile_session))
    assert not [text for text in HOSTILE if text in markdown(app)]
    assert "<b>x</b> **x** :red[x]" in seen(app)
    works(app.button(Key.SESSION_DELETE).click().run())
    assert not [text for text in HOSTILE if text in markdown(app)]
