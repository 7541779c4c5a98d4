"""The factory from above as SVG: stations, roads, crossings, and where the vehicles are."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from aps.factory_state import Piece, Station, Vehicle
from aps.modules import BY_SERIAL
from aps.simulator.layout import INTERSECTIONS, PLACES, ROADS

CELL_X, CELL_Y, MARGIN_X, MARGIN_Y = 200, 130, 90, 60
STATION_W, STATION_H = 132, 62
VEHICLE_R: Final = 19
PIECES: Final = {"WHITE": "#f2f2f2", "RED": "#d9363e", "BLUE": "#2f6fdb"}
UNKNOWN_PIECE: Final = "#9a9a9a"
GREEN, YELLOW, RED, GREY = "#00a960", "#d99a00", "#d9363e", "#8a8f94"
AHEAD: Final = 0.5
"""How far on the way to its crossing a vehicle is drawn that stands at a station: beside it, not on it."""

_WEST: Final = min(x for x, _ in PLACES.values())
_NORTH: Final = max(y for _, y in PLACES.values())
WIDTH: Final = (max(x for x, _ in PLACES.values()) - _WEST) * CELL_X + 2 * MARGIN_X
HEIGHT: Final = (_NORTH - min(y for _, y in PLACES.values())) * CELL_Y + 2 * MARGIN_Y


def floor_map(stations: Sequence[Station], vehicles: Sequence[Vehicle], ink: str = "#222222") -> str:
    """The map, an SVG document; texts of the factory are escaped. `ink` is the colour of words and lines, ours."""
    known = {station.serial: station for station in stations}
    parts = [_road(start, end) for start, end, _, _ in ROADS]
    parts += [_crossing(place) for place in INTERSECTIONS]
    parts += [_station(serial, known.get(serial)) for serial in PLACES if serial in BY_SERIAL]
    parts += [_vehicle(vehicle, number) for number, vehicle in enumerate(vehicles) if vehicle.place in PLACES]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13" fill="{ink}" color="{ink}">{"".join(parts)}</svg>'
    )


def station_colour(station: Station | None) -> str:
    """Green: ready; yellow: busy; red: blocked, failed or gone; grey: not known."""
    if station is None:
        return GREY
    if station.connection in ("OFFLINE", "CONNECTIONBROKEN") or "BLOCKED" in station.available or station.error:
        return RED
    if station.available == "BUSY" or station.state == "RUNNING":
        return YELLOW
    return GREEN if station.available == "READY" or station.connection == "ONLINE" else GREY


def point(place: str) -> tuple[float, float]:
    """The middle of a place on the map."""
    east, north = PLACES[place]
    return MARGIN_X + (east - _WEST) * CELL_X, MARGIN_Y + (_NORTH - north) * CELL_Y


def _road(start: str, end: str) -> str:
    (x1, y1), (x2, y2) = _edge(start, end), _edge(end, start)
    return f'<path d="M{x1} {y1}L{x2} {y2}" stroke="currentColor" stroke-opacity=".28" stroke-width="8" fill="none"/>'


def _edge(place: str, towards: str) -> tuple[float, float]:
    """Where a road begins: at a station at its wall."""
    (x, y), (there_x, there_y) = point(place), point(towards)
    if place in INTERSECTIONS:
        return x, y
    return x + _sign(there_x - x) * STATION_W / 2, y + _sign(there_y - y) * STATION_H / 2


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _crossing(place: str) -> str:
    x, y = point(place)
    ring = f'<circle cx="{x}" cy="{y}" r="11" fill="{GREY}" fill-opacity=".55"/>'
    return f'{ring}<text x="{x}" y="{y + 4.5}" text-anchor="middle" font-size="12">{place}</text>'


def _station(serial: str, station: Station | None) -> str:
    (x, y), colour = point(serial), station_colour(station)
    name = station.name if station is not None else BY_SERIAL[serial].name
    doing = f"{station.command} {station.state}".strip() if station is not None and station.state == "RUNNING" else ""
    words = doing or (station.available.lower() if station is not None else "") or "not known"
    left, top = x - STATION_W / 2, y - STATION_H / 2
    return (
        f'<g data-station="{escape(serial)}"><title>{escape(name)}: {escape(words)}</title>'
        f'<rect x="{left}" y="{top}" width="{STATION_W}" height="{STATION_H}" rx="8" fill="{colour}" '
        f'fill-opacity=".18" stroke="{colour}" stroke-width="2.5"/>'
        f'<text x="{x}" y="{y - 4}" text-anchor="middle" font-weight="700" font-size="19">{escape(name)}</text>'
        f'<text x="{x}" y="{y + 17}" text-anchor="middle" font-size="15">{escape(words[:16])}</text></g>'
    )


def _vehicle(vehicle: Vehicle, number: int) -> str:
    x, y = _stands(vehicle.place)
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
        f"{escape(vehicle.name.removeprefix('AGV-')[:4])}</text>{boxes}</g>"
    )


def _stands(place: str) -> tuple[float, float]:
    x, y = point(place)
    if place in INTERSECTIONS:
        return x, y
    ahead = next(end if start == place else start for start, end, _, _ in ROADS if place in (start, end))
    there_x, there_y = point(ahead)
    return x + (there_x - x) * AHEAD, y + (there_y - y) * AHEAD


def _piece(piece: Piece, x: float, y: float) -> str:
    colour = PIECES.get(piece.colour, UNKNOWN_PIECE)
    return (
        f'<rect x="{x}" y="{y}" width="11" height="11" rx="2" fill="{colour}" stroke="#444">'
        f"<title>{escape(piece.colour or 'not known')}</title></rect>"
    )
