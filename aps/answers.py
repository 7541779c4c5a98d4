"""What a station or a vehicle says to a command: it runs, it is finished, it failed, it was refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any, Final

from aps.order_payloads import object_of

RESETS: Final = "ccu/global"
"""Where the central control tells everybody that the factory is reset."""

ANSWER_FILTERS: Final = ("module/v1/ff/+/state", "fts/v1/ff/+/state", RESETS)


@unique
class Outcome(StrEnum):
    """How far a command is."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said."""

    outcome: Outcome
    detail: str = ""
    """The result, or why not."""


def is_reset(topic: str, payload: bytes) -> bool:
    """Whether a message says that the factory is reset, which ends everything that is under way."""
    return topic == RESETS and object_of(payload).get("type") == "reset"


def answer_topic(topic: str) -> str:
    """Where a command on `topic` is answered; empty if nobody answers it there."""
    return f"{topic.rpartition('/')[0]}/state" if topic.startswith(("module/", "fts/")) else ""


def action_id(topic: str, payload: Any) -> str:
    """The action that stands for the whole command: a station's one, a vehicle's last; empty if there is none."""
    if not isinstance(payload, dict):
        return ""
    if topic.endswith("/instantAction"):
        actions = payload.get("actions")
        first = actions[0] if isinstance(actions, list) and actions else None
        found = first.get("actionId") if isinstance(first, dict) else None
        return found if isinstance(found, str) else ""
    nodes = payload.get("nodes")
    holder = nodes[-1] if topic.startswith("fts/") and isinstance(nodes, list) and nodes else payload
    action = holder.get("action") if isinstance(holder, dict) else None
    found = action.get("id") if isinstance(action, dict) else None
    return found if isinstance(found, str) else ""


def answer(payload: bytes, order_id: str, action: str) -> Answer | None:
    """What a state message says to a command of an order, by its action; None if it says nothing to it."""
    try:
        state = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(state, dict):
        return None
    said = next((one for one in _actions(state) if one.get("id") == action), None) if action else None
    if said is None:
        return _refusal(state, order_id)
    match said.get("state"):
        case "FINISHED" if state.get("driving") is True:
            return Answer(Outcome.RUNNING)  # a vehicle that has docked says so twice; then it has stopped
        case "FINISHED":
            result = said.get("result")
            return Answer(Outcome.FINISHED, result if isinstance(result, str) else "")
        case "FAILED":
            return Answer(Outcome.FAILED, _words(state) or "the state of the action is FAILED")
        case _:
            return Answer(Outcome.RUNNING)


def _actions(state: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    listed = state.get("actionStates")
    for one in [state.get("actionState"), *(listed if isinstance(listed, list) else ())]:
        if isinstance(one, dict):
            yield one


def _refusal(state: Mapping[str, Any], order_id: str) -> Answer | None:
    """An error that refers to the order."""
    for error in _errors(state):
        references = error.get("errorReferences")
        for one in references if isinstance(references, list) else ():
            if isinstance(one, dict) and order_id in (one.get("orderId"), one.get("referenceValue")):
                return Answer(Outcome.REFUSED, _error_words(error))
    return None


def _errors(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = state.get("errors")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _words(state: Mapping[str, Any]) -> str:
    return next((words for one in _errors(state) if (words := _error_words(one))), "")


def _error_words(error: Mapping[str, Any]) -> str:
    found = error.get("errorMessage") or error.get("errorType")
    return found if isinstance(found, str) else ""
