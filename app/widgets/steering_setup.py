"""How the factory is set up: layout, ways of the colours, settings, durations, contents of the store, sensors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import streamlit as st

from app.services import Services
from app.state import Key
from app.widgets.steering_draft import prepare
from aps.command import WORKPIECE, Colour, Command
from aps.factory_state import FactoryState
from aps.generator import MessageGenerator
from aps.modules import BY_NAME, CHRG, DRILL, MILL, MODULES
from aps.setup_generator import PROCESSING, SENSORS, delivered_flows

Build = Callable[[], Command]
ACTIVE: Final = [one.name for one in MODULES if one is not CHRG]
EMPTY: Final = "empty"


def setup_commands(services: Services, state: FactoryState) -> None:
    """Draws the choice of a command, its fields, and the button."""
    make = services.steering.generator
    chosen = st.selectbox("What to set", list(FORMS), key=Key.STEERING_SETUP, persist_state="session", width=340)
    build = FORMS[chosen or next(iter(FORMS))](make, state)
    st.button("Prepare the command", key=Key.STEERING_PREPARE, icon=":material/edit_note:", on_click=prepare,
              args=(build,))  # fmt: skip


def _key(name: str) -> str:
    return f"{Key.STEERING_SETUP}-{name}"


def _layout(make: MessageGenerator, state: FactoryState) -> Build:
    said = [one.name for one in MODULES if one.serial in state.plan.stations]
    names = st.pills("Stations that are there", [one.name for one in MODULES], selection_mode="multi", default=said,
                     key=_key(f"layout-{' '.join(said)}"))  # fmt: skip
    st.caption(
        "The layout as delivered, without the roads to stations that are not there. It can be edited before it is sent."
    )
    return partial(make.layout, [BY_NAME[name].serial for name in names])


def _delete(make: MessageGenerator, _state: FactoryState) -> Build:
    name = st.segmented_control("Station", ACTIVE, default=ACTIVE[0], required=True, key=_key("delete"))
    return partial(make.delete_module, BY_NAME[name or ACTIVE[0]].serial)


def _flows(make: MessageGenerator, _state: FactoryState) -> Build:
    ways = {
        colour: st.multiselect(
            f"{colour} passes, in this order", PROCESSING, default=stations, key=_key(f"flow-{colour}")
        )
        for colour, stations in delivered_flows().items()
    }
    return partial(make.flows, ways)


def _config(make: MessageGenerator, _state: FactoryState) -> Build:
    with st.container(horizontal=True):
        usual = {Colour.WHITE: 580, Colour.RED: 560, Colour.BLUE: 550}
        durations = {
            colour: _number(f"{colour}, seconds", 1, 86_400, seconds, f"time-{colour}")
            for colour, seconds in usual.items()
        }
        parallel = _number("Orders at a time", 1, 10, 4, "parallel")
        charge = _number("Charge below, %", 0, 100, 10, "charge")
    st.caption("How long a production of each colour is expected to take, from its order to its delivery.")
    return partial(make.config, durations, parallel, charge)


def _duration(make: MessageGenerator, _state: FactoryState) -> Build:
    with st.container(horizontal=True):
        name = st.segmented_control("Station", [DRILL.name, MILL.name], default=DRILL.name, required=True,
                                    key=_key("processing"))  # fmt: skip
        seconds = _number("Seconds", 1, 3_600, 5, "seconds")
    return partial(make.module_duration, BY_NAME[name or DRILL.name].serial, seconds)


def _store(make: MessageGenerator, state: FactoryState) -> Build:
    pieces: dict[str, tuple[Colour, str]] = {}
    for row in "ABC":
        with st.container(horizontal=True):
            for bay in (f"{row}{column}" for column in "123"):
                there = (state.stock or {}).get(bay)
                known = there.colour if there is not None and there.colour in set(Colour) else EMPTY
                options = [EMPTY, *(one.value for one in Colour)]
                found = st.selectbox(
                    bay, options, index=options.index(known), key=_key(f"bay-{bay}-{known}"), width=130
                )
                if found != EMPTY:
                    same = there is not None and found == known and WORKPIECE.fullmatch(there.id)
                    pieces[bay] = (Colour(found), there.id if there is not None and same else "")
    st.caption("What the store is told that it holds; nothing moves. A new piece has no number unless you write it "
               "into the command.")  # fmt: skip
    return partial(make.store_contents, pieces)


def _sampling(make: MessageGenerator, _state: FactoryState) -> Build:
    with st.container(horizontal=True):
        sensor = st.segmented_control("Sensor", SENSORS, default=SENSORS[0], required=True, key=_key("sensor"))
        period = _number("Every so many seconds", 1, 3_600, 60, "period")
    return partial(make.sampling, sensor or SENSORS[0], period)


def _camera(make: MessageGenerator, _state: FactoryState) -> Build:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        on = st.toggle("The camera sends pictures", value=True, key=_key("camera"))
        pictures = _number("Pictures a second", 1, 30, 2, "pictures")
    return partial(make.camera_stream, on=on, pictures=pictures)


def _turn(make: MessageGenerator, _state: FactoryState) -> Build:
    moves = ["home", "up", "down", "left", "right", "stop"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        move = st.segmented_control("Move", moves, default=moves[0], required=True, key=_key("move"))
        degrees = _number("Degrees", 1, 180, 10, "degrees")
    return partial(make.camera, move or moves[0], degrees)


def _light(make: MessageGenerator, _state: FactoryState) -> Build:
    lights = ["green", "yellow", "red"]
    light = st.segmented_control("Light", lights, default=lights[0], required=True, key=_key("light"))
    return partial(make.status_light, "red" if light == "red" else "yellow" if light == "yellow" else "green")


def _alarm(make: MessageGenerator, _state: FactoryState) -> Build:
    return partial(make.alarm, on=st.toggle("The sensor station sounds its alarm", value=True, key=_key("alarm")))


def _number(label: str, least: int, most: int, value: int, name: str) -> int:
    return int(st.number_input(label, least, most, value, key=_key(name), width=150))


FORMS: Final[dict[str, Callable[[MessageGenerator, FactoryState], Build]]] = {
    "Layout": _layout,
    "A station that is taken out of the layout": _delete,
    "Ways of the colours": _flows,
    "Settings of the central control": _config,
    "Duration of drilling and milling": _duration,
    "Contents of the store": _store,
    "How often a sensor speaks": _sampling,
    "Camera on or off": _camera,
    "Where the camera looks": _turn,
    "Light of the goods station": _light,
    "Alarm of the sensor station": _alarm,
}
"""By what people call it."""
