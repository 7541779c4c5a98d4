"""The simulated traffic as a whole: rates, flags, repeatability."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from statistics import quantiles

import pytest

from aps.modules import ACTIVE_MODULES
from aps.simulator.sensors import SENSORS
from aps.topics import Category, category
from core.message import LIVE, LIVE_RETAINED
from core.topics import matches, why_invalid_topic
from tests.aps.simulator.traffic import START_NS, offset_s, on, simulate, value

MINUTES = 10

PER_MINUTE = {  # measured in the real factory with one vehicle; the lower and the upper end of what is believable
    "osf/arduino/vibration/mpu6050-1/state": (57, 61),
    "osf/arduino/flame/flame-1/state": (28.5, 30.5),
    "osf/arduino/gas/mq2-1/state": (28.5, 30.5),
    "osf/arduino/temperature/dht11-1/state": (11.4, 12.4),
    "osf/arduino/vibration/sw420-1/state": (11.4, 12.4),
    "/j1/txt/1/i/bme680": (0.9, 1.1),
    "/j1/txt/1/i/ldr": (0.9, 1.1),
    "module/v1/ff/+/connection": (19.5, 20.6),
    "module/v1/ff/SVR4H73275/instantAction": (36, 57),
    "ccu/pairing/state": (36, 57),
    "fts/v1/ff/+/state": (12, 27),
    "module/v1/ff/+/state": (3.5, 6.5),
    "ccu/order/active": (3.5, 6),
    "ccu/state/stock": (1.2, 3),
}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("topic", PER_MINUTE)
def test_each_topic_has_its_rate(topic, seed):
    low, high = PER_MINUTE[topic]
    found = [message for message in simulate(60 * MINUTES, seed) if matches(topic, message.topic)]
    assert low <= len(found) / MINUTES <= high


def test_in_all_there_are_about_five_messages_a_second():
    assert 4.5 <= len(simulate(60 * MINUTES)) / 60 / MINUTES <= 5.7


@pytest.mark.parametrize("sensor", [one for one in SENSORS if one.period_s < 10], ids=lambda one: one.topic)
def test_a_sensor_is_as_irregular_as_the_real_one(sensor):
    gaps = [later.at_ns - earlier.at_ns for earlier, later in pairwise(on(simulate(60 * MINUTES), sensor.topic))]
    cuts = quantiles(gaps, n=20)
    spread_s = (cuts[-1] - cuts[0]) / 1e9
    assert 0.6 <= spread_s / (sensor.high_s - sensor.low_s) <= 1.4


@pytest.mark.parametrize("module", ACTIVE_MODULES, ids=lambda one: one.name)
def test_a_heartbeat_comes_every_15_seconds_with_the_same_timestamp_and_a_growing_number(module):
    beats = on(simulate(60 * MINUTES), f"module/v1/ff/{module.serial}/connection")
    assert all(14.8 <= (later.at_ns - earlier.at_ns) / 1e9 <= 15.2 for earlier, later in pairwise(beats[1:]))
    assert len({value(beat)["timestamp"] for beat in beats}) == 1
    numbers = [value(beat)["headerId"] for beat in beats]
    assert numbers == sorted(set(numbers))


def test_the_vehicles_numbers_grow_by_one():
    numbers = [value(message)["headerId"] for message in on(simulate(60 * MINUTES), "fts/v1/ff/5iO4/state")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_message_has_a_valid_topic_and_json_in_it():
    for message in simulate(60 * MINUTES):
        assert why_invalid_topic(message.topic) is None
        json.loads(message.payload)


def test_messages_come_in_the_order_of_their_times_and_whole_microseconds():
    times = [message.at_ns for message in simulate(60 * MINUTES)]
    assert times == sorted(times)
    assert not [at_ns for at_ns in times if at_ns % 1_000]


def test_the_same_seed_gives_the_same_messages_and_another_seed_others():
    simulate.cache_clear()
    first = simulate(120, 7)
    simulate.cache_clear()
    assert first == simulate(120, 7)
    assert first != simulate(120, 8)


def test_at_ten_times_the_speed_the_same_happens_in_a_tenth_of_the_time():
    slow, fast = simulate(100, 1, 1.0), simulate(10, 1, 10.0)
    assert [message.topic for message in fast] == [message.topic for message in slow]
    assert all(abs(offset_s(a) - 10 * offset_s(b)) < 1e-4 for a, b in zip(slow, fast, strict=True))


def test_payload_timestamps_are_the_time_of_publishing():
    """Heartbeats and orders repeat older times; what a sensor, a station or the vehicle says is of now."""
    formats = {"osf/arduino/vibration/mpu6050-1/state": 24, "fts/v1/ff/5iO4/state": 27, "ccu/state/stock": 24}
    for topic, length in formats.items():
        for message in on(simulate(60 * MINUTES, speed=3.0), topic):
            stamp = value(message).get("timestamp") or value(message)["ts"]
            assert len(stamp) == length
            assert stamp.endswith("Z")
            assert abs(_epoch_ns(stamp) - message.at_ns) < 1_000_000


def _epoch_ns(stamp: str) -> int:
    return round(datetime.fromisoformat(stamp).timestamp() * 1e6) * 1_000


def test_each_led_is_followed_by_a_pairing_state_within_ten_milliseconds():
    messages = [m for m in simulate(300) if m.at_ns > START_NS + 1_000_000_000]
    lamps = [m for m in on(messages, "module/v1/ff/SVR4H73275/instantAction") if b"setStatusLED" in m.payload]
    states = on(messages, "ccu/pairing/state")
    assert len(lamps) > 150
    for lamp in lamps:
        assert any(0 < state.at_ns - lamp.at_ns <= 10_000_000 for state in states)


def test_the_led_shines_in_one_colour_yellow_while_something_is_busy():
    lamps = [
        value(m) for m in on(simulate(600), "module/v1/ff/SVR4H73275/instantAction") if b"setStatusLED" in m.payload
    ]
    colours = [tuple(name for name, on_ in lamp["actions"][0]["metadata"].items() if on_) for lamp in lamps]
    assert set(colours) == {("green",), ("yellow",)}
    assert colours.count(("yellow",)) > colours.count(("green",))


def test_the_pairing_state_names_who_is_busy():
    seen = set()
    for message in on(simulate(600), "ccu/pairing/state"):
        state = value(message)
        assert len(state["modules"]) == 6
        seen |= {module["subType"] for module in state["modules"] if module["available"] == "BUSY"}
        seen |= {vehicle["type"] for vehicle in state["transports"] if vehicle["available"] == "BUSY"}
    assert seen == {"HBW", "DRILL", "MILL", "DPS", "AIQS", "FTS"}


def test_within_any_half_minute_at_least_three_categories_show_activity():
    """While the store fetches a piece, 45 seconds, vehicle and orders are as silent as in the real factory."""
    messages = simulate(60 * MINUTES)
    for begin in range(0, 60 * MINUTES - 30, 5):
        seen = {category(message.topic) for message in messages if begin <= offset_s(message) < begin + 30}
        assert len(seen) >= 3, (begin, seen)


def test_the_first_half_minute_shows_all_categories_but_the_camera():
    seen = {category(message.topic) for message in simulate(30)}
    assert seen == set(Category) - {Category.CAMERA, Category.OTHER}


RETAINED = [
    "ccu/state/version-mismatch", "ccu/state/layout", "ccu/state/config", "ccu/state/flows", "ccu/state/stock",
    "ccu/pairing/state", "ccu/order/active", "ccu/order/completed", "/j1/txt/1/f/i/stock", "/j1/txt/1/f/i/order",
    "/j1/txt/1/f/i/config/hbw", "module/v1/ff/NodeRed/status", "fts/v1/ff/5iO4/connection", "fts/v1/ff/5iO4/state",
    *(f"module/v1/ff/{module.serial}/{kind}" for module in ACTIVE_MODULES for kind in ("state", "connection")),
]  # fmt: skip


@pytest.mark.parametrize("topic", RETAINED)
def test_what_a_newcomer_needs_is_retained_from_the_start(topic):
    assert [message.retain for message in on(simulate(0.3), topic)] == [LIVE_RETAINED]


def test_commands_and_requests_are_not_retained():
    kinds = ("/order", "/instantAction", "ccu/order/request", "ccu/order/response")
    sent = [m for m in simulate(600) if m.topic.endswith(kinds) and not m.topic.startswith("/j1/")]
    assert len(sent) > 100
    assert {message.retain for message in sent} == {LIVE}


QOS = {
    "module/v1/ff/SVR4H76449/state": 1, "module/v1/ff/SVR4H76449/order": 0, "module/v1/ff/SVR4H76449/connection": 1,
    "module/v1/ff/SVR4H73275/instantAction": 2, "fts/v1/ff/5iO4/state": 2, "fts/v1/ff/5iO4/order": 2,
    "ccu/order/request": 1, "ccu/order/response": 0, "ccu/order/active": 2, "ccu/pairing/state": 2,
    "ccu/state/stock": 1, "module/v1/ff/NodeRed/SVR4H73275/state": 2, "module/v1/ff/NodeRed/SVR4H73275/order": 1,
    "/j1/txt/1/i/bme680": 2, "/j1/txt/1/i/quality_check": 1, "osf/arduino/flame/flame-1/state": 0,
}  # fmt: skip


@pytest.mark.parametrize("topic", QOS)
def test_each_topic_is_published_with_the_quality_of_service_of_its_real_publisher(topic):
    assert {message.qos for message in on(simulate(600), topic)} == {QOS[topic]}
