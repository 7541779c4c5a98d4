"""The JSON shape of a comparison that other programs rely on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from analysis.compare import TopicPair
from analysis.copy_check import CopyReport
from analysis.copy_differences import Difference
from analysis.key_messages import Course, KeyMessage, Step
from app.cli.output import iso
from app.comparing import RunComparison
from aps.order_compare import OrderPair
from aps.order_values import Order
from store.reading import Reader

LISTED: Final = 100
"""So many differences are named; all are counted."""


def comparison_json(copy: CopyReport, runs: RunComparison | None, left: Reader, right: Reader) -> dict[str, object]:
    """The strict comparison on top, what may be compared of two different runs below; without it if it was not made."""
    return {
        **copy_json(copy),
        "a": {"id": left.metadata.id, "name": left.metadata.name, "messages": left.summary().messages},
        "b": {"id": right.metadata.id, "name": right.metadata.name, "messages": right.summary().messages},
        **(_runs_json(runs) if runs else {}),
    }


def _runs_json(runs: RunComparison) -> dict[str, object]:
    return {
        "topics": [_topic_json(pair) for pair in runs.topics],
        "orders": [_order_pair_json(pair) for pair in runs.orders],
        "course": _course_json(runs.course),
        "templates": [
            {"topic": pair.topic, "change": pair.change.value, "fields": [one._asdict() for one in pair.fields]}
            for pair in runs.templates
        ],
    }


def copy_json(copy: CopyReport) -> dict[str, object]:
    """Is B a faithful copy of A?"""
    return {
        "same": copy.same,
        "missing": copy.missing,
        "extra": copy.extra,
        "changed": copy.changed,
        "out_of_order": copy.out_of_order,
        "timing_error_ms": asdict(copy.timing_error_ms),
        "drift_ms": copy.drift_ms,
        "timing_tolerance_ms": copy.tolerance_ms,
        "faithful": copy.faithful,
        "reason": " ".join(copy.reasons()),
        "changed_by": {change.value: count for change, count in copy.changed_by.items()},
        "differences": [_difference_json(one) for one in copy.differences[:LISTED]],
        "latest": [late._asdict() for late in copy.latest],
    }


def _difference_json(one: Difference) -> dict[str, object]:
    return {
        "kind": one.kind.value,
        "topic": one.topic,
        "a_id": one.left_id,
        "a_at": iso(one.left_at_ns),
        "b_id": one.right_id,
        "b_at": iso(one.right_at_ns),
        "changed": [change.value for change in one.changes],
    }


def _topic_json(pair: TopicPair) -> dict[str, object]:
    return {
        "topic": pair.topic,
        "change": pair.change.value,
        "a_messages": pair.left_messages,
        "b_messages": pair.right_messages,
        "a_rate_per_second": round(pair.left_rate, 6),
        "b_rate_per_second": round(pair.right_rate, 6),
    }


def _order_pair_json(pair: OrderPair) -> dict[str, object]:
    return {
        "name": pair.name,
        "a": _order_json(pair.left, pair.left_s),
        "b": _order_json(pair.right, pair.right_s),
        "difference_seconds": _rounded(pair.difference_s),
        "steps": [
            {
                "name": step.name,
                "a_seconds": _rounded(step.left.duration_s if step.left else None),
                "b_seconds": _rounded(step.right.duration_s if step.right else None),
                "difference_seconds": _rounded(step.difference_s),
            }
            for step in pair.steps
        ],
    }


def _order_json(order: Order | None, seconds: float | None) -> dict[str, object] | None:
    if order is None:
        return None
    return {"order_id": order.id, "state": order.state.value, "seconds": _rounded(seconds)}


def _course_json(course: Course) -> dict[str, object]:
    place = course.first_difference
    return {
        "steps": len(course.steps),
        "common": course.common,
        "cut": course.cut,
        "first_difference": None if place is None else _step_json(course.steps[place]),
        "differences": [_step_json(step) for step in course.steps if not step.common][:LISTED],
    }


def _step_json(step: Step) -> dict[str, object]:
    return {"a": _key_json(step.left), "b": _key_json(step.right)}


def _key_json(message: KeyMessage | None) -> dict[str, object] | None:
    if message is None:
        return None
    return {"label": message.label, "topic": message.topic, "id": message.id, "at": iso(message.at_ns)}


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)
