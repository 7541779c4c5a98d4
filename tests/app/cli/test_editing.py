"""edit: what people say about a session is changed in both files."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.metadata import Status, new_metadata
from store.verify import verify
from store.writer import SessionWriter
from tests.app.cli.program import Program
from tests.app.cli.sessions import START_NS, message, write_session


@pytest.fixture
def white(program: Program) -> Path:
    return write_session(program.sessions, "White order", [message(0)], source="Hall 3", note="first", tags=("a", "b"))


def test_everything_that_people_say_can_be_changed_at_once(program: Program, white: Path) -> None:
    result = program.run(
        "edit", "white", "--name", "Red order", "--source", "APS Freiburg", "--note", "second\nline", "--tag", "c",
        "--tag", "a", "--untag", "b", "--outcome", "not-ok", "--json",
    )  # fmt: skip
    assert (result.code, result.err) == (0, "")
    expected = {
        "name": "Red order",
        "source": "APS Freiburg",
        "note": "second\nline",
        "tags": ["a", "c"],
        "outcome": "not_ok",
        "path": str(white),
    }
    assert {key: result.json[key] for key in expected} == expected
    assert program.run("list", "--json").json == [result.json]
    assert verify(white).problems == []


def test_what_is_not_given_stays(program: Program, white: Path) -> None:
    before = program.run("info", "white", "--json").json
    assert before["outcome"] == "unknown"
    result = program.run("edit", "white", "--outcome", "mixed")
    assert (result.code, result.out, result.err) == (0, "Changed 'White order'.\n", "")
    after = program.run("info", "white", "--json").json
    assert {**after, "size_bytes": 0} == {**before, "outcome": "mixed", "size_bytes": 0}


def test_outcome_and_source_are_listed_for_people(program: Program, white: Path) -> None:
    assert program.run("edit", "white", "--outcome", "not ok").code == 0
    for command in (["list"], ["info", "white"]):
        text = program.run(*command).out
        assert "not OK" in text
        assert "Hall 3" in text


def test_a_known_source_is_spelled_as_in_the_settings(program: Program, white: Path) -> None:
    sources = '["APS Freiburg"]'
    arguments = ("edit", "white", "--json", "--source")
    assert program.run(*arguments, "aps freiburg", SESSION_MANAGER_SOURCES=sources).json["source"] == "APS Freiburg"
    assert program.run(*arguments, "Hall 9", SESSION_MANAGER_SOURCES=sources).json["source"] == "Hall 9"
    assert program.run(*arguments, "", SESSION_MANAGER_SOURCES=sources).json["source"] == "Unknown"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "Say what to change, with --name, --source"),
        (["--outcome", "good"], "There is no outcome 'good'. There are: ok, not_ok, mixed, unknown."),
        (["--untag", "c"], "has no tag 'c'. Its tags: a, b."),
        (["--name", " "], "A session needs a name"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence_and_changes_nothing(
    program: Program, white: Path, options: list[str], words: str
) -> None:
    before = white.read_bytes()
    result = program.run("edit", "white", *options)
    assert result.code == 2
    assert words in result.error_line
    assert white.read_bytes() == before


def test_what_is_being_recorded_cannot_be_changed(program: Program) -> None:
    program.sessions.mkdir()
    writer = SessionWriter.create(program.sessions, new_metadata("Alive", START_NS, status=Status.IN_PROGRESS))
    result = program.run("edit", "alive", "--outcome", "ok")
    writer.abandon()
    assert result.code == 1
    assert "being recorded" in result.error_line
