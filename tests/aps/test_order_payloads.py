"""What is read of the factory's messages: the known parts, in bounded size, and nothing of what is no such message."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aps.order_payloads import (
    LATEST_NS,
    MOST_STEPS,
    TEXT,
    moment_ns,
    newest_stamp,
    object_of,
    orders_in,
    slim,
    steps_of,
    text,
)
from tests.analysis.sessions import START_NS

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(("orderId", "state", "productionSteps", "id", "startedAt", "x")), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-08-07T09:11:27.000Z", START_NS),
        ("2026-08-07T09:11:27.123456Z", START_NS + 123_456_000),
        ("2026-08-07T11:11:27+02:00", START_NS),
        ("2026-08-07T09:11:27", START_NS),
        ("yesterday", None),
        ("", None),
        ("2999-01-01T00:00:00Z", None),
        (1_786_093_887_000, None),
        (None, None),
        ([], None),
    ],
)
def test_times_are_read_in_all_formats_of_the_factory(written, expected):
    assert moment_ns(written) == expected


@given(st.text())
def test_any_text_is_a_time_or_none(written):
    found = moment_ns(written)
    assert found is None or 0 < found < LATEST_NS


@given(VALUES)
def test_of_any_value_only_known_parts_of_bounded_size_are_kept(value):
    for order in orders_in(value):
        kept = slim(order)
        assert text(kept["orderId"]) == text(order["orderId"])
        assert slim(kept) == kept
        assert "x" not in kept
        assert len(steps_of(kept)) == len(steps_of(order))
        newest_stamp(order)


def test_what_a_stranger_makes_long_is_cut():
    order = {"orderId": "a" * 10_000, "x": "y" * 10_000, "productionSteps": [{"id": "s", "x": "y"}] * 10_000}
    kept = slim(order)
    assert (len(kept["orderId"]), len(kept["productionSteps"])) == (TEXT, MOST_STEPS)
    assert kept["productionSteps"][0] == {"id": "s"}


@given(st.binary(max_size=50) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_payload_reads_as_an_object(payload):
    assert isinstance(object_of(payload), dict)
