"""What a vehicle says about itself."""

from __future__ import annotations

from typing import Final

from aps.modules import FTS_SERIALS
from aps.simulator.factory import Factory
from aps.simulator.payloads import COLOURS, VEHICLE_VERSION, Json
from aps.simulator.vehicle_state import BAYS, Vehicle

VEHICLE_IPS: Final = dict(zip(FTS_SERIALS, ("192.168.0.157", "192.168.0.177", "192.168.0.119"), strict=True))

MIN_VOLT: Final = 7.84
MAX_VOLT: Final = 9.1


def battery_percent(voltage: float) -> int:
    """The charge as the vehicle's own controller calculates it; 0 as long as it has not measured."""
    return 0 if voltage == 0 else int((voltage - MIN_VOLT) / (MAX_VOLT - MIN_VOLT) * 100)


def publish_state(factory: Factory, vehicle: Vehicle) -> None:
    """`fts/.../state` as of now; nothing from one without power."""
    if not vehicle.connected:
        return
    state: Json = {
        "lastCode": "",
        "lastNodeId": vehicle.place,
        "errors": vehicle.errors,
        "edgeStates": [],
        "actionStates": vehicle.actions,
        "driving": vehicle.driving,
        "orderUpdateId": vehicle.order_update_id,
        "orderId": vehicle.order_id,
        "load": [_load(vehicle, bay) for bay in BAYS[: vehicle.shown]],
        "lastNodeSequenceId": 0,
        "serialNumber": vehicle.serial,
        "timestamp": factory.now(6),
        "waitingForLoadHandling": vehicle.waiting_for_load,
        "headerId": factory.next_header(vehicle.serial),
        "batteryState": {
            "currentVoltage": vehicle.voltage,
            "percentage": battery_percent(vehicle.voltage),
            "charging": vehicle.charging,
            "minVolt": MIN_VOLT,
            "maxVolt": MAX_VOLT,
        },
        "paused": vehicle.charging,
        "nodeStates": [],
    }
    if vehicle.current is not None:
        state["actionState"] = vehicle.actions[vehicle.current]
    factory.publish(f"fts/v1/ff/{vehicle.serial}/state", state)


def advance(factory: Factory, vehicle: Vehicle, state: str) -> None:
    """The current action comes into this state; says so."""
    if vehicle.current is not None:
        vehicle.actions[vehicle.current] |= {"state": state, "timestamp": factory.now(6)}
    publish_state(factory, vehicle)


def warn(factory: Factory, vehicle: Vehicle, kind: str, message: str, references: Json) -> None:
    """Refuses something, in one state message; the next one does not repeat it."""
    vehicle.errors = [
        {
            "errorType": kind,
            "errorLevel": "WARNING",
            "errorMessage": message,
            "timestamp": factory.now(6),
            "errorReferences": [{"referenceKey": key, "referenceValue": value} for key, value in references.items()],
        }
    ]
    publish_state(factory, vehicle)
    vehicle.errors = []


def factsheet(factory: Factory, vehicle: Vehicle) -> Json:
    """`fts/.../factsheet`."""
    loads = [{"loadType": colour, "setName": f"{colour}S"} for colour in COLOURS]
    return {
        "headerId": 1,
        "timestamp": factory.now(6),
        "version": VEHICLE_VERSION,
        "manufacturer": "Fischertechnik",
        "serialNumber": vehicle.serial,
        "typeSpecification": {
            "seriesName": "FTS-FF22+",
            "agvClass": "CARRIER",
            "navigationTypes": ["PHYSICAL_LINE_GUIDED"],
        },
        "physicalParameters": {},
        "protocolLimits": {},
        "protocolFeatures": {"agvActions": [{"actionType": "DOCK", "actionScopes": "NODE"}]},
        "localizationParameters": {},
        "loadSpecification": {"loadPositions": ["LEFT", "MIDDLE", "RIGHT"], "loadSets": loads},
        "agvGeometry": {},
    }


def _load(vehicle: Vehicle, bay: str) -> Json:
    colour, workpiece_id = vehicle.loads.get(bay, (None, None))
    return {"loadPosition": bay, "loadId": workpiece_id, "loadType": colour}
