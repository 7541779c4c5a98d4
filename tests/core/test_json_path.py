"""What lies at a path of a JSON document."""

from __future__ import annotations

import pytest

from core.json_path import Steps, values_at

DOCUMENT = {"a": {"b": [{"c": 1}, {"c": 2}, {}]}, "x y": True, "n": None, "": 0}


@pytest.mark.parametrize(
    ("steps", "values"),
    [
        ((), [DOCUMENT]),
        (("a", "b", None, "c"), [1, 2]),
        (("a", "b", -2, "c"), [2]),
        (("a", "b", 3), []),
        (("a", 0), []),
        (("a", "b", "c"), []),
        (("a", None), []),
        (("n",), [None]),
        (("",), [0]),
    ],
)
def test_what_lies_at_a_path(steps: Steps, values: list[object]) -> None:
    assert list(values_at(DOCUMENT, steps)) == values
