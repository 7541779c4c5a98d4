"""What the broker keeps for those who come later: the retained messages with which everything begins."""

from __future__ import annotations

from aps.modules import ACTIVE_MODULES, BY_SERIAL, DPS, HBW
from aps.simulator import ccu, heartbeats, payloads, txt, vehicle_power, vehicle_report
from aps.simulator.engine import Process
from aps.simulator.factory import Factory
from aps.simulator.module_factsheets import factsheet, txt_factsheet
from aps.simulator.payloads import Json


def run(factory: Factory) -> Process:
    """Publishes the state of everything once; from then on the central control reacts."""
    _publish_control(factory)
    yield 0.01
    _publish_txt(factory)
    yield 0.01
    for module in ACTIVE_MODULES:
        header_id = factory.next_header(module.serial)
        loads = payloads.store_loads(factory.bays) if module is HBW else []
        state = payloads.module_state(module.serial, factory.now_ns, header_id, ("", 0), loads, None)
        factory.publish(f"module/v1/ff/{module.serial}/state", state)
        heartbeats.publish_connection(factory, module, 1)
        factory.publish(f"module/v1/ff/{module.serial}/factsheet", factsheet(factory, module))
    for agv in factory.fleet.vehicles:
        vehicle_power.publish_connection(factory, agv)
        vehicle_report.publish_state(factory, agv)
        factory.publish(f"fts/v1/ff/{agv.serial}/factsheet", vehicle_report.factsheet(factory, agv))
    ccu.watch(factory)


def _publish_control(factory: Factory) -> None:
    versions = {"timestamp": factory.now(), "ccuVersion": "1.3.0-osf.4", "mismatchedModules": []}
    factory.publish("ccu/state/version-mismatch", versions)
    factory.publish("ccu/state/layout", factory.layout)
    factory.publish("ccu/state/config", factory.config)
    factory.publish("ccu/state/flows", factory.flows)
    factory.publish("/j1/txt/1/f/i/config/hbw", {"ts": factory.now(), "warehouses": [HBW.serial]})
    factory.publish_stock()
    factory.publish("ccu/pairing/state", ccu.pairing_state(factory))
    factory.publish_active()
    factory.publish("ccu/order/completed", factory.completed)


def _publish_txt(factory: Factory) -> None:
    greeting = {
        "ts": factory.now(),
        "hardwareId": "txt40-p0F4",
        "hardwareModel": "TXT 4.0",
        "softwareName": "APS",
        "softwareVersion": txt.VERSIONS[DPS.serial],
        "message": "init",
    }
    factory.publish("/j1/txt/1/i/broadcast", greeting)
    factory.publish("module/v1/ff/NodeRed/status", {"connectionState": "ONLINE"})
    for serial, version in txt.VERSIONS.items():
        ip = "-1" if serial == DPS.serial else None
        connection = payloads.txt_connection(serial, version, ip, factory.start_ns)
        factory.publish(f"module/v1/ff/NodeRed/{serial}/connection", connection)
        factory.publish(f"module/v1/ff/NodeRed/{serial}/factsheet", txt_factsheet(factory, BY_SERIAL[serial], version))
    for kind, device in (
        ("vibration", "mpu6050-1"), ("flame", "flame-1"), ("gas", "mq2-1"),
        ("temperature", "dht11-1"), ("vibration", "sw420-1"),
    ):  # fmt: skip
        online: Json = {"connectionState": "ONLINE", "ip": "192.168.0.95", "serialNumber": device}
        factory.publish(f"osf/arduino/{kind}/{device}/connection", online)
