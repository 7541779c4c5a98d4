"""Reads commands: topic and payload become the typed value that somebody has built."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from aps import action_values as actions
from aps import command_values as values
from aps.command_values import CommandValue
from core.errors import UsageError
from core.topics import matches

_Request = Annotated[values.ProductionRequest | values.StorageRequest, Field(discriminator="order_type")]
_KINDS: Final = ("PRODUCTION", "STORAGE")

_READERS: Final[dict[str, TypeAdapter[CommandValue]]] = {
    "ccu/order/request": TypeAdapter(_Request),
    "/j1/txt/1/f/o/order": TypeAdapter(values.CloudOrder),
    "ccu/order/cancel": TypeAdapter(values.CancelOrders),
    "ccu/pairing/pair_fts": TypeAdapter(values.Pair),
    "ccu/set/reset": TypeAdapter(values.Reset),
    "ccu/set/default_layout": TypeAdapter(values.Timed),
    "ccu/set/park": TypeAdapter(values.Timed),
    "ccu/set/charge": TypeAdapter(values.Charge),
    "ccu/set/module-duration": TypeAdapter(values.ModuleDuration),
    "ccu/set/delete-module": TypeAdapter(values.DeleteModule),
    "ccu/set/layout": TypeAdapter(values.Layout),
    "ccu/set/flows": TypeAdapter(values.Flows),
    "ccu/set/config": TypeAdapter(values.Config),
    "ccu/set/calibration": TypeAdapter(values.CalibrationStep),
    "module/v1/ff/+/order": TypeAdapter(actions.StationOrder),
    "module/v1/ff/+/instantAction": TypeAdapter(actions.StationInstantActions),
    "fts/v1/ff/+/order": TypeAdapter(actions.VehicleOrder),
    "fts/v1/ff/+/instantAction": TypeAdapter(actions.VehicleInstantActions),
    "/j1/txt/1/c/bme680": TypeAdapter(values.Sampling),
    "/j1/txt/1/c/ldr": TypeAdapter(values.Sampling),
    "/j1/txt/1/c/cam": TypeAdapter(values.CameraStream),
    "/j1/txt/1/o/ptu": TypeAdapter(values.CameraMove),
    "osf/arduino/alarm/enabled": TypeAdapter(values.Alarm),
}


def parse_command(topic: str, payload: bytes) -> CommandValue:
    """What a message commands. Raises UsageError: the reason, without a full stop, begins with the field."""
    reader = next((found for pattern, found in _READERS.items() if matches(pattern, topic)), None)
    if reader is None:
        raise UsageError(f"nobody in the factory listens to '{topic}'")
    try:
        return reader.validate_json(payload)
    except ValidationError as error:
        raise UsageError(_reason(error)) from error


def _reason(error: ValidationError) -> str:
    """Of the first thing that is wrong."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(one) for one in first["loc"] if one not in _KINDS)
    match first["type"]:
        case "json_invalid":
            return "it is not JSON"
        case "missing":
            return f"{place} is missing"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"{place or 'it'} is not a JSON object"
        case "enum" | "literal_error":
            return f"{place} is {first['input']!r}, not {first['ctx']['expected']}"
        case "union_tag_not_found":
            return "orderType is missing"
        case "union_tag_invalid":
            return f"orderType is {first['ctx']['tag']!r}, not {first['ctx']['expected_tags']}"
    return f"{place or 'it'} {first['msg'].removeprefix('Input ')}"
