"""What was built is read as the very value that was built, and what is no command is refused by its field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.templates.model import Field
from aps.command import Command
from aps.command_check import command_templates
from aps.command_parser import parse_command
from core.errors import UsageError
from tests.aps.built_commands import commands
from tests.aps.test_generator import commands_of


@given(commands())
def test_what_is_built_is_read_as_the_value_that_was_built(command: Command):
    read = parse_command(command.topic, command.text.encode())
    assert (type(read), read) == (type(command.value), command.value)
    assert read.wire() == command.payload


@given(commands(), st.data())
def test_what_was_built_otherwise_is_read_as_something_else(command: Command, data: st.DataObject):
    """Equality of values is no empty word: each scalar of a payload that is changed makes another value, or none."""
    payload = command.payload
    path = data.draw(st.sampled_from(list(_scalars(payload))))
    changed = _changed(payload, path)
    try:
        read = parse_command(command.topic, json.dumps(changed).encode())
    except UsageError:
        return
    assert read != command.value
    assert read.wire() == changed


def _scalars(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where texts, numbers and truths are."""
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _scalars(one, (*path, key))
    else:
        yield path


def _changed(value: Any, path: tuple[Any, ...]) -> Any:
    """The same with another value of the same type there."""
    if path:
        copy = dict(value) if isinstance(value, dict) else list(value)
        copy[path[0]] = _changed(value[path[0]], path[1:])
        return copy
    return (not value) if isinstance(value, bool) else value + ("x" if isinstance(value, str) else 1)


@given(commands(), st.data())
def test_without_a_field_that_its_template_requires_nothing_is_read(command: Command, data: st.DataObject):
    """However deep it lies."""
    template = next(one for one in command_templates().templates if one.topic.matches(command.topic))
    if required := list(_required(template.payload, command.payload)):
        *place, gone = data.draw(st.sampled_from(required))
        payload = json.loads(command.text)
        holder = payload
        for key in place:
            holder = holder[key]
        del holder[gone]
        with pytest.raises(UsageError, match=f"{gone} is missing"):
            parse_command(command.topic, json.dumps(payload).encode())


def _required(field: Field, value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where members are that a template requires."""
    if isinstance(value, list) and field.items is not None:
        for number, one in enumerate(value):
            yield from _required(field.items, one, (*path, number))
    for name, member in field.members if isinstance(value, dict) else ():
        if name in value:
            if member.required:
                yield (*path, name)
            yield from _required(member, value[name], (*path, name))


@pytest.mark.real_data
def test_the_commands_of_a_real_factory_are_read_and_nothing_of_them_is_lost(real_recordings: Path):
    found = list(commands_of(real_recordings))
    values = [(parse_command(topic, payload), json.loads(payload)) for topic, payload in found]
    assert len(found) > 100
    assert [(value.wire(), said) for value, said in values if value.wire() != said] == []


@pytest.mark.parametrize(
    ("topic", "payload", "said"),
    [
        ("ccu/set/emergency", b"{}", "nobody in the factory listens to 'ccu/set/emergency'"),
        ("ccu/set/park", b"no JSON", "it is not JSON"),
        ("ccu/set/park", b"[]", "it is not a JSON object"),
        ("ccu/order/cancel", b"{}", "it should be a valid array"),
        ("ccu/order/request", b"{}", "orderType is missing"),
        ("ccu/set/charge", b'{"serialNumber": "5iO4", "charge": 1}', "charge should be a valid boolean"),
    ],
)
def test_what_is_no_command_is_refused_with_its_field(topic: str, payload: bytes, said: str):
    with pytest.raises(UsageError) as error:
        parse_command(topic, payload)
    assert str(error.value) == said
