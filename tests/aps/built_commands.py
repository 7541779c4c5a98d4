"""Strategies for Hypothesis: any command that the generator builds, with any valid arguments."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from hypothesis import strategies as st

from aps.command import ACTIONS, Colour, Command
from aps.generator import MessageGenerator
from aps.modules import BY_NAME, DRILL, FTS_SERIALS, MILL, MODULES
from aps.setup_generator import BAYS, CALIBRATIONS, PROCESSING, SENSORS
from aps.simulator.layout import PLACES
from core.clock import ManualClock
from tests.builders import START_NS

colours = st.sampled_from(Colour)
vehicles = st.sampled_from(FTS_SERIALS)
orders = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.strip)
pieces = st.integers(0, 2**56 - 1).map(lambda number: f"{number:014x}")
stations = st.sampled_from([BY_NAME[name].serial for name in ACTIONS])
targets = st.sampled_from([module.serial for module in MODULES])
places = st.sampled_from(sorted(PLACES))
calibrated = st.sampled_from([module.serial for module in MODULES if module.has_calibration])
references = st.dictionaries(
    st.text("abc.", min_size=1), st.integers(0, 999) | st.floats(-9, 9), min_size=1, max_size=3
)


def generator(seed: int = 1) -> MessageGenerator:
    return MessageGenerator(ManualClock(START_NS), Random(seed))


@st.composite
def commands(draw: st.DrawFn) -> Command:
    """Any command, with any valid arguments."""
    make, serial, colour = generator(draw(st.integers(0, 1_000))), draw(vehicles), draw(colours)
    module = draw(st.sampled_from([(name, action) for name, actions in ACTIONS.items() for action in actions]))
    known = draw(st.just("") | pieces)
    chosen: Callable[[], Command] = draw(
        st.sampled_from([
            lambda: make.production(colour),
            lambda: make.storage(colour, draw(pieces)),
            lambda: make.cloud_order(colour),
            lambda: make.cancel(draw(st.lists(orders, min_size=1, max_size=3))),
            lambda: make.reset(with_storage=draw(st.booleans())),
            make.default_layout,
            make.park,
            lambda: make.module_duration(draw(st.sampled_from([DRILL.serial, MILL.serial])), draw(st.integers(1, 60))),
            lambda: make.delete_module(draw(stations)),
            lambda: make.layout(draw(st.sets(targets, min_size=1))),
            lambda: make.flows(draw(st.dictionaries(colours, st.lists(st.sampled_from(PROCESSING), unique=True)))),
            lambda: make.config(dict.fromkeys(Colour, draw(st.integers(1, 900))), draw(st.integers(1, 10)), 10),
            lambda: make.calibration(draw(calibrated), draw(st.sampled_from(CALIBRATIONS)), "PARK",
                                     draw(references), factory=draw(st.booleans())),
            lambda: make.sampling(draw(st.sampled_from(SENSORS)), draw(st.integers(1, 3_600))),
            lambda: make.camera_stream(on=draw(st.booleans())),
            lambda: make.alarm(on=draw(st.booleans())),
            lambda: make.announce_output(draw(orders), colour),
            make.cancel_storage,
            lambda: make.store_contents({bay: (colour, draw(pieces)) for bay in draw(st.sets(st.sampled_from(BAYS)))}),
            lambda: make.camera(draw(st.sampled_from(["up", "home", "stop"]))),
            lambda: make.charge(serial, on=draw(st.booleans())),
            lambda: make.pair(serial),
            lambda: make.find_dock(serial),
            lambda: make.clear_load(serial, dropped=draw(st.booleans()), colour=colour, workpiece_id=known),
            lambda: make.clear_load(serial, dropped=True),
            lambda: make.vehicle_action(serial, draw(st.sampled_from(["stopCharging", "factsheetRequest", "reset"]))),
            lambda: make.drive(serial, draw(places), draw(targets), draw(orders), draw(st.integers(0, 9)), charge=True),
            lambda: make.drive(serial, draw(places), draw(targets), draw(orders), load=(colour, known), position="3"),
            lambda: make.module(BY_NAME[module[0]].serial, module[1], draw(orders), draw(st.integers(0, 99)),
                                colour=colour, workpiece_id=known),
            lambda: make.module_action(draw(stations), "factsheetRequest"),
            lambda: make.status_light("red"),
        ])
    )  # fmt: skip
    return chosen()
