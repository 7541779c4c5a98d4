"""What the simulated factory knows: its stations, its vehicle, its store, its orders; and how its actors speak."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Final

from aps.modules import FTS_SERIALS, HBW
from aps.simulator.engine import Engine
from aps.simulator.payloads import COLOURS, Json, instant_action, iso, new_id, new_workpiece_id, stock

BAYS: Final = tuple(f"{column}{row}" for column in "ABC" for row in "123")

NEAREST_FIRST: Final = sorted(BAYS, key=lambda bay: (bay[1], bay[0]))
"""The bays in the order in which the store fills them: row 1 is the quickest to reach."""

PIECES_AT_START: Final = 2
"""Of each colour, so that a production order can start at once; the store takes three of a colour."""

HISTORY: Final = 35
"""How many ended orders `ccu/order/completed` repeats at most: the longest list seen in the real factory."""


@dataclass
class Vehicle:
    """The one vehicle, as its state messages describe it."""

    serial: str = FTS_SERIALS[0]
    place: str = HBW.serial
    last_module: str = HBW.serial
    order_id: str = ""
    order_update_id: int = 0
    driving: bool = False
    waiting_for_load: bool = False
    busy: bool = False
    load_type: str | None = None
    load_id: str | None = None
    actions: list[Json] = field(default_factory=list)
    current: int | None = None
    """Index of the current action in `actions`."""
    voltage: float = 8.6


class Factory:
    """The state that the actors share. `engine` is their time."""

    def __init__(self, start_ns: int, seed: int = 1, speed: float = 1.0) -> None:
        self.engine = Engine(start_ns, speed)
        self.start_ns = start_ns
        self._seed = seed
        self._headers: Counter[str] = Counter()
        self.vehicle = Vehicle()
        self.busy: set[str] = set()
        """Serial numbers of the stations that carry out a command."""
        self.reserved: set[str] = set()
        """Serial numbers of the stations that the next step, or the current one, belongs to."""
        self.last_seen_ns: dict[str, int] = {}
        self.active: list[Json] = []
        self.completed: list[Json] = []
        self.orders_done = 0
        self.activity = "starting"
        self.finished = False
        """Whether all orders that it was built for have ended."""
        random = self.random("stock")
        pieces = [colour for colour in COLOURS for _ in range(PIECES_AT_START)]
        self.bays: dict[str, Json] = {bay: {} for bay in BAYS}
        for bay, colour in zip(NEAREST_FIRST, pieces, strict=False):
            self.bays[bay] = self.new_piece(new_workpiece_id(random), colour)

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

    def new_piece(self, workpiece_id: str, colour: str) -> Json:
        """A workpiece as a bay holds it, stored now."""
        return {"id": workpiece_id, "type": colour, "state": "RAW", "stored_ms": self.now_ns // 1_000_000}

    def bay_with(self, colour: str, state: str = "RAW") -> str | None:
        """The bay of the piece of this colour that has been stored longest; None if there is none."""
        found = [bay for bay, piece in self.bays.items() if (piece.get("type"), piece.get("state")) == (colour, state)]
        return min(found, key=lambda bay: (self.bays[bay]["stored_ms"], bay), default=None)

    def free_bay(self) -> str:
        """The nearest empty bay. The scripts never store more than the store holds."""
        return next(bay for bay in NEAREST_FIRST if not self.bays[bay])

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

    def publish_instant_action(self, prefix: str, serial: str, random: Random, kind: str, metadata: Json) -> str:
        """A command outside of any order; `prefix` is `module/v1/ff` or `fts/v1/ff`. Returns its actionId."""
        action_id = new_id(random)
        value = instant_action(serial, self.now_ns, action_id, kind, metadata)
        self.publish(f"{prefix}/{serial}/instantAction", value)
        return action_id
