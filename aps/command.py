"""Commands to the factory as values, and what their parts may be."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Any, Final

from aps.modules import AIQS, BY_SERIAL, DPS, DRILL, FTS_SERIALS, HBW, MILL, MODULES, Module, name_of
from core.errors import UsageError

if TYPE_CHECKING:
    from aps.command_values import CommandValue

Json = dict[str, Any]


@unique
class Colour(StrEnum):
    """Of a workpiece; it decides the way through the factory."""

    WHITE = "WHITE"
    RED = "RED"
    BLUE = "BLUE"


@unique
class Action(StrEnum):
    """What a station is told. PICK: it takes the piece off the vehicle; DROP: it puts the piece onto the vehicle."""

    PICK = "PICK"
    DRILL = "DRILL"
    MILL = "MILL"
    CHECK_QUALITY = "CHECK_QUALITY"
    DROP = "DROP"


ACTIONS: Final = {
    AIQS.name: (Action.PICK, Action.CHECK_QUALITY, Action.DROP),
    MILL.name: (Action.PICK, Action.MILL, Action.DROP),
    DRILL.name: (Action.PICK, Action.DRILL, Action.DROP),
    HBW.name: (Action.PICK, Action.DROP),
    DPS.name: (Action.PICK, Action.DROP),
}
"""By the name of a station: what it does, in the order of a sequence. Store and goods station do one at a time."""

LOAD_POSITIONS: Final = ("1", "2", "3")
"""Of a vehicle."""
WORKPIECE: Final = re.compile(r"[0-9a-f]{14}")
"""The number on a piece's NFC tag."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is to be published."""

    title: str
    """For people: `DRILL: PICK`."""
    topic: str
    value: CommandValue
    """What it says."""

    @property
    def payload(self) -> Any:
        """As JSON value."""
        return self.value.wire()

    @property
    def text(self) -> str:
        """The payload for people to read and edit."""
        return json.dumps(self.payload, indent=2, ensure_ascii=False)


def station(serial: str) -> Module:
    """A station that takes commands. Raises UsageError."""
    found = BY_SERIAL.get(serial)
    if found is None or found.name not in ACTIONS:
        known = ", ".join(f"{one.serial} ({one.name})" for one in MODULES if one.name in ACTIONS)
        raise UsageError(f"There is no station '{serial}' that takes commands. Choose one of {known}.")
    return found


def vehicle(serial: str) -> str:
    """The serial number of a vehicle: one that is known, or any that could be a level of a topic. Raises UsageError."""
    if not serial or set(serial) & set("/+#\0"):
        raise UsageError(f"'{serial}' is no serial number of a vehicle. Known are {', '.join(FTS_SERIALS)}.")
    return serial


def workpiece(workpiece_id: str) -> str:
    """The number of a piece. Raises UsageError."""
    if not WORKPIECE.fullmatch(workpiece_id):
        raise UsageError(
            f"'{workpiece_id}' is no workpiece number: it has 14 hexadecimal digits, such as 04798eca341290."
        )
    return workpiece_id


def action_of(module: Module, action: str) -> Action:
    """What this station can do. Raises UsageError."""
    possible = ACTIONS[module.name]
    if action not in possible:
        raise UsageError(f"{module.name} does not do {action}: it does {', '.join(possible)}.")
    return Action(action)


def update_id(number: int) -> int:
    """The number of a command within its order. Raises UsageError."""
    if number < 0:
        raise UsageError(f"{number} is no orderUpdateId: it counts from 0 upwards.")
    return number


def titled(serial: str, what: str) -> str:
    """`DRILL: PICK`, `AGV-1: stop charging`."""
    return f"{name_of(serial)}: {what}"
