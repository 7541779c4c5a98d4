"""The factory at this moment, as it is seen on the page: map, stations, vehicles, stock and orders."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import tzinfo
from html import escape

import streamlit as st

from app import format as fmt
from app.widgets.text import plain
from aps.factory_state import TOLD, FactoryState, Piece, Station, Vehicle, place_name
from aps.floor_map import GREEN, GREY, PIECES, RED, UNKNOWN_PIECE, YELLOW, floor_map, size, station_colour
from aps.floor_plan import DELIVERED, FloorPlan
from aps.modules import BY_SERIAL
from aps.order_progress import Progress
from core.message import NS_PER_SECOND

SILENT_S = 60
"""Who has said nothing for so long is greyed; the heartbeats of the stations come every 15 s."""
CARD = (
    "border:1px solid rgba(128,128,128,.3);border-radius:8px;padding:10px 12px;flex:1 1 170px;max-width:260px;"
    "font-size:14px;line-height:1.45"
)
CARDS = "display:flex;flex-wrap:wrap;gap:10px"


def factory_floor(state: FactoryState, now_ns: int, where: tzinfo) -> None:
    """Draws it."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _map(state, now_ns)
        _legend()
        st.caption(_which_map(state))
    with right:
        _orders(state)
        _stock(state.stock)
    st.subheader("Vehicles", anchor=False)
    _cards([_vehicle(one, now_ns, state.plan) for one in state.vehicles], "No vehicle has reported yet.")
    st.subheader("Stations", anchor=False)
    _cards([_station(one, now_ns) for one in state.stations], "No station has reported yet.")
    if state.heard_ns is not None:
        st.caption(f"Last message {fmt.moment(state.heard_ns, where)}")


def _map(state: FactoryState, now_ns: int) -> None:
    """As a picture: Streamlit keeps SVG out of a page's own HTML."""
    ink = "#e8eaed" if st.context.theme.type == "dark" else "#1f2a33"
    heard = [(station.serial, station.seen_ns) for station in state.stations]
    heard += [(vehicle.serial, vehicle.seen_ns) for vehicle in state.vehicles]
    silent = {serial for serial, seen_ns in heard if _heard(serial, seen_ns, now_ns)[1]}
    drawn = b64encode(floor_map(state.stations, state.vehicles, ink, state.plan, silent).encode()).decode()
    places = ", ".join(f"{escape(one.name)} at {escape(place_name(one.place, state.plan))}" for one in state.vehicles)
    alt = f"Map of the factory. {places}"
    style = f"width:100%;max-width:{size(state.plan)[0]}px"
    st.html(f'<img src="data:image/svg+xml;base64,{drawn}" alt="{alt}" style="{style}">')


def _which_map(state: FactoryState) -> str:
    """Where the map is from, as markdown."""
    if not state.layout:
        return "The factory as it is delivered: its central control has said nothing about the layout."
    if state.layout != TOLD:
        return (
            f":orange[:material/warning: The factory as it is delivered. The layout that its central control says "
            f"cannot be drawn: {plain(state.layout)}.]"
        )
    same = "as delivered" if state.plan == DELIVERED else "another one than delivered"
    return f"The layout that the central control says (`ccu/state/layout`), {same}."


def _legend() -> None:
    signs = ((GREEN, "ready"), (YELLOW, "busy"), (RED, "blocked, failed or gone"), (GREY, "not known"))
    parts = " ".join(f'<span style="margin-right:14px">{_dot(colour)} {words}</span>' for colour, words in signs)
    st.html(f'<div style="font-size:13px">{parts}</div>')


def _orders(state: FactoryState) -> None:
    done = "" if state.completed is None else f", {fmt.number(state.completed)} ended since the last reset"
    done += f", {fmt.number(state.failed)} of them with an error" if state.failed else ""
    st.subheader("Orders", anchor=False)
    st.caption(f"{fmt.number(len(state.active))} active{done}")
    for order in state.active:
        st.progress(order.done / order.steps if order.steps else 0.0, text=_order_words(order))


def _order_words(order: Progress) -> str:
    doing = order.current or order.state.lower().replace("_", " ")
    words = f"{order.type} {order.colour} {order.id[:8]}: {order.done} of {order.steps} steps"
    return plain(f"{words}, {doing}" if doing else words)


def _stock(stock: Mapping[str, Piece | None] | None) -> None:
    st.subheader("High-bay store", anchor=False)
    if stock is None:
        st.caption("Not known yet: the factory tells it with the next change.")
        return
    used = sum(piece is not None for piece in stock.values())
    st.caption(f"{used} of {len(stock)} bays in use")
    shelves = "".join(_bay(name, piece) for name, piece in stock.items())
    st.html(f'<div style="display:grid;grid-template-columns:repeat(3,1fr);gap:8px;font-size:13px">{shelves}</div>')


def _bay(name: str, piece: Piece | None) -> str:
    style = "border:1px solid rgba(128,128,128,.3);border-radius:6px;padding:6px 8px"
    if piece is None:
        return f'<div style="{style};opacity:.55">{name} free</div>'
    reserved = ", reserved" if piece.reserved else ""
    words = f"{escape(piece.colour.lower())}{reserved}"
    return f'<div style="{style}" title="{escape(piece.id)}">{name} {_square(piece.colour)} {words}</div>'


def _vehicle(vehicle: Vehicle, now_ns: int, plan: FloorPlan) -> str:
    doing = "charging" if vehicle.charging else "being loaded or unloaded" if vehicle.waiting else ""
    doing = doing or ("driving" if vehicle.driving else "standing")
    battery = "battery not known" if vehicle.battery_percent is None else f"battery {vehicle.battery_percent:.0f} %"
    volt = "" if vehicle.battery_volt is None else f", {vehicle.battery_volt:.1f} V"
    loads = ", ".join(f"{_square(one.colour)} {escape(one.colour.lower())}" for one in vehicle.loads)
    loads = loads or "nothing aboard"
    place = f"last at {place_name(vehicle.place, plan)}" if vehicle.place else "its place is not known"
    lines = [f"{doing}, {escape(place)}", f"{battery}{volt}", loads]
    gone = vehicle.connection in ("OFFLINE", "CONNECTIONBROKEN")
    colour = RED if gone or vehicle.error else GREEN if vehicle.connection or vehicle.seen_ns else GREY
    trouble = "not connected" if gone else vehicle.error
    return _card(vehicle.name, vehicle.serial, colour, lines, trouble, vehicle.seen_ns, now_ns)


def _station(station: Station, now_ns: int) -> str:
    lines = [
        escape(", ".join(one.lower() for one in (station.connection, station.available) if one) or "not known"),
        escape(f"{station.command} {station.state.lower()}".strip() or "idle"),
    ]
    colour = station_colour(station)
    return _card(station.name, station.serial, colour, lines, station.error, station.seen_ns, now_ns)


def _card(name: str, serial: str, colour: str, lines: list[str], error: str, seen_ns: int | None, now_ns: int) -> str:
    """`lines` are HTML already; everything else is not."""
    seen, silent = _heard(serial, seen_ns, now_ns)
    faint = ";opacity:.6" if silent else ""
    trouble = f'<div style="color:{RED}">{escape(error[:200])}</div>' if error else ""
    body = "".join(f"<div>{line}</div>" for line in lines)
    return (
        f'<div data-card="{escape(serial)}" style="{CARD}{faint}"><div>{_dot(colour)} <b>{escape(name)}</b> '
        f'<span style="opacity:.6">{escape(serial)}</span></div>{body}{trouble}'
        f'<div style="opacity:.6;font-size:12px">{seen}</div></div>'
    )


def _heard(serial: str, seen_ns: int | None, now_ns: int) -> tuple[str, bool]:
    """When it was heard last, for people, and whether it is silent."""
    if seen_ns is None and serial in BY_SERIAL and not BY_SERIAL[serial].ip:
        return "has no voice of its own: what the central control says", False
    if seen_ns is None:
        return "stored at the broker, not heard yet", True
    age_s = max(0.0, (now_ns - seen_ns) / NS_PER_SECOND)
    return f"heard {fmt.age(age_s)} ago", age_s > SILENT_S


def _cards(cards: list[str], nothing: str) -> None:
    if cards:
        st.html(f'<div style="{CARDS}">{"".join(cards)}</div>')
    else:
        st.caption(nothing)


def _dot(colour: str) -> str:
    return f'<span style="display:inline-block;width:10px;height:10px;border-radius:50%;background:{colour}"></span>'


def _square(colour: str) -> str:
    fill = PIECES.get(colour, UNKNOWN_PIECE)
    return (
        f'<span title="{escape(colour)}" style="display:inline-block;width:12px;height:12px;border-radius:3px;'
        f'border:1px solid #555;background:{fill};vertical-align:-1px"></span>'
    )
