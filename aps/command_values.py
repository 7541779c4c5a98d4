"""What commands to the factory say, as typed values: the generator builds them, and whoever obeys reads them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel

from aps.command import Colour

Text = Annotated[str, Field(min_length=1)]
Seconds = Annotated[int, Field(ge=1, le=3_600)]
UpdateId = Annotated[int, Field(ge=0)]


def _wire_name(name: str) -> str:
    """`order_update_id` is `orderUpdateId` in a payload, `from_` is `from`."""
    first, *others = name.rstrip("_").split("_")
    return first + "".join(one.capitalize() for one in others)


class CommandValue(BaseModel):
    """One command, or a part of it. Two are equal if they say the same; a field that is absent stays absent.

    Members that nobody in the factory reads are not kept.
    """

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        alias_generator=_wire_name,
        validate_by_name=True,
        validate_by_alias=True,
    )

    def wire(self) -> Any:
        """As JSON value, ready to be published."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a JSON value of our own."""
        return cls.model_validate(value, strict=False)


# --- orders


class ProductionRequest(CommandValue):
    """A piece is to be made from the store and delivered."""

    type: Colour
    timestamp: Text
    order_type: Literal["PRODUCTION"]
    request_id: str = ""


class StorageRequest(CommandValue):
    """A piece that lies at goods in is to be stored."""

    timestamp: Text
    order_type: Literal["STORAGE"]
    type: Colour
    workpiece_id: Text
    request_id: str = ""


class CloudOrder(CommandValue):
    """A production that is ordered at the cloud's display."""

    type: Colour
    ts: Text


class CancelOrders(CommandValue, RootModel[tuple[Text, ...]]):
    """Order ids."""


# --- the central control


class Timed(CommandValue):
    """A command that says nothing but when: back to the default layout, parking."""

    timestamp: Text


class Reset(Timed):
    """Everything ends."""

    with_storage: bool = False


class Pair(CommandValue):
    """A vehicle is to be taken into service."""

    serial_number: Text


class DeleteModule(CommandValue):
    """A station is to be taken out of the layout."""

    serial_number: Text


class Charge(CommandValue):
    """A vehicle is to charge, or to end it."""

    serial_number: Text
    charge: bool


class ModuleDuration(CommandValue):
    """How long a station processes a piece, seconds."""

    serial_number: Text
    duration: Seconds


class LayoutModule(CommandValue):
    """A station of a layout."""

    type: Text
    serial_number: Text
    placeholder: bool = False


class Intersection(CommandValue):
    """A crossing of a layout."""

    id: Text


class Road(CommandValue):
    """Between two places of a layout; `length` in millimetres."""

    length: Annotated[int, Field(ge=1)]
    from_: Text
    to: Text
    direction: Literal["NORTH", "EAST", "SOUTH", "WEST"]


class Layout(CommandValue):
    """The shop floor."""

    modules: tuple[LayoutModule, ...]
    intersections: tuple[Intersection, ...]
    roads: tuple[Road, ...]


class Way(CommandValue):
    """The stations that a piece passes, by name."""

    steps: tuple[Text, ...]


class Flows(CommandValue):
    """The ways of the colours."""

    white: Way = Field(alias="WHITE")
    red: Way = Field(alias="RED")
    blue: Way = Field(alias="BLUE")


class ProductionDurations(CommandValue):
    """How long a production is expected to take, seconds."""

    white: Annotated[int, Field(alias="WHITE", ge=1, le=86_400)]
    red: Annotated[int, Field(alias="RED", ge=1, le=86_400)]
    blue: Annotated[int, Field(alias="BLUE", ge=1, le=86_400)]


class ProductionSettings(CommandValue):
    """How many orders run at a time."""

    max_parallel_orders: Annotated[int, Field(ge=1, le=10)]


class VehicleSettings(CommandValue):
    """Below which charge a vehicle is sent to the charger."""

    charge_threshold_percent: Annotated[int, Field(ge=0, le=100)]


class Config(CommandValue):
    """Settings of the central control."""

    production_durations: ProductionDurations
    production_settings: ProductionSettings
    fts_settings: VehicleSettings


class Reference(CommandValue):
    """One value of a calibration."""

    reference_key: Text
    reference_value: int | float


class CalibrationStep(Timed):
    """A step of a station's calibration; `command` as the stations' factsheets name it."""

    serial_number: Text
    command: Text
    position: str = ""
    references: tuple[Reference, ...] = ()
    factory: bool = False


# --- camera, sensors, alarm


class CameraMove(CommandValue):
    """The camera of the goods station turns."""

    ts: Text
    cmd: Literal["relmove_up", "relmove_down", "relmove_left", "relmove_right", "home", "stop"]
    degree: Annotated[int, Field(ge=1, le=180)] = 1


class CameraStream(CommandValue):
    """The camera is on, with so many pictures a second, or off."""

    ts: Text
    on: bool
    fps: Annotated[int, Field(ge=1, le=30)] = 2


class Sampling(CommandValue):
    """A sensor of the goods station speaks every `period` seconds."""

    ts: Text
    period: Seconds


class Alarm(CommandValue, RootModel[bool]):
    """The alarm of the sensor station is on, or off."""
