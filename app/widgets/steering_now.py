"""What the factory does while somebody steers it: read anew each second, not only when the page runs."""

from __future__ import annotations

import streamlit as st

from app import format as fmt
from app.services import Services
from app.widgets.live import FAST, live
from app.widgets.problems import hint
from app.widgets.text import plain
from aps.factory_state import FactoryState, Vehicle, factory_state, place_name
from aps.simulator.layout import PLACES


def present_state(services: Services, name: str) -> FactoryState:
    """From the newest messages of an environment."""
    return factory_state(services.factory_watch.newest(services.client(name)))


def vehicle_now(services: Services, name: str, serial: str, begins: str) -> None:
    """Draws what a vehicle does. `begins`: where it was when the page was drawn; the page runs again when it stands
    elsewhere, because the next way begins there.
    """
    live(_vehicle, FAST, services, name, serial, begins)


def station_now(services: Services, name: str, serial: str) -> None:
    """Draws what a station does."""
    live(_station, FAST, services, name, serial)


def rerun_when_others_wait(services: Services, name: str, drawn: list[str]) -> None:
    """Runs the page again when other orders wait than those that were drawn, by id."""
    live(_others_wait, FAST, services, name, drawn)


def waiting_orders(state: FactoryState) -> dict[str, str]:
    """Those that have not begun: what each is called, by its id."""
    return {one.id: f"{one.type} {one.colour} {one.id[:8]}" for one in state.active if one.state == "ENQUEUED"}


def _others_wait(services: Services, name: str, drawn: list[str]) -> None:
    if list(waiting_orders(present_state(services, name))) != drawn:
        st.rerun()


def _vehicle(services: Services, name: str, serial: str, begins: str) -> None:
    """Why it may not take a way, before it says so itself."""
    found = next((one for one in present_state(services, name).vehicles if one.serial == serial), None)
    if found is None:
        st.caption("Nothing has been heard of a vehicle: say yourself where it stands.")
        return
    if not found.driving and found.place != begins:
        st.rerun()
    battery = "" if found.battery_percent is None else f", battery {fmt.number(round(found.battery_percent))} %"
    place = f"last at {place_name(found.place)}" if found.place else "its place is not known"
    st.caption(plain(f"At this moment: {_doing(found)}, {place}{battery}"))
    if found.place not in PLACES:
        hint("The vehicle does not know where it is. Let it find its initial dock position first.")
    elif found.driving or found.waiting or found.charging:
        hint(f"The vehicle {_doing(found)}, so it will refuse a way at this moment.")


def _doing(vehicle: Vehicle) -> str:
    if vehicle.driving:
        return "drives"
    return "waits for its load" if vehicle.waiting else "charges" if vehicle.charging else "stands"


def _station(services: Services, name: str, serial: str) -> None:
    one = next((one for one in present_state(services, name).stations if one.serial == serial), None)
    if one is None:
        st.caption("Nothing has been heard of this station.")
        return
    doing = f"{one.command} {one.state}".strip() or "idle"
    st.caption(plain(f"At this moment: {one.available or one.connection or 'not known'}, {doing}. {one.error}"))
