"""The workpiece of a workflow by hand: which one it is, only the store knows when it gives it out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from aps.command import WORKPIECE, Action
from aps.modules import BY_NAME, HBW
from aps.order_payloads import as_object, object_of, objects
from aps.workflow_values import Step, StepState


def given_out(step: Step) -> str:
    """The number of the piece that the store has given out with this command; empty if it was none."""
    action = as_object(object_of(step.payload.encode("utf-8", "replace")).get("action"))
    store = step.topic == f"module/v1/ff/{HBW.serial}/order" and action.get("command") == Action.DROP
    known = step.state is StepState.FINISHED and WORKPIECE.fullmatch(step.detail)
    return step.detail if store and known else ""


def naming(step: Step, piece: str) -> Step:
    """The command with the number of its piece, if it speaks of one without naming it and was not sent."""
    value = object_of(step.payload.encode("utf-8", "replace"))
    if step.state is not StepState.PLANNED or not value:
        return step
    name = "loadId" if step.topic.startswith("fts/") else "workpieceId"
    said = _about_the_piece(step.topic, value)
    if not said or name in said:
        return step
    said[name] = piece
    return replace(step, payload=json.dumps(value, indent=2, ensure_ascii=False))


def _about_the_piece(topic: str, value: dict[str, Any]) -> dict[str, Any]:
    """The part of a command that describes the piece, to be changed in its place; empty if there is none."""
    if topic.startswith("fts/"):
        last = (objects(value.get("nodes")) or [{}])[-1].get("action") if "nodes" in value else None
        holder = last if last else (objects(value.get("actions")) or [{}])[0]
        said = as_object(as_object(holder).get("metadata"))
        return said if "loadType" in said else {}
    action = as_object(value.get("action"))
    said = as_object(action.get("metadata"))
    if action.get("command") in BY_NAME:  # drilling and milling: the process names no piece
        return {}
    inner = as_object(said.get("workpiece"))
    return inner or (said if "type" in said else {})
