"""A workflow by hand as a value: commands with one orderId, and how far each is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from aps.answers import Outcome


@unique
class StepState(StrEnum):
    """How far one command of a workflow is."""

    PLANNED = "planned"
    SENT = "sent"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    REFUSED = "refused"


STOPPING: Final = (StepState.FAILED, StepState.REFUSED)
FROM_ANSWER: Final = {
    Outcome.RUNNING: StepState.RUNNING,
    Outcome.FINISHED: StepState.FINISHED,
    Outcome.FAILED: StepState.FAILED,
    Outcome.REFUSED: StepState.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One command."""

    title: str
    topic: str
    payload: str
    """As JSON text, which people may have edited."""
    state: StepState = StepState.PLANNED
    detail: str = ""
    """The result, or why it failed or was refused."""
    sent_ns: int = 0
    """When the broker had it, nanoseconds since the epoch, UTC; 0: not yet."""
    override: bool = False
    """Somebody wants it to be sent though it breaks its template."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """Commands with one orderId, sent one after the other."""

    order_id: str
    title: str
    environment: str
    steps: tuple[Step, ...]
    begun_ns: int
    closed: bool = False
    """Somebody has ended it, or all its commands have."""

    @property
    def started(self) -> bool:
        """Whether one of its commands has been sent, or was tried to be."""
        return any(step.state is not StepState.PLANNED for step in self.steps)

    @property
    def next_step(self) -> int | None:
        """The number of the command that can be sent; None while one is under way, or if there is none."""
        for number, step in enumerate(self.steps):
            if step.state in (StepState.SENT, StepState.RUNNING):
                return None
            if step.state is not StepState.FINISHED:
                return number
        return None

    @property
    def waiting(self) -> int | None:
        """The number of the command that is under way; None if none is."""
        under_way = (StepState.SENT, StepState.RUNNING)
        return next((number for number, step in enumerate(self.steps) if step.state in under_way), None)

    @property
    def done(self) -> int:
        """How many commands have been finished."""
        return sum(step.state is StepState.FINISHED for step in self.steps)

    @property
    def stopped(self) -> str:
        """Why it does not go on by itself; empty if it does."""
        for step in self.steps:
            if step.state in STOPPING:
                return (
                    f"{step.title} {step.state.value}: {step.detail}" if step.detail else f"{step.title} {step.state}"
                )
            if step.state is StepState.FINISHED and step.detail == "FAILED" and step is not self.steps[-1]:
                return f"{step.title}: the workpiece did not pass, so the station has thrown it away"
        return ""
