"""The upper half of the page as HTML: plan, vehicles, stock and stations."""

from __future__ import annotations

from datetime import datetime
from html import escape as esc

from factory_view.plan import Plan, Point
from factory_view.stations import SHELVES, Piece, Station, Vehicle
from factory_view.words import ROLES, ago, chip, dot, nothing, piece, section, state_words, tone

GLIDE_S = 1.2
"""How long a vehicle's sign moves from one node to the next."""


def plan_html(plan: Plan, stations: list[Station], vehicles: list[Vehicle], now: datetime) -> str:
    """The factory from above."""
    shown = {station.serial: station for station in stations}
    parts = [_road(plan, start, end) for start, end, _ in plan.roads]
    parts += [_place(node, point, shown.get(node)) for node, point in plan.points.items()]
    parts += [_marker(plan, vehicle, now) for vehicle in vehicles]
    lost = [vehicle.serial for vehicle in vehicles if plan.at(vehicle.node) is None]
    note = f"position not known: {esc(', '.join(lost))}" if lost else ""
    size = f"aspect-ratio: {plan.columns * 4} / {plan.rows * 3}"
    return section("Plan", f'<div class="plan" style="{size}">{"".join(parts)}</div>', note)


def _road(plan: Plan, start: str, end: str) -> str:
    (x1, y1), (x2, y2) = plan.points[start], plan.points[end]
    left, top, width, height = min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)
    return f'<i class="road" style="left:{left:.2f}%;top:{top:.2f}%;width:{width:.2f}%;height:{height:.2f}%"></i>'


def _place(node: str, point: Point, station: Station | None) -> str:
    where = f"left:{point[0]:.2f}%;top:{point[1]:.2f}%"
    if station is None:
        return f'<i class="crossing" style="{where}">{esc(node)}</i>'
    kind = "bad" if tone(station.connection) == "bad" else tone(station.available)
    doing = f"{esc(station.command)} {state_words(station.state)}" if station.state == "RUNNING" else ""
    return f'<div class="place {kind}" style="{where}"><b>{esc(station.name)}</b><span>{doing}</span></div>'


def _marker(plan: Plan, vehicle: Vehicle, now: datetime) -> str:
    point = plan.at(vehicle.node)
    if point is None:
        return ""
    start, since = plan.at(vehicle.came_from), (now - vehicle.moved_at).total_seconds() if vehicle.moved_at else 9.0
    style = f"left:{point[0]:.2f}%;top:{point[1]:.2f}%"
    moving = start is not None and since < GLIDE_S
    if start is not None and moving:
        style += f";--x:{start[0]:.2f}%;--y:{start[1]:.2f}%;animation-delay:-{max(0.0, since):.2f}s"
    load = "".join(piece(one.colour) for _, one in sorted(vehicle.load.items()))
    state = "glide" if moving else ""
    return (
        f'<div class="vehicle {state}" data-vehicle="{esc(vehicle.serial)}" data-node="{esc(vehicle.node)}" '
        f'style="{style}"><b>{esc(vehicle.serial)}</b><span>{load}</span></div>'
    )


def vehicles_html(vehicles: list[Vehicle], names: dict[str, str], now: datetime) -> str:
    """A card for each vehicle."""
    if not vehicles:
        return section("Vehicle", nothing("No vehicle has reported yet: switch one on."))
    cards = "".join(_vehicle_card(vehicle, names, now) for vehicle in vehicles)
    return section("Vehicle" if len(vehicles) == 1 else "Vehicles", f'<div class="cards wide">{cards}</div>')


def _vehicle_card(vehicle: Vehicle, names: dict[str, str], now: datetime) -> str:
    bays = "".join(_bay(position, vehicle.load.get(position)) for position in ("1", "2", "3"))
    return (
        f"{_card_head(vehicle.serial, vehicle.serial, vehicle.connection)}"
        f'<p class="now">{_whereabouts(vehicle, names)}</p>{_battery(vehicle)}'
        f'<div class="bays">{bays}</div>{_trouble(vehicle.error)}'
        f"<footer>{_doing(vehicle.command, vehicle.state)}<span>{ago(vehicle.seen, now)}</span></footer></article>"
    )


def _whereabouts(vehicle: Vehicle, names: dict[str, str]) -> str:
    node = esc(names.get(vehicle.node) or (f"crossing {vehicle.node}" if vehicle.node else ""))
    if not node:
        return "Position not known"
    if vehicle.charging:
        return f"Charging at {node}"
    if vehicle.waiting:
        return f"At {node}, being loaded or unloaded"
    return f"Driving, last at {node}" if vehicle.driving else f"At {node}"


def _battery(vehicle: Vehicle) -> str:
    if vehicle.battery is None:
        return '<div class="battery"><span>Battery not known</span></div>'
    width = min(100.0, max(0.0, vehicle.battery))
    kind = "bad" if width <= 15 else "good"
    volt = f", {vehicle.voltage:.1f} V" if vehicle.voltage is not None else ""
    return (
        f'<div class="battery"><span>Battery {vehicle.battery:.0f} %{volt}</span>'
        f'<i><i class="{kind}" style="width:{width:.0f}%"></i></i></div>'
    )


def _bay(position: str, load: Piece | None) -> str:
    inside = (
        piece(load.colour) + f"<span>{esc(load.colour.lower() or 'unknown')}</span>" if load else "<span>free</span>"
    )
    return f'<div class="bay"><small>{position}</small>{inside}</div>'


def stock_html(stock: dict[str, Piece | None] | None) -> str:
    """The bays of the high-bay warehouse."""
    if stock is None:
        return section("Stock", nothing("Not known yet: the factory tells it with the next change."))
    shelves = "".join(_shelf(location, stock[location]) for location in SHELVES)
    used = sum(one is not None for one in stock.values())
    return section("Stock", f'<div class="shelves">{shelves}</div>', f"{used} of {len(stock)} bays in use")


def _shelf(location: str, item: Piece | None) -> str:
    if item is None:
        return f'<div class="shelf empty"><small>{location}</small><span>free</span></div>'
    reserved = "<em>reserved</em>" if item.reserved else ""
    return (
        f'<div class="shelf" title="{esc(item.id)}"><small>{location}</small>{piece(item.colour)}'
        f"<span>{esc(item.colour.lower())}</span>{reserved}</div>"
    )


def stations_html(stations: list[Station], now: datetime) -> str:
    """A card for each station."""
    if not stations:
        return section("Stations", nothing("No station has reported yet."))
    return section("Stations", f'<div class="cards">{"".join(_station_card(one, now) for one in stations)}</div>')


def _station_card(station: Station, now: datetime) -> str:
    available = chip(state_words(station.available) or "not known", tone(station.available))
    heard = ago(station.seen, now) if station.speaks else ""
    reserved = chip("reserved", "plain") if station.assigned and station.available == "READY" else ""
    return (
        f"{_card_head(station.serial, station.name, station.connection)}"
        f"<p>{esc(ROLES.get(station.name, station.serial))}</p><div>{available}{reserved}</div>"
        f"{_trouble(station.error)}"
        f"<footer>{_doing(station.command, station.state)}<span>{heard}</span></footer></article>"
    )


def _card_head(serial: str, name: str, connection: str) -> str:
    words = chip(dot(tone(connection)) + (state_words(connection) or "not known"), "plain")
    return f'<article class="card" data-card="{esc(serial)}"><header><b>{esc(name)}</b>{words}</header>'


def _doing(command: str, state: str) -> str:
    if not command and not state:
        return "<span>idle</span>"
    return f'<span class="{tone(state)}">{esc(command)} {state_words(state)}</span>'


def _trouble(error: str) -> str:
    return f'<p class="trouble">{esc(error)}</p>' if error else ""
