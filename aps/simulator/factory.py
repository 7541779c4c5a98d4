"""What the simulated factory knows: its stations, its vehicles, its store, its orders; and how its actors speak."""

from __future__ import annotations

import inspect
from collections import Counter
from random import Random
from typing import Final

from aps.command_values import Layout
from aps.modules import ACTIVE_MODULES, DPS, FTS_SERIALS, HBW, MODULES
from aps.simulator.engine import Engine, Process
from aps.simulator.faults import Faults
from aps.simulator.fleet import PIECES_UNDER_WAY, Fleet, Line
from aps.simulator.layout import RoadMap
from aps.simulator.payloads import (
    COLOURS,
    CONFIG,
    FLOWS,
    Json,
    instant_action,
    iso,
    layout,
    new_id,
    new_workpiece_id,
    stock,
)
from aps.simulator.vehicle_state import Vehicle

BAYS: Final = tuple(f"{column}{row}" for column in "ABC" for row in "123")

NEAREST_FIRST: Final = sorted(BAYS, key=lambda bay: (bay[1], bay[0]))
"""The bays in the order in which the store fills them: row 1 is the quickest to reach."""

PIECES_AT_START: Final = 2
"""Of each colour, so that a production order can start at once; the store takes three of a colour."""

PARKED: Final = ((HBW.serial, HBW.serial), (DPS.serial, DPS.serial))
"""Where the vehicles stand at the start: the place, and the last station."""

HISTORY: Final = 35
"""How many ended orders `ccu/order/completed` repeats at most: the longest list seen in the real factory."""


Refusal = str
"""Why something was not done, as a sentence."""


class Factory:
    """The state that the actors share. `engine` is their time."""

    def __init__(
        self, start_ns: int, seed: int = 1, speed: float = 1.0, faults: Faults | None = None, vehicles: int = 1
    ) -> None:
        self.engine = Engine(start_ns, speed)
        self.start_ns = start_ns
        self.faults = faults or Faults()
        self.speed = speed
        self._seed = seed
        self._headers: Counter[str] = Counter()
        self.since_ns = {module.serial: start_ns for module in ACTIVE_MODULES}
        """When each station was started last."""
        self.last_seen_ns: dict[str, int] = {}
        self.completed: list[Json] = []
        self.orders_done = 0
        self.activity = "starting"
        self.refusal: Refusal = ""
        """Why it did not do what was asked of it last."""
        self.problem = ""
        """Why its own orders cannot end; empty as long as they can."""
        self.pausing = False
        """Whether the central control says nothing about stations and vehicles: in the middle of a reset."""
        self.finished = False
        """Whether all orders that it was built for have ended."""
        self.camera_on = False
        """Whether the camera of the goods station sends pictures."""
        self.periods_s: dict[str, float] = {}
        """How often sensors of the goods station speak that somebody has set, seconds."""
        self.layout: Json = layout()
        """What the central control says of the shop floor."""
        self.flows: Json = FLOWS
        """Which stations a piece of each colour passes."""
        self.config: Json = CONFIG
        self.durations_s = {module.serial: module.processing_s for module in MODULES if module.processing_s}
        """How long a station processes a piece."""
        self.taught: dict[str, dict[str, float]] = {}
        """The calibration values that stations have stored, by serial number and key; those of delivery are unknown."""
        self.stocked(self.random("stock"))
        self.fleet = Fleet(
            self.engine,
            [Vehicle(FTS_SERIALS[one], *PARKED[one], since_ns=start_ns, paired_ns=start_ns) for one in range(vehicles)],
        )
        self.stations: dict[str, Line] = {}
        self.begin()

    def begin(self) -> None:
        """Nobody does anything: as at the start, and after a reset."""
        self.jobs: list[Process] = []
        """What is under way because of orders and commands; a reset ends it."""
        self.busy: set[str] = set()
        """Serial numbers of the stations that carry out a command."""
        self.reserved: set[str] = set()
        """Serial numbers of the stations that the next step, or the current one, belongs to."""
        self.teaching: dict[str, dict[str, float]] = {}
        """The values that stations are given which are being calibrated, by key."""
        self.jammed: dict[str, Json] = {}
        """The fatal errors of the stations that have failed."""
        self.active: list[Json] = []
        for line in self.stations.values():
            line.close()
        self.fleet.forget()
        self.stations = {module.serial: Line(self.engine) for module in ACTIVE_MODULES}
        self.under_way = Line(self.engine, PIECES_UNDER_WAY)
        self.progress_ns = self.engine.now_ns
        """When an order went on last."""

    def stocked(self, random: Random) -> None:
        """Fills the store as it is at the start."""
        pieces = [colour for colour in COLOURS for _ in range(PIECES_AT_START)]
        self.bays: dict[str, Json] = {bay: {} for bay in BAYS}
        for bay, colour in zip(NEAREST_FIRST, pieces, strict=False):
            self.bays[bay] = self.new_piece(new_workpiece_id(random), colour)

    @property
    def roads(self) -> RoadMap:
        """Those that the vehicles drive on."""
        return self.fleet.roads

    def announce(self, layout: Json) -> None:
        """The central control says what the shop floor is like: from now on the vehicles take its roads."""
        self.layout = layout
        self.fleet.roads = RoadMap.of(Layout.of(layout))
        self.publish("ccu/state/layout", layout)
        self.fleet.changed()

    @property
    def vehicle(self) -> Vehicle:
        """The first vehicle."""
        return self.fleet.vehicles[0]

    def run(self, process: Process, delay_s: float = 0.0) -> None:
        """Starts what a reset would end."""
        self.jobs = [job for job in self.jobs if inspect.getgeneratorstate(job) != inspect.GEN_CLOSED]
        self.jobs.append(process)
        self.engine.spawn(process, delay_s)

    @property
    def now_ns(self) -> int:
        return self.engine.now_ns

    def random(self, name: str) -> Random:
        """An actor's own chance: what one actor does never changes what another one draws."""
        return Random(f"{self._seed}:{name}")  # noqa: S311 - a simulation wants to be repeatable

    def now(self, decimals: int = 3) -> str:
        """The current moment as a payload timestamp."""
        return iso(self.now_ns, decimals)

    def publish(self, topic: str, value: object) -> None:
        self.engine.publish(topic, value)

    def next_header(self, serial: str, step: int = 1) -> int:
        """The next `headerId` of this publisher."""
        self._headers[serial] += step
        return self._headers[serial]

    def reset_header(self, serial: str) -> None:
        """Its `headerId` begins with 0 again."""
        self._headers[serial] = -1

    def new_piece(self, workpiece_id: str, colour: str) -> Json:
        """A workpiece as a bay holds it, stored now."""
        return {"id": workpiece_id, "type": colour, "state": "RAW", "stored_ms": self.now_ns // 1_000_000}

    def bay_with(self, colour: str, state: str = "RAW") -> str | None:
        """The bay of the piece of this colour that has been stored longest, the nearest of several; None if there
        is none.
        """
        found = [bay for bay, piece in self.bays.items() if (piece.get("type"), piece.get("state")) == (colour, state)]
        return min(found, key=lambda bay: (self.bays[bay]["stored_ms"], NEAREST_FIRST.index(bay)), default=None)

    def free_bay(self) -> str:
        """The nearest empty bay. No order is taken that would store more than the store holds."""
        return next((bay for bay in NEAREST_FIRST if not self.bays[bay]), NEAREST_FIRST[-1])

    def pieces(self, colour: str) -> int:
        """How many of a colour the store holds."""
        return sum(piece.get("type") == colour for piece in self.bays.values())

    def publish_stock(self) -> None:
        """The stock goes out twice: to the TXT controllers' cloud display and to everybody else."""
        value = stock(self.now_ns, self.bays)
        self.publish("/j1/txt/1/f/i/stock", value)
        self.publish("ccu/state/stock", value)

    def publish_active(self) -> None:
        """The orders in progress, and the summary for the TXT controllers that goes with it."""
        if self.active:
            summary: Json = {"ts": self.now(), "type": self.active[0]["type"], "state": "IN_PROCESS"}
        else:
            summary = {"ts": self.now(), "state": "WAITING_FOR_ORDER"}
        self.publish("/j1/txt/1/f/i/order", summary)
        self.publish("ccu/order/active", self.active)

    def publish_instant_action(
        self, prefix: str, serial: str, random: Random, kind: str, metadata: Json | None = None
    ) -> str:
        """A command outside of any order; `prefix` is `module/v1/ff` or `fts/v1/ff`. Returns its actionId."""
        action_id = new_id(random)
        value = instant_action(serial, self.now_ns, action_id, kind, metadata)
        self.publish(f"{prefix}/{serial}/instantAction", value)
        return action_id
