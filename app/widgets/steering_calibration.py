"""Calibration of a station: its commands, with their positions and values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from app.services import Services
from app.state import Key
from app.widgets.steering_draft import prepare
from aps.command import Command
from aps.generator import MessageGenerator
from aps.modules import BY_NAME, MODULES
from aps.setup_generator import AT_A_POSITION, CALIBRATIONS, WITH_VALUES, Calibration
from core.errors import UsageError

STATIONS: Final = [one.name for one in MODULES if one.has_calibration]
WORDS: Final[dict[Calibration, str]] = {
    "startCalibration": "Begin",
    "stopCalibration": "End",
    "setCalibrationValues": "Set values",
    "storeCalibrationValues": "Store values",
    "selectCalibrationPosition": "Go to a position",
    "testCalibrationPosition": "Test a position",
    "resetCalibration": "Reset",
}


def calibration(services: Services) -> None:
    """Draws the form."""
    name = st.segmented_control("Station", STATIONS, default=STATIONS[0], required=True,
                                key=f"{Key.STEERING_CALIBRATION}-station")  # fmt: skip
    what = st.segmented_control("Command", CALIBRATIONS, default=CALIBRATIONS[0], required=True,
                                format_func=lambda one: WORDS[one], key=f"{Key.STEERING_CALIBRATION}-what")  # fmt: skip
    build = _form(services.steering.generator, BY_NAME[name or STATIONS[0]].serial, what)
    st.button("Prepare the command", key=Key.STEERING_PREPARE, icon=":material/edit_note:", on_click=prepare,
              args=(build,))  # fmt: skip
    st.caption("A station that is being calibrated is moved by hand: look that nobody stands in its way.")


def _form(make: MessageGenerator, serial: str, what: Calibration) -> Callable[[], Command]:
    position, lines, factory = "", "", False
    if what in AT_A_POSITION:
        position = st.text_input("Position", key=f"{Key.STEERING_CALIBRATION}-position", placeholder="PARK", width=220)
    if what in WITH_VALUES:
        lines = st.text_area("Values, one on each line: key = number", height=100, placeholder="SOME.KEY = 512",
                             key=f"{Key.STEERING_CALIBRATION}-values")  # fmt: skip
    if what == "resetCalibration":
        factory = st.toggle("To the values of delivery", key=f"{Key.STEERING_CALIBRATION}-factory")
    return lambda: make.calibration(serial, what, position.strip(), values(lines), factory=factory)


def values(text: str) -> dict[str, float]:
    """`key = number` on each line. Raises UsageError."""
    found: dict[str, float] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        key, _, number = (part.strip() for part in line.rpartition("="))
        try:
            found[key] = int(number) if number.lstrip("-").isdecimal() else float(number)
        except ValueError:
            key = ""
        if not key or not -1e12 < found[key] < 1e12:
            raise UsageError(f"'{line}' is no value: write key = number, such as SOME.KEY = 512.")
    return found
