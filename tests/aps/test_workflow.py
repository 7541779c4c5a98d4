"""Workflows by hand: ids never repeat, answers move them on, and a restart forgets nothing."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aps.answers import RESETS
from aps.command import ACTIONS
from aps.generator import MessageGenerator
from aps.modules import AIQS, DRILL
from aps.sequences import module_sequence
from aps.workflow import FILE, WorkflowOrderManager
from aps.workflow_values import StepState, Workflow
from core.clock import ManualClock
from core.errors import StateError, UsageError
from core.message import LIVE, Message
from tests.builders import START_NS

TOPIC = f"module/v1/ff/{DRILL.serial}/state"


def manager(folder: Path) -> WorkflowOrderManager:
    clock = ManualClock(START_NS)
    return WorkflowOrderManager(folder, clock, MessageGenerator(clock).new_id)


def begun(orders: WorkflowOrderManager, serial: str = DRILL.serial, name: str = "DRILL") -> Workflow:
    order_id = orders.new_order_id()
    made = module_sequence(MessageGenerator(ManualClock(START_NS)), serial, ACTIONS[name], order_id)
    return orders.begin(name, "mock", order_id, made)


def state_of(workflow: Workflow, number: int, state: str, **more: object) -> Message:
    action = json.loads(workflow.steps[number].payload)["action"]
    value = {"actionState": {"id": action["id"], "state": state, **more}, "errors": []}
    return Message(TOPIC, json.dumps(value).encode(), 1, LIVE, START_NS)


def test_the_bracket_goes_on_when_the_station_has_finished(tmp_path: Path):
    orders = manager(tmp_path)
    workflow = begun(orders)
    for number in range(3):
        assert orders.get(workflow.order_id).next_step == number
        orders.sent(workflow.order_id, number)
        assert orders.awaited == {("mock", TOPIC), ("mock", RESETS)}
        assert orders.get(workflow.order_id).next_step is None
        assert orders.heard("live", state_of(workflow, number, "FINISHED")) == []
        orders.heard("mock", state_of(workflow, number, "RUNNING"))
        orders.heard("mock", state_of(workflow, number, "FINISHED"))
    assert orders.get(workflow.order_id).closed
    assert orders.open() == []
    assert orders.awaited == frozenset()


def test_a_restart_forgets_nothing(tmp_path: Path):
    before = manager(tmp_path)
    workflow = begun(before)
    before.sent(workflow.order_id, 0)
    before.heard("mock", state_of(workflow, 0, "RUNNING"))
    after = manager(tmp_path)
    assert after.open("mock") == before.open("mock")
    assert after.open("live") == []
    assert after.awaited == {("mock", TOPIC), ("mock", RESETS)}
    after.heard("mock", state_of(workflow, 0, "FINISHED"))
    assert after.get(workflow.order_id).next_step == 1
    assert after.next_update_id(workflow.order_id) == 4
    with pytest.raises(StateError, match="exists already"):
        after.begin("again", "mock", workflow.order_id, [*module_sequence(
            MessageGenerator(ManualClock()), DRILL.serial, ACTIONS["DRILL"], workflow.order_id)])  # fmt: skip


def test_a_damaged_file_is_put_aside_and_said(tmp_path: Path):
    (tmp_path / FILE).write_text('{"version": 1, "workflows": [{"steps": 3}]}')
    orders = manager(tmp_path)
    assert "could not be read" in orders.problem
    assert orders.open() == []
    begun(orders)
    assert [one.name for one in tmp_path.glob("*damaged*")] == [".steering.damaged.json"]
    assert manager(tmp_path).problem == ""


@pytest.mark.parametrize(("state", "stopped"), [("FAILED", "DRILL: PICK failed"), ("FINISHED", "")])
def test_a_failure_is_told_and_can_be_tried_again(tmp_path: Path, state: str, stopped: str):
    orders = manager(tmp_path)
    workflow = begun(orders)
    orders.sent(workflow.order_id, 0)
    orders.heard("mock", state_of(workflow, 0, state))
    now = orders.get(workflow.order_id)
    assert now.stopped.startswith(stopped)
    assert bool(now.stopped) == bool(stopped)
    assert now.next_step == (0 if stopped else 1)


def test_a_piece_that_did_not_pass_ends_the_sequence(tmp_path: Path):
    orders = manager(tmp_path)
    workflow = begun(orders, AIQS.serial, "AIQS")
    for number, more in enumerate(({}, {"result": "FAILED"})):
        orders.sent(workflow.order_id, number)
        message = state_of(workflow, number, "FINISHED", **more)
        orders.heard("mock", message._replace(topic=f"module/v1/ff/{AIQS.serial}/state"))
    assert "did not pass" in orders.get(workflow.order_id).stopped


@pytest.mark.parametrize(
    ("heard", "states"),
    [
        ("RUNNING", [StepState.FAILED, StepState.PLANNED]),
        ("FINISHED", [StepState.FINISHED, StepState.FAILED]),
        ("FAILED", [StepState.FAILED, StepState.PLANNED]),
    ],
)
def test_a_factory_reset_ends_what_was_begun(tmp_path: Path, heard: str, states: list[StepState]):
    """The stations have forgotten the order, so what comes next would be refused."""
    orders = manager(tmp_path)
    workflow, planned = begun(orders), begun(orders)
    orders.sent(workflow.order_id, 0)
    orders.heard("mock", state_of(workflow, 0, heard))
    reset = Message(RESETS, b'{"type":"reset"}', 2, LIVE, START_NS)
    assert orders.heard("live", reset) == []
    assert orders.heard("mock", Message(RESETS, b'{"type":"other"}', 2, LIVE, START_NS)) == []
    (ended,) = orders.heard("mock", reset)
    assert ended.closed
    assert [step.state for step in ended.steps] == [*states, StepState.PLANNED]
    words = [step.detail for step in ended.steps if step.state is StepState.FAILED]
    assert words == ["the state of the action is FAILED" if heard == "FAILED" else "the factory was reset"]
    assert manager(tmp_path).open() == [planned]
    assert orders.awaited == frozenset()


def test_what_has_been_sent_is_not_changed_any_more(tmp_path: Path):
    orders = manager(tmp_path)
    workflow = begun(orders)
    orders.edit(workflow.order_id, 0, '{"orderId": "other"}')
    orders.sent(workflow.order_id, 0)
    with pytest.raises(StateError, match="has been sent already"):
        orders.edit(workflow.order_id, 0, "{}")
    orders.given_up(workflow.order_id, 0, "nobody answered")
    orders.edit(workflow.order_id, 0, "{}")
    assert orders.get(workflow.order_id).steps[0].detail == "nobody answered"
    orders.close(workflow.order_id)
    assert orders.open() == []
    with pytest.raises(UsageError, match="no order nobody"):
        orders.get("nobody")


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_order_ids_never_repeat_whatever_chance_says(numbers: list[int]):
    with tempfile.TemporaryDirectory() as folder:
        clock, chance, rest = ManualClock(START_NS), iter(numbers), Random(1)
        make = MessageGenerator(clock)
        orders = WorkflowOrderManager(Path(folder), clock, lambda: str(next(chance, rest.random())))
        used = []
        for _ in range(3):
            order_id = orders.new_order_id()
            orders.begin("x", "mock", order_id, module_sequence(make, DRILL.serial, ACTIONS["DRILL"], order_id))
            used.append(order_id)
        assert len(set(used)) == 3
        assert {one.order_id for one in orders.open()} == set(used)
