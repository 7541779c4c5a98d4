"""A vehicle's orders: how the control writes them, and what a vehicle refuses."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Final

from aps.action_values import VehicleOrder
from aps.simulator.layout import RoadMap
from aps.simulator.payloads import Json, iso, new_id
from aps.simulator.vehicle_state import Load, Vehicle

ACTIONS: Final = ("PASS", "TURN", "DOCK")


def order_for(
    at_ns: int,
    random: Random,
    serial: str,
    ids: tuple[str, int],
    way: list[str],
    roads: RoadMap,
    step_id: str,
    dock: Json,
) -> Json:
    """The `fts/.../order` for a way; its first place has no action unless it is the only one. `ids` are orderId and
    orderUpdateId, `dock` is the metadata of the last action; the way leads over `roads`.
    """
    edges = [f"{start}-{end}" for start, end in pairwise(way)]
    nodes: list[Json] = []
    for number, place in enumerate(way):
        node: Json = {"id": place, "linkedEdges": edges[max(0, number - 1) : number + 1]}
        if number == len(way) - 1:
            node["action"] = {"type": "DOCK", "id": step_id, "metadata": dock}
        elif number > 0:
            direction = roads.turn(way[number - 1], place, way[number + 1])
            action: Json = {"id": new_id(random), "type": "PASS" if direction == "PASS" else "TURN"}
            node["action"] = action if direction == "PASS" else {**action, "metadata": {"direction": direction}}
        nodes.append(node)
    return {
        "timestamp": iso(at_ns),
        "orderId": ids[0],
        "orderUpdateId": ids[1],
        "nodes": nodes,
        "edges": [
            {"id": edge, "length": roads.length_mm(start, end), "linkedNodes": [start, end]}
            for edge, (start, end) in zip(edges, pairwise(way), strict=True)
        ],
        "serialNumber": serial,
    }


def dock_metadata(load: Load, bay: str) -> Json:
    """What a DOCK says about the piece that lies on the vehicle, or is about to."""
    colour, workpiece_id = load
    known = {"loadId": workpiece_id} if workpiece_id else {}
    return {**known, "loadType": colour, "loadPosition": bay}


def why_refused(vehicle: Vehicle, order: VehicleOrder, roads: RoadMap) -> tuple[str, str] | None:
    """The error's type and its words; None if the vehicle takes the order. The order of the checks is the vehicle's."""
    nodes = [node.id for node in order.nodes]
    edges = [edge.linked_nodes for edge in order.edges]
    kinds = [node.action.type for node in order.nodes if node.action is not None]
    if order.order_id == vehicle.order_id and order.order_update_id < vehicle.order_update_id:
        return "orderUpdateError", f"orderUpdateId {order.order_update_id} is lower than the last one"
    if not vehicle.ready:
        return "orderError", "another order is running, or the vehicle waits, charges or does not know where it is"
    if unknown := [kind for kind in kinds if kind not in ACTIONS]:
        return "orderError", f"unknown action type {unknown[0]}"
    if nodes[0] != vehicle.place or edges != list(pairwise(nodes)) or not all(roads.connects(*edge) for edge in edges):
        return "orderError", f"the way does not lead on from {vehicle.place}"
    if len(kinds) != max(1, len(nodes) - 1) or kinds[-1] != "DOCK":
        return "orderError", "each place after the first needs an action, the last one DOCK"
    return None
