"""Exclusion presets of the factory: they leave out what their names say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aps.presets import ORDERS_ONLY, PRESETS, look_presets
from aps.topics import Category, category
from core.topics import matches, why_invalid_filter, why_invalid_topic
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


def _shown(preset: str) -> set[str]:
    return {topic for topic in TOPICS if any(matches(one, topic) for one in look_presets(TOPICS)[preset])}


def test_a_look_may_be_about_orders_one_module_or_one_vehicle():
    assert list(look_presets(TOPICS))[:2] == [ORDERS_ONLY, "module-DRILL"]
    assert _shown("module-DPS") == {topic for topic in TOPICS if "/SVR4H73275/" in topic}
    assert _shown("fts-AGV-1") == {topic for topic in TOPICS if topic.startswith("fts/v1/ff/5iO4/")}
    assert {"ccu/order/active", "fts/v1/ff/5iO4/order", "module/v1/ff/SVR4H76449/order"} <= _shown(ORDERS_ONLY)
    assert not {topic for topic in _shown(ORDERS_ONLY) if topic.endswith("/state")}


def test_only_what_the_session_has_is_offered():
    assert look_presets(["a/b", "module/v1/ff/NodeRed/status"]) == {}
    assert list(look_presets(["fts/v1/ff/new/state", "fts/v1/ff/leJ4/state"])) == ["fts-AGV-2", "fts-new"]


@given(st.lists(st.text(min_size=1, max_size=8).map(lambda name: f"module/v1/ff/{name}/state")))
def test_each_offer_is_made_of_valid_filters_that_find_something(topics):
    topics = [topic for topic in topics if why_invalid_topic(topic) is None]
    for filters in look_presets(topics).values():
        assert [why_invalid_filter(one) for one in filters] == [None] * len(filters)
        assert any(matches(one, topic) for one in filters for topic in topics)
