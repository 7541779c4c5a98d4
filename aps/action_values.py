"""What stations and vehicles are told to do, as typed values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aps.command import Colour
from aps.command_values import CommandValue, Reference, Seconds, Text, UpdateId

LoadPosition = Literal["1", "2", "3"]

# --- stations


class Imprint(CommandValue):
    """What a station has written onto a piece's tag; `ts` in milliseconds since the epoch."""

    ts: int
    code: int


class Workpiece(CommandValue):
    """A piece as the goods station is told of it."""

    type: Colour = Colour.WHITE
    workpiece_id: str = ""
    history: tuple[Imprint, ...] = ()
    state: str = ""


class StationMetadata(CommandValue):
    """What a station is told about the piece; `duration` of its process in seconds."""

    type: Colour = Colour.WHITE
    workpiece_id: str = ""
    duration: Seconds = 1
    workpiece: Workpiece = Workpiece()


class StationAction(CommandValue):
    """What a station is to do."""

    id: Text
    command: Text
    metadata: StationMetadata = StationMetadata()


class StationOrder(CommandValue):
    """One command of a sequence at a station."""

    timestamp: Text
    serial_number: Text
    order_id: Text
    order_update_id: UpdateId
    action: StationAction


class StoredPiece(CommandValue):
    """What lies in a bay; nothing where no colour is said."""

    type: Colour | None = None
    workpiece_id: str = ""


class StationActionMetadata(CommandValue):
    """Of the instant actions of stations: lamps, an announced order, contents of the store, a calibration's step."""

    red: bool = False
    yellow: bool = False
    green: bool = False
    order_id: str = ""
    type: Colour | None = None
    contents: dict[str, StoredPiece] = Field(default_factory=dict)
    position: str = ""
    references: tuple[Reference, ...] = ()
    factory: bool = False


class StationInstantAction(CommandValue):
    """One instant action."""

    action_id: Text
    action_type: Text
    metadata: StationActionMetadata = StationActionMetadata()


class StationInstantActions(CommandValue):
    """Instant actions for a station."""

    serial_number: Text
    timestamp: Text
    actions: Annotated[tuple[StationInstantAction, ...], Field(min_length=1)]


# --- vehicles


class NodeMetadata(CommandValue):
    """Of a TURN its direction, of a DOCK what it is about."""

    direction: Literal["LEFT", "RIGHT"] = "LEFT"
    no_load_change: bool = False
    load_id: str | None = None
    load_type: Colour | None = None
    load_position: LoadPosition = "1"
    charge: bool = False


class NodeAction(CommandValue):
    """What a vehicle does at a place; which types there are the vehicle decides."""

    id: Text
    type: Text
    metadata: NodeMetadata = NodeMetadata()


class Node(CommandValue):
    """A place of a way."""

    id: Text
    linked_edges: tuple[Text, ...]
    action: NodeAction | None = None


class Edge(CommandValue):
    """A road of a way; `length` in millimetres."""

    id: Text
    length: Annotated[int, Field(ge=0)] = 0
    linked_nodes: tuple[Text, Text]


class VehicleOrder(CommandValue):
    """A way."""

    timestamp: Text
    order_id: Text
    order_update_id: UpdateId
    nodes: Annotated[tuple[Node, ...], Field(min_length=1)]
    edges: tuple[Edge, ...]
    serial_number: str = ""


class VehicleActionMetadata(CommandValue):
    """Of the instant actions of vehicles: what has become of a load, where the dock is."""

    load_dropped: bool = False
    load_type: Colour | None = None
    load_id: str | None = None
    load_position: LoadPosition = "1"
    node_id: str = ""


class VehicleInstantAction(CommandValue):
    """One instant action."""

    action_id: Text
    action_type: Text
    metadata: VehicleActionMetadata = VehicleActionMetadata()


class VehicleInstantActions(CommandValue):
    """Instant actions for a vehicle."""

    serial_number: Text
    timestamp: Text
    actions: Annotated[tuple[VehicleInstantAction, ...], Field(min_length=1)]
