"""JSON Schema: valid against its own meta schema, and of one opinion with our check on every payload."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from analysis.templates.checking import field_violations
from analysis.templates.json_schema import field_schema, schema_of
from analysis.templates.learning import Learner
from analysis.templates.model import Field, JsonType, Kind, Template, TemplateSet
from core.message import Message
from tests.analysis.templates.strategies import VALUES, fields, templates


@given(templates())
def test_a_schema_is_valid_2020_12(template: Template) -> None:
    Draft202012Validator.check_schema(schema_of(template))


@given(fields(), VALUES)
def test_the_schema_accepts_what_our_check_accepts(field: Field, value: Any) -> None:
    ours = not list(field_violations(field, value))
    assert Draft202012Validator(field_schema(field)).is_valid(value) == ours


@given(st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), min_size=1, max_size=5), VALUES)
def test_a_learned_schema_accepts_all_that_it_was_learned_from(payloads: list[Any], other: Any) -> None:
    """And of what it was not learned from, what our check accepts."""
    (template,) = learned([dumped(payload) for payload in payloads]).templates
    validator = Draft202012Validator(schema_of(template))
    for payload in payloads:
        assert validator.is_valid(payload)
        assert not list(field_violations(template.payload, payload))
    assert validator.is_valid(other) == (not list(field_violations(template.payload, other)))


def test_a_whole_float_is_an_integer_and_true_is_no_number() -> None:
    for kind in (JsonType.INTEGER, JsonType.NUMBER):
        field = Field(Kind.MEASUREMENT, (kind,))
        assert not list(field_violations(field, 1.0))
        assert list(field_violations(field, value=True))
    assert list(field_violations(Field(Kind.ENUMERATION, values=(1,)), value=True))


def learned(payloads: list[bytes], topic: str = "a/b") -> TemplateSet:
    learner = Learner()
    learner.begin_session("one")
    for number, payload in enumerate(payloads):
        learner.add(Message(topic, payload, 0, 0, number))
    return learner.templates()


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()
