"""The factory from above as SVG: stations, roads, crossings, and where the vehicles are."""

from __future__ import annotations

from collections.abc import Container, Sequence
from html import escape
from typing import Final

from aps.factory_state import Piece, Station, Vehicle
from aps.floor_plan import DELIVERED, FloorPlan

CELL_X, CELL_Y, MARGIN_X, MARGIN_Y = 200, 130, 90, 60
STATION_W, STATION_H = 132, 62
STATION_CHARS: Final = 14
"""So many letters of what a station does fit into it."""
VEHICLE_R: Final = 19
PIECES: Final = {"WHITE": "#f2f2f2", "RED": "#d9363e", "BLUE": "#2f6fdb"}
UNKNOWN_PIECE: Final = "#9a9a9a"
GREEN, YELLOW, RED, GREY = "#00a960", "#d99a00", "#d9363e", "#8a8f94"
FAINT: Final = 0.5
"""How much is seen of what has been silent for long."""
AHEAD: Final = 0.5
"""How far on the way to its crossing a vehicle is drawn that stands at a station: beside it, not on it."""


def floor_map(
    stations: Sequence[Station],
    vehicles: Sequence[Vehicle],
    ink: str = "#222222",
    plan: FloorPlan = DELIVERED,
    silent: Container[str] = (),
) -> str:
    """The map, an SVG document; texts of the factory are escaped.

    `ink`: the colour of words and lines, ours. `silent`: serial numbers of those that are drawn faintly.
    """
    known = {station.serial: station for station in stations}
    width, height = size(plan)
    parts = [_road(plan, start, end) for start, end in sorted(plan.roads)]
    parts += [_crossing(plan, place) for place in plan.places if place not in plan.stations]
    parts += [_faint(_station(plan, serial, known.get(serial)), silent=serial in silent) for serial in plan.stations]
    parts += [
        _faint(_vehicle(plan, one, number), silent=one.serial in silent)
        for number, one in enumerate(vehicles)
        if one.place in plan.places
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="13" fill="{ink}" color="{ink}">{"".join(parts)}</svg>'
    )


def _faint(drawn: str, *, silent: bool) -> str:
    return f'<g opacity="{FAINT}">{drawn}</g>' if silent else drawn


def size(plan: FloorPlan = DELIVERED) -> tuple[int, int]:
    """Width and height of the map."""
    east, north = (max(point[axis] for point in plan.places.values()) for axis in (0, 1))
    return east * CELL_X + 2 * MARGIN_X, north * CELL_Y + 2 * MARGIN_Y


def station_colour(station: Station | None) -> str:
    """Green: ready; yellow: busy; red: blocked, failed or gone; grey: not known."""
    if station is None:
        return GREY
    if station.connection in ("OFFLINE", "CONNECTIONBROKEN") or "BLOCKED" in station.available or station.error:
        return RED
    if station.available == "BUSY" or station.state == "RUNNING":
        return YELLOW
    return GREEN if station.available == "READY" or station.connection == "ONLINE" else GREY


def point(place: str, plan: FloorPlan = DELIVERED) -> tuple[float, float]:
    """The middle of a place on the map."""
    east, north = plan.places[place]
    return MARGIN_X + east * CELL_X, size(plan)[1] - MARGIN_Y - north * CELL_Y


def _road(plan: FloorPlan, start: str, end: str) -> str:
    (x1, y1), (x2, y2) = _edge(plan, start, end), _edge(plan, end, start)
    return f'<path d="M{x1} {y1}L{x2} {y2}" stroke="currentColor" stroke-opacity=".28" stroke-width="8" fill="none"/>'


def _edge(plan: FloorPlan, place: str, towards: str) -> tuple[float, float]:
    """Where a road begins: at a station at its wall."""
    (x, y), (there_x, there_y) = point(place, plan), point(towards, plan)
    if place not in plan.stations:
        return x, y
    return x + _sign(there_x - x) * STATION_W / 2, y + _sign(there_y - y) * STATION_H / 2


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _crossing(plan: FloorPlan, place: str) -> str:
    x, y = point(place, plan)
    ring = f'<circle cx="{x}" cy="{y}" r="11" fill="{GREY}" fill-opacity=".55"/>'
    return f'{ring}<text x="{x}" y="{y + 4.5}" text-anchor="middle" font-size="12">{escape(place[:8])}</text>'


def _station(plan: FloorPlan, serial: str, station: Station | None) -> str:
    (x, y), colour = point(serial, plan), station_colour(station)
    name = (station.name if station is not None else plan.stations[serial])[:10]
    doing = f"{station.command} {station.state}".strip() if station is not None and station.state == "RUNNING" else ""
    if station is not None and len(doing) > STATION_CHARS:
        doing = station.command  # that it runs, the colour says
    words = doing or (station.available.lower() if station is not None else "") or "not known"
    if serial in plan.placeholders:
        words = "planned"
    left, top = x - STATION_W / 2, y - STATION_H / 2
    return (
        f'<g data-station="{escape(serial)}"><title>{escape(name)}: {escape(words)}</title>'
        f'<rect x="{left}" y="{top}" width="{STATION_W}" height="{STATION_H}" rx="8" fill="{colour}" '
        f'fill-opacity=".18" stroke="{colour}" stroke-width="2.5"/>'
        f'<text x="{x}" y="{y - 4}" text-anchor="middle" font-weight="700" font-size="19">{escape(name)}</text>'
        f'<text x="{x}" y="{y + 17}" text-anchor="middle" font-size="15">{escape(words[:STATION_CHARS])}</text></g>'
    )


def _vehicle(plan: FloorPlan, vehicle: Vehicle, number: int) -> str:
    x, y = _stands(plan, vehicle.place)
    x += number * 14  # two at one place are both seen
    colour = RED if vehicle.error or vehicle.connection in ("OFFLINE", "CONNECTIONBROKEN") else "#0b7a99"
    words = escape(f"{vehicle.name}: {'driving' if vehicle.driving else 'standing'}")
    boxes = "".join(
        _piece(piece, x - 18 + 13 * place, y + VEHICLE_R + 2) for place, piece in enumerate(vehicle.loads[:3])
    )
    return (
        f'<g data-vehicle="{escape(vehicle.serial)}" data-place="{escape(vehicle.place)}"><title>{words}</title>'
        f'<circle cx="{x}" cy="{y}" r="{VEHICLE_R}" fill="{colour}" stroke="#fff" stroke-width="2"/>'
        f'<text x="{x}" y="{y + 4}" text-anchor="middle" font-size="11" font-weight="700" fill="#fff">'
        f"{escape(vehicle.name.removeprefix('AGV-')[:4])}</text>{_battery(plan, vehicle, (x, y), number)}{boxes}</g>"
    )


def _battery(plan: FloorPlan, vehicle: Vehicle, middle: tuple[float, float], number: int) -> str:
    """Where neither a road nor the station lies; of two at one place one above the other."""
    if vehicle.battery_percent is None:
        return ""
    x, y = middle
    ahead = plan.neighbour(vehicle.place) if vehicle.place in plan.stations else None
    if ahead is None:
        x, y, anchor = x + VEHICLE_R - 3, y - VEHICLE_R + 1, "start"
    elif plan.places[ahead][0] == plan.places[vehicle.place][0]:  # the road leads north or south
        x, y, anchor = x + VEHICLE_R + 4, y + 5, "start"
    else:
        y, anchor = y - VEHICLE_R - 5, "middle"
    words = f"{vehicle.battery_percent:.0f} %"
    return f'<text x="{x}" y="{y - 15 * number}" text-anchor="{anchor}" font-size="14">{words}</text>'


def _stands(plan: FloorPlan, place: str) -> tuple[float, float]:
    x, y = point(place, plan)
    ahead = plan.neighbour(place)
    if place not in plan.stations or ahead is None:
        return x, y
    there_x, there_y = point(ahead, plan)
    return x + (there_x - x) * AHEAD, y + (there_y - y) * AHEAD


def _piece(piece: Piece, x: float, y: float) -> str:
    colour = PIECES.get(piece.colour, UNKNOWN_PIECE)
    return (
        f'<rect x="{x}" y="{y}" width="11" height="11" rx="2" fill="{colour}" stroke="#444">'
        f"<title>{escape(piece.colour or 'not known')}</title></rect>"
    )
