"""What the stations say about what they can do: their factsheets."""

from __future__ import annotations

from typing import Final, NamedTuple

from aps.modules import AIQS, DPS, DRILL, HBW, MILL, Module
from aps.simulator.factory import Factory
from aps.simulator.payloads import COLOURS, Json


class Parameter(NamedTuple):
    """One parameter of a command, in the stations' own words."""

    name: str
    kind: str
    words: str
    optional: bool = False


_Commands = dict[str, Parameter | None]

_ONTO_VEHICLE: Final = Parameter("type", "string", "Type of workpiece that should be put on the FTS", optional=True)
_OFF_VEHICLE: Final = Parameter("type", "string", "Type of workpiece to pick up and process")
_CHECKED: Final = Parameter("type", "string", "Type of workpiece that should checked", optional=True)
_IN: Final = Parameter("type", "string", "The load type to input")
_OUT: Final = Parameter("type", "string", "The load type to output")
_PIECE: Final = Parameter(
    "workpiece", "OBJECT", "The workpiece object with workpieceId, type, state and the history array"
)
_VALUES: Final = Parameter(
    "references", "array", "Array of ReferenceValues objects with referenceKey and referenceValue"
)

_TO_PROCESS: Final[Json] = {
    "parameterName": "type",
    "parameterType": "string",
    "parameterDescription": "Type of workpiece to process",
    "isOptional": True,
}

_ORDERS: Final[dict[str, _Commands]] = {
    HBW.name: {
        "DROP": Parameter("type", "string", "The load type to unload"),
        "PICK": Parameter("type", "string", "The load type to store"),
    },
    DRILL.name: {
        "DROP": _ONTO_VEHICLE,
        "PICK": _OFF_VEHICLE,
        "DRILL": Parameter("duration", "number", "Set the duration of the drilling operation"),
    },
    MILL.name: {
        "DROP": _ONTO_VEHICLE,
        "PICK": _OFF_VEHICLE,
        "MILL": Parameter("duration", "number", "Set the duration of the milling operation"),
    },
    AIQS.name: {"PICK": _OFF_VEHICLE, "DROP": _ONTO_VEHICLE, "CHECK_QUALITY": _CHECKED},
    DPS.name: {"DROP": _IN, "PICK": _PIECE},
}

COMMANDS: Final = {name: tuple(commands) for name, commands in _ORDERS.items()}
"""What each station can be told on its topic `order`."""

CALIBRATION: Final[_Commands] = {
    "startCalibration": None,
    "stopCalibration": None,
    "setCalibrationValues": _VALUES,
    "storeCalibrationValues": _VALUES._replace(optional=True),
    "selectCalibrationPosition": Parameter("position", "string", "Position to select"),
    "testCalibrationPosition": Parameter("position", "string", "Position to test"),
    "resetCalibration": Parameter("factory", "boolean", "Reset to factory defaults", optional=True),
}
_OUTPUT: Final[_Commands] = {
    "announceOutput": Parameter("orderId", "string", "The orderId that will deliver the workpiece to output"),
    "cancelStorageOrder": None,
}
_GOODS: Final[_Commands] = {
    "factsheetRequest": None,
    "reset": None,
    **_OUTPUT,
    "setStatusLED": Parameter("red", "boolean", "Traffic light LED"),
}


def factsheet(factory: Factory, module: Module) -> Json:
    """`module/v1/ff/<serial>/factsheet`."""
    actions = [_action(*command) for command in _ORDERS[module.name].items()]
    instant = {**(CALIBRATION if module.has_calibration else {}), **(_GOODS if module is DPS else {})}
    features: Json = {"moduleActions": [*actions, *(_instant(*command) for command in instant.items())]}
    most = {"maxAmount": 3} if module is HBW else {}
    loads: Json = {"loadSets": [{"setName": f"{colour}S", "loadType": colour, **most} for colour in COLOURS]}
    if module in (HBW, DPS):
        features["moduleParameters"] = {"clearModuleOnPick": True}
    if module is HBW:
        loads["loadPositions"] = [f"{column}{row}" for row in "123" for column in "ABC"]
    return {
        "headerId": 1,
        "timestamp": factory.now(),
        "version": module.version,
        "manufacturer": "Fischertechnik",
        "serialNumber": module.serial,
        "typeSpecification": {"seriesName": f"MOD-FF22+{module.name}+24V", "moduleClass": module.name},
        "physicalParameters": {},
        "protocolLimits": {},
        "protocolFeatures": features,
        "localizationParameters": {},
        "loadSpecification": loads,
    }


def txt_factsheet(factory: Factory, module: Module, version: str) -> Json:
    """`module/v1/ff/NodeRed/<serial>/factsheet`: what the TXT controller of DPS or AIQS says."""
    value = factsheet(factory, module) | {"timestamp": factory.now(6), "version": version}
    if module is AIQS:
        value["typeSpecification"] = {"moduleClass": "AIQS24", "seriesName": "MOD-FF22+AIQS+24V+TXT"}
        value["protocolFeatures"] = {"moduleActions": [_action("CHECK_QUALITY", _CHECKED)]}
        value["loadSpecification"] = {"loadSets": []}
    else:
        value["typeSpecification"] = {"moduleClass": "DPS", "seriesName": "MOD-FF22+DPS"}
        instant = [_instant(*command) for command in {**CALIBRATION, **_OUTPUT}.items()]
        value["protocolFeatures"]["moduleActions"] = [_action("DROP", _IN), _action("PICK", _OUT), *instant]
    return value


def _instant(name: str, parameter: Parameter | None) -> Json:
    return {**_action(name, parameter), "actionScopes": ["INSTANT"]}


def _action(name: str, parameter: Parameter | None) -> Json:
    if parameter is None:
        return {"actionType": name}
    optional = {"isOptional": True} if parameter.optional else {}
    said = {"parameterName": parameter.name, "parameterType": parameter.kind, "parameterDescription": parameter.words}
    parameters: list[Json] = [{**said, **optional}]
    if name == "setStatusLED":
        parameters = [{**said, "parameterName": colour} for colour in ("red", "yellow", "green")]
    elif parameter.name == "duration":
        parameters.append(_TO_PROCESS)
    return {"actionType": name, "actionParameters": parameters}
