"""The states of a recording and their transitions."""

from __future__ import annotations

from typing import Final

from core.errors import StateError
from store.metadata import Status

NEXT: Final[dict[Status, tuple[Status, ...]]] = {
    Status.PENDING: (Status.RECORDING, Status.FAILED),
    Status.RECORDING: (Status.SOURCE_ASSIGNED, Status.COMPLETED, Status.FAILED),
    Status.SOURCE_ASSIGNED: (Status.IN_PROGRESS, Status.RECORDING, Status.COMPLETED, Status.FAILED),
    Status.IN_PROGRESS: (Status.PAUSED, Status.COMPLETED, Status.FAILED),
    Status.PAUSED: (Status.IN_PROGRESS, Status.COMPLETED, Status.FAILED),
    Status.COMPLETED: (),
    Status.FAILED: (),
}
"""A recording that has not begun to write can be ended, and its source be taken back, but a pending one has no session
that could be completed."""

QUICK_PATH: Final = (Status.RECORDING, Status.SOURCE_ASSIGNED, Status.IN_PROGRESS)
"""What one click on `record` goes through, from PENDING."""

WAITING: Final = (Status.RECORDING, Status.SOURCE_ASSIGNED)
"""What a guided recording is in before it begins: it has a session, and nothing is written into it."""

_SITUATION: Final[dict[Status, str]] = {
    Status.PENDING: "it is configured but not started; start it first",
    Status.RECORDING: "it waits for its source; assign one (or 'Unknown') first",
    Status.SOURCE_ASSIGNED: "its source is known but nothing is written yet; begin with it first",
    Status.IN_PROGRESS: "it is in progress",
    Status.PAUSED: "it is paused; resume or stop it",
    Status.COMPLETED: "it has been completed; start a new one",
    Status.FAILED: "it has failed; start a new one",
}


def transition(state: Status, to: Status) -> Status:
    """The state `to`. Raises StateError if it cannot follow `state`."""
    if to not in NEXT[state]:
        raise StateError(f"The recording cannot become '{to.value}': {_SITUATION[state]}.")
    return to
