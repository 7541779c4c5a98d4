"""list, info, topics, verify and delete on real session files."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from store.metadata import Status, new_metadata
from store.writer import SessionWriter
from tests.app.cli.program import Program
from tests.app.cli.sessions import START_NS, message, write_session

INFO_KEYS = {
    "id",
    "name",
    "status",
    "source",
    "started_at",
    "ended_at",
    "duration_seconds",
    "messages",
    "bytes",
    "topics",
    "gaps",
    "broker",
}


@pytest.fixture
def white(program: Program) -> Path:
    messages = [message(0), message(500, "cli/b", payload=b"four"), message(2000)]
    return write_session(
        program.sessions, "White order", messages, source="Hall 3", broker="mqtt://factory:1883", note="first"
    )


def test_an_empty_library_says_the_first_step(program: Program) -> None:
    result = program.run("list")
    assert result.code == 0
    assert "session-manager record" in result.out
    assert program.run("list", "--json").json == []


def test_info_has_the_documented_keys(program: Program, white: Path) -> None:
    found = program.run("info", "White order", "--json").json
    assert found.keys() >= INFO_KEYS
    expected = {
        "name": "White order",
        "status": "completed",
        "source": "Hall 3",
        "started_at": "2026-03-03T08:11:27.000000+00:00",
        "ended_at": "2026-03-03T08:11:29.000000+00:00",
        "duration_seconds": 2.0,
        "messages": 3,
        "bytes": 6,
        "topics": 2,
        "gaps": 0,
        "broker": "mqtt://factory:1883",
    }
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("text", ["White order", "white", "stem", "path", "log", "id"])
def test_a_session_is_found_by_path_stem_id_and_part_of_its_name(program: Program, white: Path, text: str) -> None:
    identity = program.run("info", str(white), "--json").json["id"]
    given = {"stem": white.stem, "path": str(white), "log": str(white.with_suffix(".log")), "id": identity}
    assert program.run("info", given.get(text, text), "--json").json["id"] == identity


@pytest.mark.parametrize("command", ["info", "topics", "verify", "repair", "replay", "delete"])
def test_an_unknown_session_is_a_usage_error(program: Program, white: Path, command: str) -> None:
    result = program.run(command, "nowhere")
    assert result.code == 2
    assert "nowhere" in result.error_line


def test_a_name_that_two_sessions_share_is_a_usage_error_that_names_both(program: Program, white: Path) -> None:
    write_session(program.sessions, "White order again", [message(0)])
    result = program.run("info", "white")
    assert result.code == 2
    assert "White order again" in result.error_line


def test_list_is_a_table_for_people_and_a_list_for_programs(program: Program, white: Path) -> None:
    text = program.run("list").out
    assert "White order" in text
    assert "2.0 s" in text
    assert "complete " in text
    (entry,) = program.run("list", "--json").json
    assert entry.keys() >= INFO_KEYS


def test_info_for_people_has_units_and_a_zone(program: Program, white: Path) -> None:
    text = program.run("info", "white", TZ="UTC").out
    for expected in ("2026-03-03 08:11:27 UTC", "2.0 s", "6 B", "first"):
        assert expected in text


def test_topics_has_the_documented_shape(program: Program, white: Path) -> None:
    assert program.run("topics", "white", "--json").json == [
        {
            "topic": "cli/a",
            "messages": 2,
            "bytes": 2,
            "rate_per_second": 1.0,
            "first_at": "2026-03-03T08:11:27.000000+00:00",
            "last_at": "2026-03-03T08:11:29.000000+00:00",
        },
        {
            "topic": "cli/b",
            "messages": 1,
            "bytes": 4,
            "rate_per_second": 0.5,
            "first_at": "2026-03-03T08:11:27.500000+00:00",
            "last_at": "2026-03-03T08:11:27.500000+00:00",
        },
    ]
    assert "cli/b" in program.run("topics", "white").out


def test_a_topic_that_commands_the_terminal_is_shown_as_text(program: Program) -> None:
    write_session(program.sessions, "evil\x1b[2J", [message(0, "a/\x1b]0;owned\x07/<b>'\"")])
    for arguments in (["topics", "evil"], ["list"], ["info", "evil"]):
        result = program.run(*arguments)
        assert result.code == 0
        assert "\x1b" not in result.out + result.err


def test_an_intact_session_verifies(program: Program, white: Path) -> None:
    assert program.run("verify", "white", "--json").json == {"ok": True, "problems": []}
    assert program.run("verify", "white").code == 0


def test_damage_is_exit_code_3_with_its_problems(program: Program, white: Path) -> None:
    with sqlite3.connect(white) as database:
        database.execute("DELETE FROM messages WHERE id = 2")
    database.close()
    result = program.run("verify", "white", "--json")
    assert result.code == 3
    assert not result.json["ok"]
    assert result.json["problems"]


def test_a_file_that_is_no_session_is_one_sentence(program: Program) -> None:
    program.sessions.mkdir()
    foreign = program.sessions / "foreign.db"
    foreign.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5000))
    for command in ("info", "topics"):
        result = program.run(command, str(foreign))
        assert result.code == 1, result
        assert "foreign.db" in result.error_line
    listed = program.run("list")
    assert listed.code == 0
    assert "cannot be read" in listed.out


def test_a_session_without_a_message_has_no_topics(program: Program) -> None:
    write_session(program.sessions, "Silent", [])
    assert program.run("topics", "Silent").out == "There is no message in this session.\n"
    assert program.run("topics", "Silent", "--json").json == []


def test_repair_makes_a_session_whole_from_its_log(program: Program, white: Path) -> None:
    white.write_bytes(b"no database any more")
    result = program.run("repair", white.stem, "--json")
    assert result.code == 0, result
    assert result.json == {"ok": True, "path": str(white), "messages": 3, "problems": []}
    assert program.run("verify", "white").code == 0


def test_repair_names_what_it_could_not_save(program: Program, white: Path) -> None:
    white.unlink()
    log = white.with_suffix(".log")
    os.truncate(log, log.stat().st_size - 5)
    result = program.run("repair", str(log))
    assert result.code == 3, result
    assert "breaks off" in result.out
    assert "3 messages" in result.out
    assert program.run("verify", white.stem).code == 0


def test_a_copied_session_can_be_deleted(program: Program, white: Path) -> None:
    for suffix in (".db", ".log"):
        shutil.copy(white.with_suffix(suffix), program.sessions / f"y{suffix}")
    assert program.run("delete", "y", "--yes").code == 0
    assert program.stems() == [white.stem]
    for suffix in (".db", ".log"):
        shutil.copy(white.with_suffix(suffix), program.sessions / f"y{suffix}")
    assert program.run("delete", str(program.sessions / "y.db"), "--yes").code == 0
    assert program.stems() == [white.stem]


def test_delete_does_not_guess_when_nobody_can_be_asked(program: Program, white: Path) -> None:
    result = program.run("delete", "white")
    assert result.code == 2
    assert "--yes" in result.error_line
    assert white.exists()


def test_delete_with_yes_removes_both_files(program: Program, white: Path) -> None:
    result = program.run("delete", "white", "--yes")
    assert (result.code, result.err) == (0, "")
    assert not white.exists()
    assert not white.with_suffix(".log").exists()


@pytest.mark.parametrize(("answer", "code", "remains"), [("n", 1, True), ("y", 0, False)])
def test_delete_asks_on_a_terminal(program: Program, white: Path, answer: str, code: int, remains: bool) -> None:
    """With a pseudo-terminal as standard input."""
    ours, theirs = os.openpty()
    os.write(ours, f"{answer}\n".encode())
    process = subprocess.run(
        [sys.executable, "-m", "app.cli.main", "--sessions", str(program.sessions), "delete", "white"],
        stdin=theirs,
        capture_output=True,
        cwd=program.folder,
        check=False,
        text=True,
    )
    os.close(ours)
    os.close(theirs)
    assert process.returncode == code, process.stderr
    assert white.exists() is remains
    assert "White order" in process.stdout + process.stderr


@pytest.fixture
def dead(program: Program) -> Path:
    """A session whose recorder was killed."""
    program.sessions.mkdir()
    writer = SessionWriter.create(program.sessions, new_metadata("Dead", START_NS, status=Status.IN_PROGRESS))
    writer.write([message(0)])
    writer.abandon()
    return writer.db_path


def test_a_recording_that_died_is_interrupted_until_it_is_repaired(program: Program, dead: Path) -> None:
    for command in (["list"], ["info", "dead"]):
        result = program.run(*command)
        assert result.code == 0
        assert "interrupted" in result.out
        assert f"'session-manager repair {dead.stem}'" in result.error_line
    found = program.run("info", "dead", "--json").json
    assert (found["status"], found["interrupted"]) == ("in_progress", True)
    assert program.run("repair", "dead").code == 0
    found = program.run("info", "dead", "--json").json
    assert (found["status"], found["interrupted"]) == ("failed", False)
    listed = program.run("list")
    assert "interrupted" in listed.out
    assert listed.err == ""
    assert program.run("verify", "dead").code == 0


def test_what_is_being_recorded_is_neither_interrupted_nor_damaged(program: Program) -> None:
    program.sessions.mkdir()
    writer = SessionWriter.create(program.sessions, new_metadata("Alive", START_NS, status=Status.IN_PROGRESS))
    listed = program.run("list")
    assert "recording" in listed.out
    assert listed.err == ""
    result = program.run("verify", "alive")
    writer.abandon()
    assert (result.code, result.out) == (1, "")
    assert "is being recorded; verify it when it has ended" in result.error_line


def test_a_session_of_a_newer_version_is_not_called_damaged(program: Program, white: Path) -> None:
    with closing(sqlite3.connect(white)) as database:
        database.execute("PRAGMA user_version = 99")
    for command in ("verify", "repair"):
        result = program.run(command, str(white))
        assert (result.code, result.out) == (1, "")
        assert "Update the program" in result.error_line


def test_a_path_of_something_else_is_said_to_be_no_session(program: Program, white: Path) -> None:
    result = program.run("verify", "/etc/passwd")
    assert result.code == 1
    assert "/etc/passwd is no session" in result.error_line


def test_long_names_and_topics_are_shortened_for_people_only(program: Program) -> None:
    name, topic = "n" * 300, "t/" * 150
    write_session(program.sessions, name, [message(0, topic)])
    for command in (["list"], ["topics", "nnn"], ["info", "absent"]):
        result = program.run(*command)
        assert "…" in result.out + result.err
        assert max(map(len, (result.out + result.err).splitlines())) < 330
    assert program.run("info", "nnn", "--json").json["name"] == name
    assert program.run("topics", "nnn", "--json").json[0]["topic"] == topic
