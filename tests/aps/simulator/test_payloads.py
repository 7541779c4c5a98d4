"""Simulated payloads, field by field, against the recordings of the real factory."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from aps.simulator.payloads import iso, new_id, new_workpiece_id
from tests.aps.simulator.traffic import simulate, value

Shape = frozenset[tuple[str, str]]


def shape(found: Any, path: str = "") -> Shape:
    """All fields of a payload with their types; the elements of an array count as one."""
    if isinstance(found, dict):
        inner = [shape(part, f"{path}.{name}") for name, part in found.items()]
        return frozenset({(path, "object")}).union(*inner)
    if isinstance(found, list):
        return frozenset({(path, "array")}).union(*(shape(part, f"{path}[]") for part in found))
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", type(None): "null"}
    return frozenset({(path, kinds[type(found)])})


@cache
def real_shapes(folder: Path) -> dict[str, list[Shape]]:
    """Topic -> the different shapes of its payloads in all recordings."""
    shapes: dict[str, set[Shape]] = defaultdict(set)
    for path in sorted(folder.glob("*.log")):
        with path.open(encoding="utf-8") as lines:
            for line in map(json.loads, lines):
                if "topic" in line and not line["topic"].endswith("/cam"):
                    shapes[line["topic"]].add(shape(json.loads(line["payload"])))
    return {topic: list(found) for topic, found in shapes.items()}


RUN_S = 1_500

TOPICS = sorted({message.topic for message in simulate(RUN_S)})


@pytest.mark.real_data
@pytest.mark.parametrize("topic", TOPICS)
def test_the_fields_are_those_of_the_real_factory(topic: str, real_recordings: Path):
    real = real_shapes(real_recordings).get(topic)
    assert real, "the real factory knows this topic"
    known = frozenset().union(*real)
    always = {name for name, _ in frozenset.intersection(*map(frozenset, real))}
    for message in simulate(RUN_S):
        if message.topic == topic:
            found = shape(value(message))
            assert not found - known, "a field or type that the real factory never sends"
            assert not always - {name for name, _ in found}, "a field that the real factory always sends"


@pytest.mark.real_data
def test_most_payloads_have_exactly_a_shape_that_was_recorded(real_recordings: Path):
    """The few others combine known fields in a way that no recording happens to hold: a colour at a station."""
    real = real_shapes(real_recordings)
    messages = [message for message in simulate(RUN_S) if not message.topic.startswith("ccu/order/")]
    exact = [message for message in messages if shape(value(message)) in real[message.topic]]
    assert len(exact) / len(messages) > 0.97


def test_timestamps_have_three_or_six_decimals():
    at_ns = 1_767_323_045_678_901_000
    assert iso(at_ns) == "2026-01-02T03:04:05.678Z"
    assert iso(at_ns, 6) == "2026-01-02T03:04:05.678901Z"
    assert iso(0) == "1970-01-01T00:00:00.000Z"


def test_ids_look_like_the_real_ones():
    assert UUID(new_id(Random(1))).version == 4
    workpiece_id = new_workpiece_id(Random(1))
    assert len(workpiece_id) == 14
    assert workpiece_id.startswith("04")
    int(workpiece_id, 16)
