"""Commands that belong together: one bracket of a station, one way of a vehicle over several stations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from aps.command import ACTIONS, LOAD_POSITIONS, Action, Colour, Command, station, titled
from aps.generator import Load, MessageGenerator
from aps.modules import AIQS, BY_SERIAL, CHRG, DPS, DRILL, HBW, MILL
from aps.simulator.layout import DELIVERED, RoadMap
from core.errors import UsageError

ROUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "DPS-HBW": (DPS.serial, HBW.serial),
    "HBW-DPS": (HBW.serial, DPS.serial),
    "WHITE-production": (HBW.serial, DRILL.serial, AIQS.serial, DPS.serial),
    "RED-production": (HBW.serial, MILL.serial, AIQS.serial, DPS.serial),
    "BLUE-production": (HBW.serial, DRILL.serial, MILL.serial, AIQS.serial, DPS.serial),
}
"""Stations that a vehicle visits one after the other, by serial number."""


def module_sequence(
    generator: MessageGenerator,
    serial: str,
    actions: Sequence[Action],
    order_id: str,
    *,
    colour: Colour = Colour.WHITE,
    workpiece_id: str = "",
    first: int = 1,
) -> tuple[Command, ...]:
    """One bracket at a station: the same orderId, orderUpdateId from `first` on. Raises UsageError."""
    if not actions:
        raise UsageError(f"{station(serial).name} was given nothing to do. Choose at least one step.")
    return tuple(
        generator.module(serial, action, order_id, number, colour=colour, workpiece_id=workpiece_id)
        for number, action in enumerate(actions, start=first)
    )


def drive_sequence(
    generator: MessageGenerator, serial: str, places: Sequence[str], order_id: str, *, roads: RoadMap = DELIVERED
) -> tuple[Command, ...]:
    """One way over several stations: a command for each, the same orderId, orderUpdateId 0, 1, 2. Raises UsageError.

    `places`: where the vehicle stands, then the stations. Of two that are the same the vehicle docks anew.
    `roads`: those of the layout that the central control has announced.
    """
    if len(places) < 2:
        raise UsageError("A way needs a start and at least one station to drive to.")
    last = places[-1] == CHRG.serial
    return tuple(
        generator.drive(serial, start, end, order_id, number, charge=last and number == len(places) - 2, roads=roads)
        for number, (start, end) in enumerate(pairwise(places))
    )


def transport_sequence(
    generator: MessageGenerator,
    serial: str,
    route: Sequence[str],
    order_id: str,
    *,
    standing_at: str,
    load: Load,
    position: str = LOAD_POSITIONS[0],
    roads: RoadMap = DELIVERED,
) -> tuple[Command, ...]:
    """A piece carried over several stations, as the central control does it: the first station puts it onto the
    vehicle, those between take it off, process it and put it on again, the last one takes it off. The vehicle is told
    of each. One orderId, orderUpdateId from 0 on. Raises UsageError.
    """
    if len(route) < 2 or CHRG.serial in route:
        raise UsageError("A piece is carried from one station to another; the charging station takes none.")
    commands: list[Command] = []
    here = standing_at
    for stop, place in enumerate(route):
        todo = ACTIONS[station(place).name]
        todo = (Action.DROP,) if stop == 0 else (Action.PICK,) if stop == len(route) - 1 else todo
        first = sum("instantAction" not in one.topic for one in commands)
        commands.append(
            generator.drive(serial, here, place, order_id, first, load=load, position=position, roads=roads)
        )
        for number, action in enumerate(todo, start=first + 1):
            commands.append(generator.module(place, action, order_id, number, colour=load[0], workpiece_id=load[1]))
            if action in (Action.PICK, Action.DROP):
                commands.append(_handed_over(generator, serial, action, load, position))
        here = place
    return tuple(commands)


def _handed_over(generator: MessageGenerator, serial: str, action: Action, load: Load, position: str) -> Command:
    """What the vehicle is told after a station has taken the piece off it, or put it on."""
    dropped = action is Action.PICK
    return generator.clear_load(serial, dropped=dropped, colour=load[0], workpiece_id=load[1], position=position)


def way(route: Sequence[str], standing_at: str) -> tuple[str, ...]:
    """The places of a route for a vehicle that stands elsewhere: it drives to the first one before."""
    return tuple(route) if standing_at in ("", route[0]) else (standing_at, *route)


def way_title(serial: str, places: Sequence[str]) -> str:
    """`AGV-1: HBW → DRILL → AIQS`."""
    return titled(serial, " → ".join(BY_SERIAL[one].name if one in BY_SERIAL else one for one in places))
