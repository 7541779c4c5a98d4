"""import: real formats, assumptions said, odd files refused in one sentence each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.cli.program import Program
from tests.app.cli.sessions import message, write_session

NAIVE = '{"timestamp":"2026-03-03T08:11:27.5","topic":"a/b","payload":"{}"}\n'
AWARE = '{"timestamp":"2026-03-03T08:11:28.5Z","topic":"a/c","payload":"x","qos":1,"retain":true}\n'


def file(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_it_says_what_it_assumed(program: Program, tmp_path: Path) -> None:
    result = program.run("import", file(tmp_path, "naive.log", NAIVE), "--timezone", "Europe/Berlin")
    assert result.code == 0, result
    assert "1 message" in result.out
    assert "assumed: " in result.out
    assert "Europe/Berlin" in result.out
    (topic,) = program.run("topics", "naive", "--json").json
    assert topic["first_at"] == "2026-03-03T07:11:27.500000+00:00"


def test_json_lists_one_object_per_file(program: Program, tmp_path: Path) -> None:
    result = program.run("import", file(tmp_path, "a.log", AWARE), file(tmp_path, "b.log", NAIVE), "--json")
    first, second = result.json
    assert (first["ok"], first["messages"], first["problems"]) == (True, 1, [])
    assert second["assumptions"]
    assert Path(first["path"]).exists()


def test_what_was_imported_before_is_a_note_and_no_assumption(program: Program, tmp_path: Path) -> None:
    path = file(tmp_path, "a.log", AWARE)
    (first,) = program.run("import", path, "--json").json
    assert first["notes"] == []
    again = program.run("import", path)
    assert "  note: A file of this name was imported before, as 'a'." in again.out.splitlines()
    assert "assumed" not in again.out


def test_a_torn_last_line_is_kept_out_and_said(program: Program, tmp_path: Path) -> None:
    result = program.run("import", file(tmp_path, "torn.log", AWARE + '{"timestamp":"2026-03-'), "--json")
    assert result.code == 0
    (done,) = result.json
    assert done["messages"] == 1
    assert done["problems"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"SQLite format 3\0" + bytes(200),
        b"\xff\xfe\x00",
        b"hello\nworld\n",
        b"{}\n",
        b"[1,2]\n",
    ],
    ids=["empty", "png", "torn database", "not text", "prose", "no messages", "not an object"],
)
def test_a_foreign_file_is_one_sentence_and_the_others_are_imported(
    program: Program, tmp_path: Path, content: bytes
) -> None:
    result = program.run("import", file(tmp_path, "odd.log", content), file(tmp_path, "good.log", AWARE))
    assert result.code == 1, result
    assert "odd.log" in result.error_line
    assert program.run("info", "good", "--json").json["messages"] == 1
    assert len(program.stems()) == 1, "a failed import leaves nothing behind"


def test_a_missing_file_and_a_folder_are_one_sentence_each(program: Program, tmp_path: Path) -> None:
    for path in (tmp_path / "absent.log", tmp_path):
        result = program.run("import", str(path))
        assert result.code in (1, 2)
        assert str(path) in result.error_line
    assert not program.stems()


def test_an_own_session_is_imported_from_elsewhere(program: Program, tmp_path: Path) -> None:
    db = write_session(tmp_path / "elsewhere", "Über/den Tisch 🙂", [message(0), message(5)])
    for path in (db, db.with_suffix(".log")):
        assert program.run("import", str(path)).code == 0
    assert [one["messages"] for one in program.run("list", "--json").json] == [2, 2]


def test_a_sessions_folder_that_cannot_be_made_is_one_sentence(program: Program, tmp_path: Path) -> None:
    program.sessions.write_text("a file is in the way")
    result = program.run("import", file(tmp_path, "good.log", AWARE))
    assert result.code == 1
    assert "sessions" in result.error_line


@pytest.mark.real_data
def test_real_recordings_are_imported(program: Program, real_recordings: Path) -> None:
    files = [str(path) for path in sorted(real_recordings.glob("*.log"))]
    result = program.run("import", *files, "--json")
    assert result.code == 0, result.err
    assert len(result.json) == len(files)
    assert all(one["messages"] > 0 for one in result.json)
