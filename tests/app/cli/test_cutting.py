"""`session-manager cut` and `redact` make new sessions, and say what they made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli.exit_codes import OK, USAGE
from app.cli.main import run
from store.events import Event, EventKind
from store.parts import open_session
from tests.analysis.sessions import SECOND, START_NS, message, write_session
from tests.aps.orders import ORDER, PIECE, completed, order, request, response, step


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a session of one order and other things."""
    first = order(step("START>DPS"), workpieceId=PIECE)
    done = order(step("START>DPS", "FINISHED", 1, 2), workpieceId=PIECE, state="FINISHED")
    others = [message("light", at_s, b'{"ip":"10.0.0.7"}') for at_s in (0.05, 2.5, 9)]
    write_session(
        tmp_path,
        [request(first), others[0], response(first, 0.1), others[1], completed(done, at_s=3), others[2]],
        [Event(START_NS + 2 * SECOND, EventKind.MARK, "gripper jams")],
    )
    return tmp_path


def call(folder: Path, *arguments: str) -> int:
    return run(["--sessions", str(folder), *arguments])


def test_an_order_is_cut_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(folder, "cut", "A session", "--order", ORDER[:4], "--json") == OK
    first = json.loads(capsys.readouterr().out)
    assert (first["selected"], first["new"]) == (3, True)
    assert {ORDER, PIECE} <= set(first["ids"])
    assert (
        call(
            folder, "cut", first["path"].replace(first["path"], "a-session_20260807_091127"), "--order", ORDER, "--json"
        )
        == OK
    )
    again = json.loads(capsys.readouterr().out)
    assert (again["path"], again["new"]) == (first["path"], False)
    assert call(folder, "info", first["path"]) == OK
    assert "left out on purpose" in capsys.readouterr().out


@pytest.mark.parametrize(("start", "end"), [("2", "3"), ("0:02", "0:03.0"), ("jams", "3")])
def test_a_stretch_is_cut_into_a_file(folder: Path, capsys: pytest.CaptureFixture[str], start: str, end: str) -> None:
    """Its ends are places as everywhere: seconds, a time as on a stopwatch, a mark."""
    target = folder / "elsewhere" / "cut.db"
    assert call(folder, "cut", "A session", "--start", start, "--end", end, "--no-state", "-o", str(target)) == OK
    assert "1 message of +0:02.000 to +0:03.000" in capsys.readouterr().out
    with open_session(target) as reader:
        assert [one.topic for one in reader.stream()] == ["light"]
        assert reader.metadata.name == "A session (+0:02.000 to +0:03.000)"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ((), "Say what to cut"),
        (("--order", "nope"), "No order of this session"),
        (("--order", ORDER, "--id", "x"), "not both"),
        (("--id", "nowhere-1"), "No message of 'A session' belongs to id nowhere-1"),
        (("--start", "5", "--end", "4"), "--end 4 is not after --start 5"),
        (("--start", "the jam"), "neither a time (seconds or m:ss) nor a mark"),
        (("--start", "-1"), "--start takes 0 or more seconds"),
        (("--id", ORDER, "--follow", "0"), "at least once"),
    ],
)
def test_mistakes_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], reason: str
) -> None:
    assert call(folder, "cut", "A session", *options) == USAGE
    assert reason in capsys.readouterr().err


def test_a_redacted_copy(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = folder / "rules.toml"
    rules.write_text('fields = ["workpieceId"]')
    target = folder / "out" / "shown.db"
    assert call(folder, "redact", "A session", "--rules", str(rules), "-o", str(target), "--json") == OK
    assert json.loads(capsys.readouterr().out)["changed"] == 6
    with open_session(target) as reader:
        payloads = b"".join(one.payload for one in reader.stream())
    assert PIECE.encode() not in payloads
    assert b"10.0.0.7" not in payloads
    assert b"workpieceId-1" in payloads
    assert call(folder, "redact", "A session", "--rules", str(folder / "none.toml")) == USAGE
