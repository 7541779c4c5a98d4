"""What is drawn first: measurements and states, whatever else changes; never an id."""

from __future__ import annotations

import json
from collections.abc import Mapping

from analysis.field_choice import find_fields
from analysis.field_first import first_fields
from store.query import EVERYTHING
from tests.analysis.sessions import message, session


def first(*payloads: Mapping[str, object]) -> list[str]:
    with session([message("a/b", number, json.dumps(one).encode()) for number, one in enumerate(payloads)]) as reader:
        return [one.field.path for one in first_fields(find_fields(reader, EVERYTHING))]


def test_a_measurement_and_a_state_come_before_counters_flags_and_elements_of_lists() -> None:
    found = first(*(
        {
            "orderUpdateId": n, "headerCount": n, "loads": [{"weight": n + 0.5, "state": "AB"[n % 2]}], "level": n,
            "temperature": 20 + n / 4, "driving": n % 2 > 0, "kind": "xy"[n % 2], "actionState": ("ON", "OFF")[n % 2],
        }
        for n in range(12)
    ))  # fmt: skip
    assert found == ["$.temperature", "$.actionState"]


def test_ids_are_never_drawn_first() -> None:
    ids = ("04798eca341290", "047389ca341291")
    payloads = [
        {"orderUpdateId": n, "stock": [{"workpiece": {"id": ids[n % 2]}}], "tag": ids[n % 2]} for n in range(12)
    ]
    assert first(*payloads) == []
    assert first(*({**one, "on": n % 2 > 0} for n, one in enumerate(payloads))) == ["$.on"]
