"""The topic catalogue: categories, colours, priorities."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import pytest

from aps.topics import CATEGORIES, COLOURS, LABELS, PRIORITY_FILTERS, Category, category
from core.topics import covers, matches, why_invalid_filter

TOPICS = {
    "module/v1/ff/SVR4H76449/state": (Category.MODULE, 1),
    "module/v1/ff/SVR4H76449/order": (Category.MODULE, 1),
    "module/v1/ff/SVR4H76449/connection": (Category.MODULE, 1),
    "module/v1/ff/SVR4H76449/factsheet": (Category.MODULE, 1),
    "module/v1/ff/SVR4H73275/instantAction": (Category.MODULE, 1),
    "fts/v1/ff/5iO4/state": (Category.FTS, 2),
    "fts/v1/ff/5iO4/order": (Category.FTS, 2),
    "fts/v1/ff/leJ4/instantAction": (Category.FTS, 2),
    "fts/v1/ff/jp93/connection": (Category.FTS, 2),
    "fts/v1/ff/5iO4/factsheet": (Category.FTS, 2),
    "ccu/order/request": (Category.ORDER, 3),
    "ccu/order/response": (Category.ORDER, 3),
    "ccu/order/active": (Category.ORDER, 3),
    "ccu/order/completed": (Category.ORDER, 3),
    "ccu/order/cancel": (Category.ORDER, 3),
    "ccu/pairing/state": (Category.CCU, 4),
    "ccu/pairing/pair_fts": (Category.CCU, 4),
    "ccu/state/stock": (Category.CCU, 4),
    "ccu/state/version-mismatch": (Category.CCU, 4),
    "ccu/state/calibration/SVR4H73275": (Category.CCU, 4),
    "ccu/set/reset": (Category.CCU, 4),
    "ccu/global": (Category.CCU, 4),
    "module/v1/ff/NodeRed/SVR4H73275/state": (Category.TXT, 5),
    "module/v1/ff/NodeRed/SVR4H76530/order": (Category.TXT, 5),
    "module/v1/ff/NodeRed/SVR4H73275/instantAction": (Category.TXT, 5),
    "module/v1/ff/NodeRed/SVR4H73275/factsheet": (Category.TXT, 5),
    "module/v1/ff/NodeRed/status": (Category.TXT, 5),
    "/j1/txt/1/f/i/order": (Category.TXT, 5),
    "/j1/txt/1/f/i/stock": (Category.TXT, 5),
    "/j1/txt/1/f/i/config/hbw": (Category.TXT, 5),
    "/j1/txt/1/f/o/order": (Category.TXT, 5),
    "/j1/txt/1/f/o/nfc/ds": (Category.TXT, 5),
    "/j1/txt/1/i/alert": (Category.TXT, 5),
    "/j1/txt/1/i/ptu/pos": (Category.TXT, 5),
    "/j1/txt/1/c/bme680": (Category.TXT, 5),
    "/j1/txt/1/c/cam": (Category.TXT, 5),
    "/j1/txt/1/o/ptu": (Category.TXT, 5),
    "/j1/txt/1/i/bme680": (Category.SENSOR, 5),
    "/j1/txt/1/i/ldr": (Category.SENSOR, 5),
    "/j1/txt/1/i/cam": (Category.CAMERA, 6),
    "/j1/txt/1/i/quality_check": (Category.CAMERA, 5),
    "/j1/txt/1/i/broadcast": (Category.TXT, 6),
    "/j1/txt/1/o/broadcast": (Category.TXT, 6),
    "osf/arduino/vibration/mpu6050-1/state": (Category.SENSOR, 5),
    "osf/arduino/gas/mq2-1/connection": (Category.SENSOR, 5),
    "osf/arduino/station/factsheet": (Category.SENSOR, 5),
    "osf/arduino/alarm/enabled": (Category.SENSOR, 5),
    "dsp/aiqs/action": (Category.CCU, 6),
    "dsp/correlation/request": (Category.ORDER, 6),
    "omf/order/raw_material": (Category.ORDER, 6),
    "osf/workpiece/intake": (Category.ORDER, 6),
    "house/kitchen/temperature": (Category.OTHER, 6),
    "j1/txt/1/i/cam": (Category.OTHER, 6),  # without the leading slash it is another topic
}


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_of_the_factory_has_its_category(topic):
    assert category(topic) is TOPICS[topic][0]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_subscribed_to_from_its_priority_on(topic):
    wanted = [n for n, filters in PRIORITY_FILTERS.items() if any(matches(one, topic) for one in filters)]
    assert wanted == list(range(TOPICS[topic][1], 7))


def test_each_priority_contains_the_one_before():
    for lower, higher in itertools.pairwise(PRIORITY_FILTERS.values()):
        assert all(any(covers(wide, narrow) for wide in higher) for narrow in lower)


def test_no_filter_of_a_priority_is_superfluous():
    for filters in PRIORITY_FILTERS.values():
        assert not [pair for pair in itertools.permutations(filters, 2) if covers(*pair)]


def test_all_filters_are_valid():
    for one in itertools.chain(*PRIORITY_FILTERS.values()):
        assert why_invalid_filter(one) is None


def test_each_category_has_a_label_and_a_colour_of_its_own():
    assert set(LABELS) == set(COLOURS) == set(CATEGORIES)
    assert len(set(LABELS.values())) == len(set(COLOURS.values())) == len(CATEGORIES)


def _linear(colour: str) -> tuple[float, ...]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def _luminance(linear: tuple[float, ...]) -> float:
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("background", ["#ffffff", "#0e1117"])
def test_the_colours_can_be_seen_on_a_light_and_on_a_dark_page(background):
    for colour in COLOURS.values():
        dark, light = sorted((_luminance(_linear(colour)), _luminance(_linear(background))))
        assert (light + 0.05) / (dark + 0.05) >= 3, colour


SIGHT = {  # Machado, Oliveira, Fernandes 2009, severity 1.0
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.1523, 1.0526, -0.2049), (0.1145, 0.7863, 0.0992), (-0.0039, -0.0481, 1.0520)),
    "deuteranopia": ((0.3673, 0.8606, -0.2280), (0.2801, 0.6725, 0.0474), (-0.0118, 0.0429, 0.9689)),
    "tritanopia": ((1.2555, -0.0767, -0.1788), (-0.0784, 0.9308, 0.1476), (0.0047, 0.6914, 0.3039)),
}


def _lab(red: float, green: float, blue: float) -> tuple[float, float, float]:
    def curve(t: float) -> float:
        return math.cbrt(t) if t > 0.008856 else 7.787 * t + 16 / 116

    x = curve((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
    y = curve(_luminance((red, green, blue)))
    z = curve((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("sight", SIGHT)
def test_the_colours_are_told_apart_with_every_kind_of_sight(sight):
    seen = {}
    for name, colour in COLOURS.items():
        mixed = (sum(a * b for a, b in zip(row, _linear(colour), strict=True)) for row in SIGHT[sight])
        seen[name] = _lab(*(min(1.0, max(0.0, part)) for part in mixed))
    for one, other in itertools.combinations(seen, 2):
        assert math.dist(seen[one], seen[other]) >= 20, (one, other)


@pytest.mark.real_data
def test_every_topic_of_the_real_recordings_has_a_category(real_recordings: Path):
    topics = set()
    for path in real_recordings.glob("*.log"):
        with path.open(encoding="utf-8") as lines:
            topics |= {json.loads(line).get("topic") for line in lines}
    topics.discard(None)
    assert len(topics) > 40
    assert not [topic for topic in topics if category(topic) is Category.OTHER]
    assert {category(topic) for topic in topics} == set(CATEGORIES) - {Category.OTHER}
