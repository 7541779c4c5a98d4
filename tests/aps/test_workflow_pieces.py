"""The number of a piece goes into the commands that speak of it, and nothing else changes."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from aps.command import Action, Colour
from aps.command_check import check_command
from aps.generator import MessageGenerator
from aps.modules import DRILL, HBW
from aps.sequences import ROUTES, transport_sequence
from aps.workflow_pieces import given_out, naming
from aps.workflow_values import Step, StepState
from core.clock import ManualClock
from tests.aps.built_commands import commands
from tests.builders import START_NS

PIECE = "04798eca341290"
OTHER = "04aaaaaaaaaaaa"


def steps(route: str, workpiece_id: str = "") -> list[Step]:
    make = MessageGenerator(ManualClock(START_NS), Random(1))
    load = (Colour.RED, workpiece_id)
    made = transport_sequence(make, "5iO4", ROUTES[route], "o", standing_at=HBW.serial, load=load)
    return [Step(one.title, one.topic, one.text) for one in made]


def test_all_that_speak_of_the_piece_name_it_but_for_the_process():
    named = [naming(one, PIECE) for one in steps("RED-production")]
    without = [one.title for one in named if PIECE not in one.payload]
    assert without == ["MILL: MILL"]
    assert all(check_command(one.topic, one.payload.encode()) == () for one in named)


@given(commands())
def test_whatever_the_command_is_it_stays_a_valid_one_and_a_named_piece_is_kept(command):
    step = naming(Step(command.title, command.topic, command.text), PIECE)
    assert check_command(step.topic, step.payload.encode()) == ()
    assert naming(step, OTHER) == step


@given(st.text(max_size=20), st.sampled_from(["fts/v1/ff/a/order", "module/v1/ff/a/order", "x"]))
def test_what_people_have_typed_instead_stays_as_it_is(text, topic):
    step = Step("x", topic, text)
    assert naming(step, PIECE) == step


def test_only_what_the_store_gives_out_is_known_by_its_answer():
    store = MessageGenerator(ManualClock(START_NS)).module(HBW.serial, Action.DROP, "o", 1)
    step = Step(store.title, store.topic, store.text, StepState.FINISHED, PIECE)
    assert given_out(step) == PIECE
    assert given_out(replace(step, detail="PASSED")) == ""
    assert given_out(replace(step, state=StepState.RUNNING)) == ""
    assert given_out(replace(step, topic=f"module/v1/ff/{DRILL.serial}/order")) == ""
    assert given_out(replace(step, payload=json.dumps({"action": 3}))) == ""
