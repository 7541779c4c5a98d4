"""Vehicles: routes over the stations, charging, finding the dock, and the other instant actions."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.services import Services
from app.state import Key
from app.widgets.steering_draft import prepare
from app.widgets.steering_now import vehicle_now
from app.widgets.steering_orders import colour_choice, workpiece_field
from app.widgets.steering_sequences import begin
from app.widgets.text import plain
from aps.command import LOAD_POSITIONS
from aps.factory_state import FactoryState, Vehicle, place_name
from aps.generator import Load
from aps.modules import BY_SERIAL, DPS, FTS_SERIALS, HBW, MODULES, name_of
from aps.sequences import ROUTES, drive_sequence, transport_sequence, way, way_title
from aps.simulator.layout import PLACES

TO_A_STATION = "To one station"
EMPTY = "It drives empty: no station loads or unloads it on the way."
LOADED = "Each station on the way gets its commands, too, and the vehicle is told when it was loaded or unloaded."


def vehicles(services: Services, name: str, state: FactoryState) -> None:
    """Draws the form."""
    make, known = services.steering.generator, {one.serial: one for one in state.vehicles}
    serials = list(known) or [FTS_SERIALS[0]]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        serial = st.segmented_control("Vehicle", serials, default=serials[0], required=True, format_func=name_of,
                                      key=f"{Key.STEERING_VEHICLE}-{len(serials)}") or serials[0]  # fmt: skip
        place = _place(known.get(serial), serial)
        route = st.selectbox("Route", [*ROUTES, TO_A_STATION], key=Key.STEERING_ROUTE, persist_state="session",
                             width=220)  # fmt: skip
        stops = ROUTES.get(route) or (_target(),)
    places = way(stops, place) if route in ROUTES else (place, *stops)
    title, words = way_title(serial, places), EMPTY
    commands = partial(drive_sequence, make, serial, places, roads=state.roads)
    if route in ROUTES and st.toggle("With a workpiece", key=Key.STEERING_LOADED, persist_state="session"):
        load, position = _load(services, stops[0])
        commands = partial(transport_sequence, make, serial, stops, standing_at=place, load=load, position=position,
                           roads=state.roads)  # fmt: skip
        words = LOADED
    st.caption(plain(f"{title}. {words}"))
    vehicle_now(services, name, serial, known[serial].place if serial in known else "")
    st.button("Prepare the way", key=Key.STEERING_PREPARE, icon=":material/edit_note:", on_click=begin,
              args=(services, name, title, commands))  # fmt: skip
    _actions(services, serial)


def _load(services: Services, first: str) -> tuple[Load, str]:
    """What it carries, and where on the vehicle. Which piece the store gives out, it says itself."""
    piece = ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        colour = colour_choice()
        if first != HBW.serial:
            piece = workpiece_field(services, "The number on its NFC tag: 14 hexadecimal digits.")
        position = st.segmented_control("Position", LOAD_POSITIONS, default=LOAD_POSITIONS[0], required=True,
                                        key=f"{Key.STEERING_LOADED}-position")  # fmt: skip
    return (colour, piece), position or LOAD_POSITIONS[0]


def _place(vehicle: Vehicle | None, serial: str) -> str:
    """Where the way begins: where the vehicle says that it is, unless a person knows better; DPS if nobody knows."""
    said = vehicle.place if vehicle is not None and vehicle.place in PLACES else ""
    options = list(PLACES)
    key = f"{Key.STEERING_PLACE}-{serial}-{said}"  # it has moved: the choice is made anew
    return st.selectbox("It stands at", options, index=options.index(said or DPS.serial), format_func=place_name,
                        key=key, width=160)  # fmt: skip


def _target() -> str:
    serials = [one.serial for one in MODULES]
    return st.selectbox("Station", serials, format_func=lambda one: BY_SERIAL[one].name, key=Key.STEERING_TARGET,
                        persist_state="session", width=140)  # fmt: skip


def _actions(services: Services, serial: str) -> None:
    """Each becomes one command."""
    make = services.steering.generator
    choices = (
        ("Charge", "battery_charging_full", partial(make.charge, serial, on=True)),
        ("Stop charging", "battery_alert", partial(make.charge, serial, on=False)),
        (
            "Stop charging, told to the vehicle itself",
            "power_off",
            partial(make.vehicle_action, serial, "stopCharging"),
        ),
        ("Find initial dock position", "my_location", partial(make.find_dock, serial)),
        ("Load was taken", "file_upload", partial(make.clear_load, serial, dropped=True)),
        ("Load was put on", "file_download", partial(make.clear_load, serial, dropped=False)),
        ("Pair", "link", partial(make.pair, serial)),
        ("Factsheet", "description", partial(make.vehicle_action, serial, "factsheetRequest")),
        ("Reset the vehicle", "restart_alt", partial(make.vehicle_action, serial, "reset")),
    )
    with st.container(horizontal=True):
        for label, icon, build in choices:
            st.button(label, key=f"{Key.STEERING_PREPARE}-{label}", icon=f":material/{icon}:", on_click=prepare,
                      args=(build,))  # fmt: skip
