"""The commands and states behind the steps of orders, found by the steps' ids."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from aps.order_payloads import Json, as_object, objects, text
from aps.order_values import CHECK_QUALITY, FAILED_STATES, Evidence, Proof
from store.results import StoredMessage

MODULE_ORDER, MODULE_STATE = "module/v1/ff/+/order", "module/v1/ff/+/state"
INNER_STATE = "module/v1/ff/NodeRed/+/state"
"""Of the controllers behind DPS and AIQS."""
FTS_ORDER, FTS_STATE = "fts/v1/ff/+/order", "fts/v1/ff/+/state"
PICTURES: Final = "/j1/txt/1/i/quality_check"
PICTURE_WITHIN_NS: Final = 5_000_000_000
"""From the result of a quality check to its picture, at most; measured: up to 1.2 s after it, some ms before it."""


@dataclass(slots=True)
class _Found:
    """What has been found for one step."""

    evidence: Evidence = Evidence()  # noqa: RUF009 - frozen
    judged: bool = False
    """Whether the inner controller has told its result: the moment of a quality check's picture."""


class EvidenceBook:
    """Takes messages in their order; memory holds a handful of them per known step."""

    def __init__(self, step_ids: Iterable[str]) -> None:
        self._found = {step_id: _Found() for step_id in step_ids}
        self._judged: list[tuple[int, str]] = []
        self._sorted = False

    def of(self, step_id: str) -> Evidence:
        """What was found for a step."""
        found = self._found.get(step_id)
        return found.evidence if found else Evidence()

    def module_order(self, stored: StoredMessage, value: Json) -> None:
        """A command to a module: its action's id is the step's."""
        self._command(stored, as_object(value.get("action")))

    def fts_order(self, stored: StoredMessage, value: Json) -> None:
        """An order to a vehicle: the last node's action, DOCK, has the step's id."""
        nodes = objects(value.get("nodes"))
        self._command(stored, as_object(nodes[-1].get("action")) if nodes else {})

    def state(self, stored: StoredMessage, value: Json, *, inner: bool = False) -> None:
        """A state of a module or a vehicle, with what it does now, or with all that it has done for an order.

        `inner`: of the controller behind a module, which knows the result earlier but is not who got the command.
        """
        for action in (as_object(value.get("actionState")), *objects(value.get("actionStates"))):
            step_id = text(action.get("id"))
            found = self._found.get(step_id)
            if found is None:
                continue
            if (
                inner
                and not found.judged
                and text(action.get("command")) == CHECK_QUALITY
                and text(action.get("result"))
            ):
                found.judged = True
                self._judged.append((stored.message.at_ns, step_id))
                self._sorted = False
            _state(found, stored, action, inner=inner)

    def picture(self, taken: Proof) -> None:
        """A picture of a quality check belongs to the nearest result that has none yet."""
        if not self._sorted:
            self._judged.sort()
            self._sorted = True
        position = bisect_left(self._judged, (taken.at_ns, ""))
        near = [
            (abs(taken.at_ns - at_ns), self._found[step_id])
            for at_ns, step_id in self._judged[max(0, position - 2) : position + 2]
            if self._found[step_id].evidence.picture is None
        ]
        distance, best = min(near, key=lambda one: one[0], default=(0, None))
        if best is not None and distance <= PICTURE_WITHIN_NS:
            best.evidence = replace(best.evidence, picture=taken)

    def _command(self, stored: StoredMessage, action: Json) -> None:
        found = self._found.get(text(action.get("id")))
        if found is not None and found.evidence.command is None:
            serial = _serial(stored.message.topic)
            found.evidence = replace(found.evidence, command=_proof(stored), serial=serial)


def _state(found: _Found, stored: StoredMessage, action: Json, *, inner: bool) -> None:
    state, result, known = text(action.get("state")), text(action.get("result")), found.evidence
    if result and (not inner or not known.result):
        known = replace(known, result=result)
    found.evidence = known if inner else _told(known, stored, state)


def _told(known: Evidence, stored: StoredMessage, state: str) -> Evidence:
    """The evidence with what the module or the vehicle itself says."""
    serial = known.serial or _serial(stored.message.topic)
    if state == "RUNNING" and known.running is None:
        return replace(known, running=_proof(stored), serial=serial)
    if state == "FINISHED" and known.done_state != "FINISHED":
        return replace(known, done=_proof(stored), done_state=state, serial=serial)
    if state in FAILED_STATES and known.done is None:
        return replace(known, done=_proof(stored), done_state=state, serial=serial)
    return known


def _serial(topic: str) -> str:
    """The fourth level of `module/v1/ff/<serial>/state`."""
    levels = topic.split("/")
    return levels[3] if len(levels) > 3 else ""


def _proof(stored: StoredMessage) -> Proof:
    return Proof(stored.id, stored.message.at_ns)
