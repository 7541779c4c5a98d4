"""The JSON shape of a session's orders that other programs rely on."""

from __future__ import annotations

from app.cli.output import iso
from aps.order_values import GoodsIn, Order, Proof, Ride, Step


def order_json(order: Order) -> dict[str, object]:
    """One order. What is not known is null; times are by the recorder's clock."""
    return {
        "order_id": order.id,
        "order_type": order.type,
        "colour": order.colour,
        "state": order.state.value,
        "requested_at": iso(order.requested_ns),
        "started_at": iso(order.started_ns),
        "ended_at": iso(order.ended_ns),
        "workpiece_id": order.workpiece_id or None,
        "storage_order_id": order.storage_order_id or None,
        "worked_seconds": round(order.worked_s, 6),
        "waited_seconds": round(order.waited_s, 6),
        "failed_step": order.failed_step.index if order.failed_step else None,
        "note": order.note or None,
        "goods_in": _goods_in_json(order.goods_in) if order.goods_in else None,
        "rides": [_ride_json(ride) for ride in order.rides],
        "steps": [_step_json(step) for step in order.steps],
    }


def _step_json(step: Step) -> dict[str, object]:
    evidence = step.evidence
    return {
        "index": step.index,
        "kind": step.kind.value,
        "module": step.module or None,
        "command": step.command or None,
        "state": step.state,
        "started_at": iso(step.started_ns),
        "ended_at": iso(step.ended_ns),
        "step_id": step.id,
        "source": step.source or None,
        "target": step.target or None,
        "serial": evidence.serial or None,
        "duration_seconds": step.duration_s,
        "waited_seconds": step.waited_s,
        "result": evidence.result or None,
        "failed": step.failed,
        "command_message": _message(evidence.command),
        "done_message": _message(evidence.done),
    }


def _goods_in_json(found: GoodsIn) -> dict[str, object]:
    return {
        "started_at": iso(found.started.at_ns),
        "colour_read_at": iso(found.colour_read.at_ns) if found.colour_read else None,
        "tag_read_at": iso(found.tag_read.at_ns),
    }


def _ride_json(ride: Ride) -> dict[str, object]:
    return {
        "vehicle": ride.vehicle,
        "loaded_at": iso(ride.loaded.at_ns),
        "unloaded_at": iso(ride.unloaded.at_ns) if ride.unloaded else None,
        "drives": [{"order_id": order_id, "target": target} for order_id, target in ride.moves],
    }


def _message(proof: Proof | None) -> int | None:
    return proof.id if proof else None
