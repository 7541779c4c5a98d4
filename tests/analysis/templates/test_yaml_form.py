"""YAML: what is written is read back, what people get wrong is said with its place."""

from __future__ import annotations

import pytest
from hypothesis import given

from analysis.templates.model import Kind, TemplateSet
from analysis.templates.yaml_form import from_yaml, to_yaml
from core.errors import UsageError
from tests.analysis.templates.strategies import template_sets


@given(template_sets())
def test_what_is_written_is_read_back(templates: TemplateSet) -> None:
    text = to_yaml(templates)
    again = from_yaml(text)
    assert again == templates
    assert to_yaml(again) == text


def test_words_that_other_readers_take_for_something_else_stay_words() -> None:
    """Written by hand, `ON`, `no` and a date are values of an enumeration, not booleans and dates."""
    (template,) = from_yaml(
        "templates:\n- topic: a/{id}\n  payload: {kind: enumeration, values: [ON, no, 2026-01-01, 1:30, 7, true]}\n"
    ).templates
    assert template.payload.kind is Kind.ENUMERATION
    assert template.payload.values == ("ON", "no", "2026-01-01", "1:30", 7, True)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("templates: [{topic: a, payload: {kind: enum}}]", "templates.templates[0].payload.kind must be one of"),
        ("templates: [{topic: a, payload: {requird: true}}]", "'requird' is not understood here"),
        ("templates: [{topic: a/#}]", "templates.templates[0]: 'a/#' is not a topic name"),
        ("templates: [{topic: '{x}/{x}'}]", "two variable parts of the same name"),
        ("templates: [{topic: a}, {topic: a}]", "two templates for 'a'"),
        ("templates: [{payload: {}}]", "'topic' is missing"),
        ("templates: [{topic: a, payload: {minimum: low}}]", "payload.minimum must be a number, not 'low'"),
        ("templates: [{topic: a, payload: {fields: [x]}}]", "payload.fields must be names with values"),
        ("templates: 3", "templates.templates must be a list, not 3"),
        ("version: 99", "Update it"),
        ("a: &x [1]\nb: *x", "must not use YAML aliases"),
        ("a: [", "no YAML, line 2"),
        ("!!python/object/apply:os.system [ls]", "no YAML"),
        ("[" * 5000, "no YAML"),
        ("- 1", "templates must be names with values"),
        ("{" * 300 + "}" * 300, "YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, place: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_yaml(text)
    assert place in str(caught.value)
