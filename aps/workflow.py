"""Orders by hand: hands out order ids and update ids, and remembers what is open, also over a restart."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from aps.answers import RESETS, Answer, action_id, answer, answer_topic, is_reset
from aps.command import Command
from aps.workflow_pieces import given_out, naming
from aps.workflow_values import FROM_ANSWER, STOPPING, Step, StepState, Workflow
from core.clock import Clock
from core.errors import StateError, StorageError, UsageError
from core.message import Message
from store.whole_file import whole_file

FILE: Final = ".steering.json"
"""In the sessions folder."""
VERSION: Final = 1
KEPT: Final = 50
"""Workflows that are remembered, open ones first."""


class WorkflowOrderManager:
    """Thread-safe. What it knows is in one file, which is replaced as a whole."""

    def __init__(self, folder: Path, clock: Clock, new_id: Callable[[], str]) -> None:
        """An unreadable file does not keep anybody from working: it is put aside, and `problem` says so."""
        self._file = folder / FILE
        self._clock = clock
        self._new_id = new_id
        self._lock = threading.RLock()
        self.problem = ""
        self._workflows = self._read()
        self.awaited: frozenset[tuple[str, str]] = frozenset()
        """Environments and topics on which an answer may come. Asked for without the lock, by network threads."""
        self._await_answers()

    def new_order_id(self) -> str:
        """One that no workflow has."""
        with self._lock:
            while (found := self._new_id()) in self._workflows:
                continue
            return found

    def next_update_id(self, order_id: str) -> int:
        """For one more command of an order: higher than all that it has; 1 for an order that is not known."""
        with self._lock:
            workflow = self._workflows.get(order_id)
            known = [_update_id(step.payload) for step in workflow.steps] if workflow else []
            return max(known, default=0) + 1

    def begin(self, title: str, environment: str, order_id: str, commands: Sequence[Command]) -> Workflow:
        """Remembers commands that are to be sent. Raises UsageError without any, StateError for an id in use."""
        if not commands:
            raise UsageError("There is no command to send. Choose at least one step.")
        with self._lock:
            if order_id in self._workflows:
                raise StateError(f"The order {order_id} exists already. Take a new order id.")
            steps = tuple(Step(one.title, one.topic, one.text) for one in commands)
            return self._keep(Workflow(order_id, title, environment, steps, self._clock.now_ns()))

    def add(self, order_id: str, title: str, commands: Sequence[Command]) -> Workflow:
        """More commands for an order that is open. Raises UsageError, and StateError for one that has ended."""
        with self._lock:
            workflow = self.get(order_id)
            if workflow.closed:
                raise StateError(f"{workflow.title} has ended. Begin a new sequence.")
            steps = tuple(Step(one.title, one.topic, one.text) for one in commands)
            return self._keep(replace(workflow, title=title, steps=(*workflow.steps, *steps)))

    def get(self, order_id: str) -> Workflow:
        """Raises UsageError for an unknown one."""
        with self._lock:
            if order_id not in self._workflows:
                raise UsageError(f"There is no order {order_id} that was begun by hand.")
            return self._workflows[order_id]

    def open(self, environment: str = "") -> list[Workflow]:
        """Those that somebody may go on with, the newest first; of one environment, or of all."""
        with self._lock:
            found = [one for one in self._workflows.values() if not one.closed]
        return sorted((one for one in found if environment in ("", one.environment)), key=lambda one: -one.begun_ns)

    def ended(self, environment: str) -> list[Workflow]:
        """Those of an environment that nobody goes on with, the newest first."""
        with self._lock:
            found = [one for one in self._workflows.values() if one.closed and one.environment == environment]
        return sorted(found, key=lambda one: -one.begun_ns)

    def edit(self, order_id: str, number: int, payload: str) -> None:
        """Changes a command that has not been sent. Raises StateError."""
        with self._lock:
            step = self.get(order_id).steps[number]
            if step.state not in (StepState.PLANNED, *STOPPING):
                raise StateError(f"{step.title} has been sent already, so it cannot be changed any more.")
            self._change(order_id, number, payload=payload)

    def allow(self, order_id: str, number: int, *, override: bool) -> None:
        """Whether a command is sent though it breaks its template."""
        self._change(order_id, number, override=override)

    def sent(self, order_id: str, number: int) -> None:
        """A command is on its way: to be told before, because the answer may be there at once."""
        self._change(order_id, number, state=StepState.SENT, detail="", sent_ns=self._clock.now_ns())

    def given_up(self, order_id: str, number: int, reason: str) -> None:
        """A command could not be sent, or nobody answered it."""
        self._change(order_id, number, state=StepState.FAILED, detail=reason)

    def close(self, order_id: str) -> None:
        """Ends a workflow: nobody goes on with it."""
        with self._lock:
            self._keep(replace(self.get(order_id), closed=True))

    def heard(self, environment: str, message: Message) -> list[Workflow]:
        """Takes a state message, or the word of a factory reset; returns the workflows that it has changed."""
        changed = []
        with self._lock:
            if is_reset(message.topic, message.payload):
                return [self._end_by_reset(one) for one in self.open(environment) if one.started]
            for workflow in self.open(environment):
                number = workflow.waiting
                if number is None or answer_topic(workflow.steps[number].topic) != message.topic:
                    continue
                said = _said(message, workflow, workflow.steps[number])
                if said is not None and FROM_ANSWER[said.outcome] is not workflow.steps[number].state:
                    self._change(workflow.order_id, number, state=FROM_ANSWER[said.outcome], detail=said.detail)
                    self._learn(workflow.order_id, number)
                    changed.append(self._workflows[workflow.order_id])
        return changed

    def _end_by_reset(self, workflow: Workflow) -> Workflow:
        """The factory has forgotten it: what is under way is lost, and what comes next would be refused."""
        number = workflow.waiting if workflow.waiting is not None else workflow.next_step
        if number is not None and workflow.steps[number].state not in STOPPING:
            self._change(workflow.order_id, number, state=StepState.FAILED, detail="the factory was reset")
        self.close(workflow.order_id)
        return self.get(workflow.order_id)

    def _change(self, order_id: str, number: int, **what: Any) -> None:
        with self._lock:
            workflow = self.get(order_id)
            steps = list(workflow.steps)
            steps[number] = replace(steps[number], **what)
            all_done = all(step.state is StepState.FINISHED for step in steps)
            self._keep(replace(workflow, steps=tuple(steps), closed=workflow.closed or all_done))

    def _learn(self, order_id: str, number: int) -> None:
        """The store has said which piece it gave out: the commands after that name it, where they name none."""
        workflow = self.get(order_id)
        piece = given_out(workflow.steps[number])
        if piece:
            later = (naming(step, piece) for step in workflow.steps[number + 1 :])
            self._keep(replace(workflow, steps=(*workflow.steps[: number + 1], *later)))

    def _keep(self, workflow: Workflow) -> Workflow:
        self._workflows[workflow.order_id] = workflow
        kept = sorted(self._workflows.values(), key=lambda one: (one.closed, -one.begun_ns))[:KEPT]
        self._workflows = {one.order_id: one for one in kept}
        self._await_answers()
        document = {"version": VERSION, "workflows": [asdict(one) for one in kept]}
        with whole_file(self._file) as file:
            file.write(json.dumps(document, indent=1).encode())
        return workflow

    def _await_answers(self) -> None:
        started = [one for one in self._workflows.values() if one.started and not one.closed]
        waiting = [(one, one.waiting) for one in started]
        self.awaited = frozenset((one.environment, RESETS) for one in started) | frozenset(
            (one.environment, answer_topic(one.steps[number].topic)) for one, number in waiting if number is not None
        )

    def _read(self) -> dict[str, Workflow]:
        try:
            document = json.loads(self._file.read_bytes())
            if document["version"] != VERSION:
                raise ValueError("it was written by another version of this program")
            found = [_workflow(one) for one in document["workflows"]]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            self.problem = f"The orders begun by hand could not be read from {self._file}: {error}. {self._put_aside()}"
            return {}
        return {one.order_id: one for one in found}

    def _put_aside(self) -> str:
        aside = self._file.with_suffix(".damaged.json")
        try:
            self._file.replace(aside)
        except OSError as error:
            raise StorageError(f"{self._file} cannot be replaced: {error.strerror}. Check its permissions.") from error
        return f"The file is now called {aside.name}."


def _workflow(value: Any) -> Workflow:
    steps = tuple(Step(**{**step, "state": StepState(step["state"])}) for step in value["steps"])
    return Workflow(**{**value, "steps": steps})


def _said(message: Message, workflow: Workflow, step: Step) -> Answer | None:
    payload = _parsed(step.payload)
    order_id = payload.get("orderId") if isinstance(payload, dict) else None
    return answer(message.payload, str(order_id or workflow.order_id), action_id(step.topic, payload))


def _update_id(text: str) -> int:
    payload = _parsed(text)
    found = payload.get("orderUpdateId") if isinstance(payload, dict) else None
    return found if isinstance(found, int) else 0


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
