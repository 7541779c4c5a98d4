"""What stations and vehicles say to a command, in the shapes of the real factory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aps.answers import Answer, Outcome, action_id, answer, answer_topic


def said(**state: Any) -> Answer | None:
    return answer(json.dumps(state).encode(), "order", "action")


def one(state: str, **more: Any) -> dict[str, Any]:
    return {"id": "action", "command": "PICK", "state": state, **more}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"actionState": one("RUNNING")}, Answer(Outcome.RUNNING)),
        ({"actionState": one("FINISHED")}, Answer(Outcome.FINISHED)),
        ({"actionState": one("FINISHED", result="FAILED")}, Answer(Outcome.FINISHED, "FAILED")),
        ({"actionState": None, "actionStates": [one("FINISHED")], "driving": True}, Answer(Outcome.RUNNING)),
        ({"actionStates": [one("WAITING")], "driving": True}, Answer(Outcome.RUNNING)),
        ({"actionStates": [one("FINISHED")], "driving": False}, Answer(Outcome.FINISHED)),
        (
            {"actionState": one("FAILED"), "errors": [{}, {"errorType": "PICK_failed"}]},
            Answer(Outcome.FAILED, "PICK_failed"),
        ),
        (
            {"errors": [{"errorMessage": "Module is not IDLE", "errorReferences": [{"orderId": "order"}]}]},
            Answer(Outcome.REFUSED, "Module is not IDLE"),
        ),
        (
            {"errors": [{"errorType": "orderError", "errorReferences": [{"referenceValue": "order"}]}]},
            Answer(Outcome.REFUSED, "orderError"),
        ),
        ({"errors": [{"errorMessage": "x", "errorReferences": [{"orderId": "another"}]}]}, None),
        ({"actionState": {"id": "another", "state": "FINISHED"}, "errors": [{}]}, None),
    ],
)
def test_a_state_is_an_answer_only_to_its_own_command(state: dict[str, Any], expected: Answer | None):
    assert said(**state) == expected


@pytest.mark.parametrize("payload", [b"", b"[]", b"1", b"\xff", b'{"errors": 1, "actionStates": "x"}'])
def test_nonsense_is_no_answer(payload: bytes):
    assert answer(payload, "order", "action") is None


def test_where_a_command_is_answered():
    assert answer_topic("module/v1/ff/SVR4H76449/order") == "module/v1/ff/SVR4H76449/state"
    assert answer_topic("ccu/order/request") == ""


@pytest.mark.real_data
def test_every_command_of_a_real_order_is_answered(real_recordings: Path):
    """In a recording without outages each command to a station or vehicle is finished in the end."""
    log = real_recordings / "white-storage-production_20260807_111716.log"
    messages = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    open_commands: dict[str, tuple[str, str]] = {}
    finished = 0
    for message in messages:
        topic = message.get("topic", "")
        if topic.startswith(("module/v1/ff/SVR", "fts/")) and topic.endswith("/order"):
            payload = json.loads(message["payload"])
            open_commands[action_id(topic, payload)] = (answer_topic(topic), payload["orderId"])
        for action, (place, order) in list(open_commands.items()):
            if topic == place and (found := answer(message["payload"].encode(), order, action)):
                assert found.outcome in (Outcome.RUNNING, Outcome.FINISHED)
                if found.outcome is Outcome.FINISHED:
                    del open_commands[action]
                    finished += 1
    assert open_commands == {}
    assert finished >= 14
