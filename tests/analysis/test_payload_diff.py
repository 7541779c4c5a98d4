"""The difference between two payloads names every field that differs, and no other."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.payload_diff import MAX_CHANGES, Change, Kind, payload_difference
from core.json_conditions import parse
from core.json_path import values_at
from tests.hostile import PAYLOADS

LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "ä", "1"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c d"]), inner, max_size=3),
    max_leaves=8,
)


def typed(value: object) -> object:
    """So that true and 1 differ."""
    return json.dumps(value, sort_keys=True)


@given(VALUES, VALUES)
def test_every_change_is_one_and_there_are_no_others(before: object, after: object) -> None:
    """What is at a path before and after is what the change says; without changes both are the same."""
    found = payload_difference(json.dumps(before).encode(), json.dumps(after).encode())
    assert bool(found.changes) == (typed(before) != typed(after))
    for change in found.changes:
        steps = parse(change.path)[0].steps
        old, new = (
            [json.dumps(one, ensure_ascii=False) for one in values_at(value, steps)] for value in (before, after)
        )
        assert (old or [""], new or [""]) == ([change.before], [change.after])
        assert (change.kind is Kind.ADDED, change.kind is Kind.REMOVED) == (not old, not new)


def test_fields_are_named_by_their_paths() -> None:
    before = b'{"state": "RUNNING", "loads": [{"type": "RED"}], "gone": 1, "n": 1}'
    after = b'{"state": "FINISHED", "loads": [{"type": "RED"}, null], "new": true, "n": 1.0}'
    assert payload_difference(before, after).changes == (
        Change("$.state", Kind.CHANGED, '"RUNNING"', '"FINISHED"'),
        Change("$.loads[1]", Kind.ADDED, "", "null"),
        Change("$.new", Kind.ADDED, "", "true"),
        Change("$.gone", Kind.REMOVED, "1", ""),
    )


def test_what_only_looks_different_is_said() -> None:
    assert payload_difference(b"x", b"x").note == "The same payload, byte for byte."
    assert "only the order" in payload_difference(b'{"a":1,"b":2}', b'{"b": 2, "a": 1}').note


def test_texts_are_compared_by_lines_and_other_bytes_by_place() -> None:
    assert payload_difference(b"on\nfast", b"on\nslow").lines.splitlines()[-2:] == ["-fast", "+slow"]
    assert payload_difference(b"", b"on").lines.splitlines()[-1] == "+on"
    assert payload_difference(b"\xff\x00\x01", b"\xff\x00\x02\x03").note == (
        "3 bytes before, 4 now; the first difference is at byte 2."
    )
    assert "at byte 3,000,000." in payload_difference(b"x" * 3_000_000, b"x" * 3_000_000 + b"y").note
    assert "at byte 7." in payload_difference(b"x" * 3_000_000, b"x" * 7 + b"y" * 3_000_000).note


def test_there_are_not_more_changes_than_can_be_read() -> None:
    found = payload_difference(b"[]", json.dumps(list(range(10_000))).encode())
    assert len(found.changes) == MAX_CHANGES
    assert found.note


@pytest.mark.parametrize(("before", "after"), list(pairwise((*PAYLOADS, PAYLOADS[2], PAYLOADS[3], PAYLOADS[2]))))
def test_nothing_that_is_published_breaks_the_difference(before: bytes, after: bytes) -> None:
    found = payload_difference(before, after)
    shown = "".join(
        (found.note, found.lines, *(change.path + change.before + change.after for change in found.changes))
    )
    assert shown.encode("utf-8")
