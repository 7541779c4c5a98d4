"""Exclusion presets of the factory: they leave out what their names say."""

from __future__ import annotations

from aps.presets import PRESETS
from aps.topics import Category, category
from core.topics import matches, why_invalid_filter
from tests.aps.test_topics import TOPICS

CAMERA = "/j1/txt/1/i/cam"


def _left_out(preset: str) -> set[str]:
    return {topic for topic in TOPICS if any(matches(one, topic) for one in PRESETS[preset])}


def test_all_filters_are_valid():
    assert [why_invalid_filter(one) for filters in PRESETS.values() for one in filters if why_invalid_filter(one)] == []


def test_the_presets_leave_out_what_their_names_say():
    sensors = {topic for topic, (found, _) in TOPICS.items() if found is Category.SENSOR}
    cameras = {topic for topic, (found, _) in TOPICS.items() if found is Category.CAMERA}
    assert _left_out("no-camera") == {CAMERA}
    assert _left_out("no-images") == cameras
    assert _left_out("no-sensors") == sensors
    assert _left_out("no-camera-and-sensors") == sensors | {CAMERA}
    assert _left_out("no-led-and-pairing") == {"module/v1/ff/SVR4H73275/instantAction", "ccu/pairing/state"}


def test_the_preset_for_production_keeps_orders_commands_and_states():
    kept = set(TOPICS) - _left_out("production-only")
    assert {"ccu/order/active", "module/v1/ff/SVR4H76449/state", "fts/v1/ff/5iO4/order"} <= kept
    assert {category(topic) for topic in _left_out("production-only")} >= {Category.SENSOR, Category.CAMERA}
