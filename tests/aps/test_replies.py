"""What comes back to each command: the simulated factory's own messages are the answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aps.answers import Answer, Outcome
from aps.command import Colour, Command
from aps.generator import MessageGenerator
from aps.modules import CHRG, DPS, DRILL, FTS_SERIALS, HBW, MILL
from aps.replies import expected
from core.clock import ManualClock
from core.topics import matches
from tests.aps.built_commands import commands
from tests.aps.simulator.running import Running
from tests.aps.simulator.traffic import START_NS

AGV = FTS_SERIALS[0]
PIECE = "04798eca341290"
Make = Callable[[MessageGenerator], Command]


def answers(run: Running, command: Command, seconds: float) -> list[Answer]:
    """What is said to the command within this time, each thing once."""
    awaited, begun = expected(command.topic, command.text.encode()), len(run.messages) + 1
    run.send(command.topic, json.loads(command.text))
    run.run(seconds)
    heard = [one for one in run.messages[begun:] if any(matches(each, one.topic) for each in awaited.filters)]
    found = [answer for one in heard if (answer := awaited.judge(one.topic, one.payload))]
    return [after for before, after in zip([None, *found], found, strict=False) if after != before]


def outcomes(run: Running, command: Command, seconds: float) -> list[Outcome]:
    said = [one.outcome for one in answers(run, command, seconds)]
    return [after for before, after in zip([None, *said], said, strict=False) if after != before]


RUNNING, FINISHED, FAILED, REFUSED = Outcome.RUNNING, Outcome.FINISHED, Outcome.FAILED, Outcome.REFUSED

ANSWERED: list[tuple[Make, float, list[Outcome]]] = [
    (lambda make: make.production(Colour.RED), 220, [RUNNING, FINISHED]),
    (lambda make: make.cloud_order(Colour.RED), 220, [RUNNING, FINISHED]),
    (lambda make: make.storage(Colour.RED, PIECE), 100, [RUNNING, FINISHED]),
    (lambda make: make.cancel(["no such order"]), 5, []),
    (lambda make: make.reset(with_storage=False), 40, [RUNNING, FINISHED]),
    (lambda make: make.charge(AGV, on=True), 30, [RUNNING, FINISHED]),
    (lambda make: make.charge(AGV, on=False), 5, [REFUSED]),
    (lambda make: make.pair(AGV), 5, [REFUSED]),
    (lambda make: make.find_dock(AGV), 5, [REFUSED]),
    (lambda make: make.clear_load(AGV, dropped=True), 5, [FINISHED]),
    (lambda make: make.vehicle_action(AGV, "factsheetRequest"), 5, [FINISHED]),
    (lambda make: make.vehicle_action(AGV, "stopCharging"), 5, [REFUSED]),
    (lambda make: make.vehicle_action(AGV, "reset"), 5, [FINISHED]),
    (lambda make: make.drive(AGV, HBW.serial, CHRG.serial, "o", charge=True), 40, [RUNNING, FINISHED]),
    (lambda make: make.drive(AGV, DPS.serial, HBW.serial, "o"), 5, [REFUSED]),
    (lambda make: make.module(DRILL.serial, "PICK", "o", 1), 20, [RUNNING, FINISHED]),  # type: ignore[arg-type]
    (lambda make: make.module(DRILL.serial, "DROP", "o", 1), 5, [REFUSED]),  # type: ignore[arg-type]
    (lambda make: make.module_action(DRILL.serial, "factsheetRequest"), 5, [FINISHED]),
    (lambda make: make.module_action(DRILL.serial, "reset"), 5, [FINISHED]),
    (lambda make: make.store_contents({"A1": (Colour.RED, PIECE)}), 5, [FINISHED]),
    (lambda make: make.layout([HBW.serial, DPS.serial]), 5, [FINISHED]),
    (lambda make: make.default_layout(), 5, [FINISHED]),
    (lambda make: make.delete_module(MILL.serial), 5, [FINISHED]),
    (lambda make: make.flows({Colour.RED: ["MILL"]}), 5, [FINISHED]),
    (lambda make: make.config(dict.fromkeys(Colour, 60), 2, 10), 5, [FINISHED]),
    (lambda make: make.module_duration(MILL.serial, 9), 5, [FINISHED]),
    (lambda make: make.calibration(DPS.serial, "startCalibration"), 5, [FINISHED]),
    (lambda make: make.park(), 5, [RUNNING, FINISHED]),
    (lambda make: make.cancel_storage(), 30, [FINISHED]),
    (lambda make: make.status_light("red"), 5, []),
    (lambda make: make.camera("home"), 5, []),
    (lambda make: make.alarm(on=True), 5, []),
]


@pytest.mark.parametrize(("build", "seconds", "said"), ANSWERED)
def test_what_the_factory_answers_is_told_for_each_command(build: Make, seconds: float, said: list[Outcome]):
    command = build(MessageGenerator(ManualClock(START_NS), Random(1)))
    assert outcomes(Running(), command, seconds) == said


def test_an_order_without_a_piece_is_not_answered_and_a_full_store_refuses():
    run, make = Running(), MessageGenerator(ManualClock(START_NS), Random(1))
    run.send(*_sent(make.store_contents(dict.fromkeys(("A1", "A2", "A3"), (Colour.RED, PIECE)))))
    blue = make.production(Colour.BLUE)
    assert answers(run, blue, 10) == []
    assert "no free piece" in expected(blue.topic, blue.text.encode()).silence
    refused = Answer(REFUSED, "the store takes no more pieces of this colour")
    assert answers(run, make.storage(Colour.RED, "04798eca341291"), 10) == [refused]


def test_an_order_that_ends_badly_and_one_that_waits_and_is_taken_back():
    make = MessageGenerator(ManualClock(START_NS), Random(1))
    bad = answers(Running(None, "quality"), make.production(Colour.RED), 220)
    assert bad[-1].outcome is FAILED
    assert bad[-1].detail.endswith("ERROR")
    run = Running()
    for colour in ("RED", "RED", "WHITE", "WHITE"):
        run.order(colour)
    (waits,) = answers(run, make.production(Colour.BLUE), 2)
    assert waits.detail.endswith("it waits")
    order_id = next(one["orderId"] for one in run.last("ccu/order/active") if one["type"] == "BLUE")
    assert outcomes(run, make.cancel([order_id]), 2) == [FINISHED]


def test_how_far_an_order_is_is_told_again_and_again():
    make = MessageGenerator(ManualClock(START_NS), Random(1))
    said = [one.detail for one in answers(Running(), make.production(Colour.RED), 220)]
    steps = [int(found[1]) for one in said if (found := re.search(r", (\d+) of 12 steps finished$", one))]
    assert steps == list(range(1, 12))


def test_an_order_that_a_reset_ends_is_not_under_way_any_more():
    run, make = Running(), MessageGenerator(ManualClock(START_NS), Random(1))
    order = make.production(Colour.RED)
    awaited, begun = expected(order.topic, order.text.encode()), len(run.messages)
    run.send(*_sent(order))
    run.run(10)
    run.send(*_sent(make.reset(with_storage=False)))
    run.run(5)
    said = [awaited.judge(one.topic, one.payload) for one in run.messages[begun:]
            if any(matches(each, one.topic) for each in awaited.filters)]  # fmt: skip
    told = [one for one in said if one is not None]
    assert (told[0].outcome, told[-1].outcome) == (RUNNING, FAILED)
    assert told[-1].detail.endswith("has ended: the factory was reset")


def test_a_control_that_says_something_else_is_told():
    command = MessageGenerator(ManualClock(START_NS)).flows({Colour.RED: ["MILL"]})
    found = expected(command.topic, command.text.encode()).judge("ccu/state/flows", b"{}")
    assert found is not None
    assert found.outcome is FAILED


@given(commands(), st.binary(max_size=30) | st.sampled_from([b"null", b"[3]", b'{"errors": 1, "modules": 7}']))
def test_no_message_is_too_strange(command: Command, payload: bytes):
    awaited = expected(command.topic, command.text.encode())
    for topic in awaited.filters:
        awaited.judge(topic, payload)
    assert expected(command.topic, payload).silence


@pytest.mark.parametrize("serial", ["a#", "+", "", "a/b"])
def test_a_serial_number_that_is_none_makes_no_wild_subscription(serial: str):
    for topic in ("ccu/set/charge", "ccu/set/calibration", "ccu/pairing/pair_fts", f"fts/v1/ff/{serial}/order"):
        awaited = expected(topic, json.dumps({"serialNumber": serial, "charge": True}).encode())
        assert not [one for one in awaited.filters if "#" in one or "+" in one]


def _sent(command: Command) -> tuple[str, object]:
    return command.topic, command.payload
