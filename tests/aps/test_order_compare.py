"""The orders of two runs side by side: which belong together, and what took longer."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from aps.order_compare import OrderPair, order_pairs
from aps.order_figures import pairs_figure
from aps.order_trace import order_trace
from aps.order_values import Order, OrderState, OrderTrace, Proof, Step, StepKind
from core.message import NS_PER_SECOND
from store.catalog import Catalog
from store.reader import SessionReader

PROOF = Proof(1, 1)


def step(name: str, seconds: float | None) -> Step:
    module, _, command = name.partition(".")
    ended = None if seconds is None else round(seconds * NS_PER_SECOND)
    return Step(0, name, StepKind.MANUFACTURE, module, command, "", "", "FINISHED", 0, ended, 0)


def order(order_id: str, kind: str, colour: str, seconds: float | None, *steps: Step) -> Order:
    ended = None if seconds is None else round(seconds * NS_PER_SECOND)
    state = OrderState.OPEN if seconds is None else OrderState.FINISHED
    return Order(order_id, kind, colour, state, "", 0, 0, 0, ended, steps, PROOF, PROOF)


def pairs(left: list[Order], right: list[Order]) -> tuple[OrderPair, ...]:
    return order_pairs(*(OrderTrace(tuple(orders), (), 0, 0) for orders in (left, right)))


def partners(left: list[Order], right: list[Order]) -> list[tuple[str | None, str | None]]:
    return [(one.left.id if one.left else None, one.right.id if one.right else None) for one in pairs(left, right)]


def test_orders_of_the_same_type_and_colour_belong_together_in_their_order():
    left = [order(name, "STORAGE", colour, 1) for name, colour in (("a", "RED"), ("b", "WHITE"), ("c", "RED"))]
    right = [order(name, "STORAGE", colour, 1) for name, colour in (("1", "WHITE"), ("2", "RED"), ("3", "RED"))]
    assert partners(left, right) == [("a", "2"), ("b", "1"), ("c", "3")]


def test_what_is_left_over_is_paired_by_its_type_and_the_rest_stands_alone():
    left = [order("a", "STORAGE", "RED", 1), order("b", "PRODUCTION", "RED", 1), order("c", "STORAGE", "BLUE", 1)]
    right = [order("1", "STORAGE", "WHITE", 1), order("2", "STORAGE", "RED", 1), order("3", "STORAGE", "WHITE", 1)]
    assert partners(left, right) == [("a", "2"), ("b", None), ("c", "1"), (None, "3")]
    assert [pair.name for pair in pairs(left, right)][2:] == ["STORAGE BLUE / WHITE", "STORAGE WHITE"]


def test_durations_and_steps_are_compared_where_both_have_ended():
    left = order("a", "STORAGE", "RED", 50, step("DPS.DROP", 10), step("HBW.PICK", 20), step("HBW.DROP", None))
    right = order("1", "STORAGE", "RED", 55.5, step("DPS.DROP", 12), step("AIQS.PICK", 1), step("HBW.DROP", 3))
    (pair,) = pairs([left], [right])
    assert (pair.left_s, pair.right_s, pair.difference_s) == (50.0, 55.5, 5.5)
    assert [(one.name, one.left is not None, one.right is not None, one.difference_s) for one in pair.steps] == [
        ("DPS.DROP", True, True, 2.0),
        ("HBW.PICK", True, False, None),
        ("AIQS.PICK", False, True, None),
        ("HBW.DROP", True, True, None),
    ]
    (unfinished,) = pairs([left], [order("1", "STORAGE", "RED", None)])
    assert (unfinished.right_s, unfinished.difference_s) == (None, None)


@pytest.mark.real_data
def test_two_runs_of_the_factory(real_recordings: Path, tmp_path: Path):
    """The durations are those that the central control's last list of orders says, from receipt to end."""
    names = ("white-storage-production_20260807_111716.log", "red-storage-production-nok_20260807_113739.log")
    traces, said = [], []
    for name in names:
        with SessionReader.open(Catalog(tmp_path).import_file(real_recordings / name).entry.path) as reader:
            traces.append(order_trace(reader))
        said.append(_seconds(real_recordings / name))
    found = order_pairs(*traces)
    assert [pair.name for pair in found] == ["STORAGE WHITE / RED", "PRODUCTION WHITE / RED"]
    for pair in found:
        assert pair.left
        assert pair.right
        assert pair.left_s == pytest.approx(said[0][pair.left.id], abs=1)
        assert pair.right_s == pytest.approx(said[1][pair.right.id], abs=1)
        assert pair.difference_s == pytest.approx(said[1][pair.right.id] - said[0][pair.left.id], abs=1.5)


def _seconds(path: Path) -> dict[str, float]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    lists = [json.loads(row["payload"]) for row in rows if row.get("topic") == "ccu/order/completed"]
    return {one["orderId"]: (_at(one["stoppedAt"]) - _at(one["receivedAt"])).total_seconds() for one in lists[-1]}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_chart_has_both_durations_and_marks_what_took_a_tenth_longer() -> None:
    left = [order("a", "STORAGE", "RED", 100), order("b", "STORAGE", "BLUE", 50), order("c", "STORAGE", "WHITE", None)]
    right = [order("d", "STORAGE", "RED", 104), order("e", "STORAGE", "BLUE", 60), order("f", "STORAGE", "WHITE", 9)]
    in_a, in_b = pairs_figure(pairs(left, right)).data
    assert (in_a.name, in_a.x, in_b.name, in_b.x) == ("A", (100, 50, None), "B", (104, 60, 9))
    assert in_b.text == ("+4.0 s", "<b>+10.0 s</b>", "")
    assert len(pairs_figure([]).data) == 2
