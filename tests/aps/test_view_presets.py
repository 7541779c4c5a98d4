"""The choices of topics that a recording of the factory offers."""

from __future__ import annotations

from aps.view_presets import ORDERS_ONLY, WITHOUT_SENSORS, ViewPreset, view_presets
from store.query import MessageQuery

FACTORY = (
    "ccu/order/active",
    "ccu/state/layout",
    "module/v1/ff/SVR3QA0022/state",
    "module/v1/ff/NodeRed/SVR4H73275/state",
    "fts/v1/ff/5iO4/state",
    "/j1/txt/1/i/cam",
    "osf/arduino/gas/mq2-1/state",
)


def shown(preset: ViewPreset) -> set[str]:
    query = MessageQuery(preset.include, preset.exclude)
    return {topic for topic in FACTORY if query.wants_topic(topic)}


def test_the_factory_offers_orders_each_module_and_each_vehicle():
    found = view_presets(FACTORY)
    assert {name: shown(preset) for name, preset in found.items()} == {
        WITHOUT_SENSORS: set(FACTORY[:5]),
        ORDERS_ONLY: {"ccu/order/active"},
        "Module DPS (SVR4H73275)": {"module/v1/ff/NodeRed/SVR4H73275/state"},
        "Module HBW (SVR3QA0022)": {"module/v1/ff/SVR3QA0022/state"},
        "FTS AGV-1 (5iO4)": {"fts/v1/ff/5iO4/state"},
    }


def test_an_unknown_serial_number_is_its_own_name():
    assert list(view_presets(["module/v1/ff/NEW1/state"])) == ["Module NEW1"]


def test_what_is_not_there_is_not_offered():
    assert view_presets(["a/b", "module/v1/ff/", "fts/v1/ff"]) == {}
