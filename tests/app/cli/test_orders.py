"""`session-manager orders` says what the factory was ordered to do, and what became of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli.exit_codes import OK, USAGE
from app.cli.main import run
from core.message import Message
from tests.analysis.sessions import write_session
from tests.aps.orders import ORDER, PIECE, completed, order, request, response, said, stamp, step

KEYS = {"order_id", "order_type", "colour", "state", "requested_at", "started_at", "ended_at", "workpiece_id", "steps"}
STEP_KEYS = {"index", "kind", "module", "command", "state", "started_at", "ended_at"}


def orders(folder: Path, *messages: Message, options: tuple[str, ...] = ()) -> int:
    return run(["--sessions", str(folder), "orders", write_session(folder, messages).stem, *options])


def stored() -> list[Message]:
    """A storage order of two steps that took three seconds."""
    steps = [step("START>DPS", "FINISHED", 1, 2), step("DPS.DROP", "FINISHED", 2.5, 3)]
    first = order(step("START>DPS"), workpieceId=PIECE)
    done = order(*steps, workpieceId=PIECE, state="FINISHED", stoppedAt=stamp(3))
    return [request(first), response(first, 0.1), completed(done, at_s=3)]


def test_json_has_the_agreed_keys(tmp_path, capsys):
    assert orders(tmp_path, *stored(), options=("--json",)) == OK
    (found,) = json.loads(capsys.readouterr().out)
    assert set(found) >= KEYS
    assert (found["order_id"], found["order_type"], found["colour"], found["state"]) == (
        ORDER,
        "STORAGE",
        "RED",
        "FINISHED",
    )
    assert (found["workpiece_id"], found["ended_at"]) == (PIECE, stamp(3))
    drive, drop = found["steps"]
    assert set(drive) >= STEP_KEYS
    assert (drive["index"], drive["kind"], drive["module"], drive["command"], drive["target"]) == (
        0,
        "NAVIGATION",
        None,
        None,
        "DPS",
    )
    assert (drop["kind"], drop["module"], drop["command"], drop["started_at"]) == (
        "MANUFACTURE",
        "DPS",
        "DROP",
        stamp(2.5),
    )


def test_the_table_names_each_order_and_requests_without_an_answer_are_told(tmp_path, capsys):
    lost = request(order(timestamp="other", type="BLUE"), 4)
    assert orders(tmp_path, *stored(), lost, said("x", 1, 9)) == OK
    shown = capsys.readouterr()
    header, row = shown.out.splitlines()
    assert header.split()[:3] == ["TYPE", "COLOUR", "STATE"]
    assert row.split()[:3] == ["STORAGE", "RED", "FINISHED"]
    assert row.endswith(ORDER)
    assert "BLUE" in shown.err
    assert "no answer" in shown.err


def test_one_order_is_shown_with_its_steps(tmp_path, capsys):
    assert orders(tmp_path, *stored(), options=("--order", ORDER[:4])) == OK
    assert "DPS.DROP" in capsys.readouterr().out


def test_an_order_that_is_not_there_is_said(tmp_path, capsys):
    assert orders(tmp_path, *stored(), options=("--order", "nope")) == USAGE
    assert "'nope'" in capsys.readouterr().err


@pytest.mark.parametrize(("options", "said_"), [((), "There is no order"), (("--json",), "[]")])
def test_a_session_without_orders(tmp_path, capsys, options, said_):
    assert orders(tmp_path, said("a/b", 1), options=options) == OK
    assert said_ in capsys.readouterr().out
