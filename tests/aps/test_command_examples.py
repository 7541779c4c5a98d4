"""The starting points are valid commands."""

from __future__ import annotations

from random import Random

from aps.command_check import check_command, command_templates, is_command
from aps.command_examples import command_examples
from aps.generator import MessageGenerator
from core.clock import ManualClock
from tests.analysis.sessions import START_NS


def test_each_shipped_template_has_a_starting_point_that_is_accepted() -> None:
    found = [make() for make in command_examples(MessageGenerator(ManualClock(START_NS), Random(1))).values()]
    assert [check_command(one.topic, one.text.encode()) for one in found] == [()] * len(found)
    for template in command_templates().templates:
        assert any(template.topic.matches(one.topic) for one in found), str(template.topic)


def test_what_no_template_fits_is_no_command() -> None:
    assert is_command("ccu/order/request")
    assert not is_command("ccu/order/active")
    assert not is_command("a/#")
