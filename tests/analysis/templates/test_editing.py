"""Editing: what people change holds from then on, and what contradicts itself is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.templates.checking import field_violations
from analysis.templates.editing import Edits, FieldEdit, edit_of, edited, parsed_values, with_edits, written_values
from analysis.templates.fields import fields_of, with_field, written
from analysis.templates.model import Field, JsonType, Kind, Scalar, TemplateSet
from core.errors import UsageError
from tests.analysis.templates.strategies import SCALARS, fields
from tests.analysis.templates.test_json_schema import dumped, learned


@given(fields(2))
def test_every_field_can_be_reached_by_its_path(root: Field) -> None:
    for path, field in fields_of(root):
        marked = with_field(root, path, Field(description="here"))
        assert dict(fields_of(marked))[path].description == "here"
        assert with_field(marked, path, field) == root


@given(st.lists(SCALARS), st.sets(st.sampled_from(JsonType)))
def test_values_are_read_as_they_were_written(values: list[Scalar], types: set[JsonType]) -> None:
    """Those that the field may have at all."""
    allowed = Field(types=tuple(types))
    fitting = {json.dumps(value): value for value in values if not any(field_violations(allowed, value))}
    again = parsed_values(written_values(fitting.values(), types).split("\n"), types)
    assert [json.dumps(value) for value in again] == list(fitting)


def test_an_edit_holds_for_the_field_at_its_path_only() -> None:
    found = learned([dumped({"mode": "auto", "items": [{"mode": "x"}]}) for _ in range(3)])
    edits = {("a/b", "$.items[*].mode"): FieldEdit(Kind.ENUMERATION, required=True, values=("x", "y"), description="m")}
    (template,) = with_edits(found, Edits(edits)).templates
    said = [
        (one.path, one.reason)
        for one in field_violations(template.payload, {"mode": "z", "items": [{}, {"mode": "z"}]})
    ]
    assert said == [("$.items[*].mode", "is missing"), ("$.items[*].mode", "'z' is none of x, y")]
    assert {written(path): field for path, field in fields_of(template.payload)}["$.mode"].kind is Kind.TEXT
    assert with_edits(found, Edits({("gone", "$"): edits["a/b", "$.items[*].mode"]})) == found


@given(fields(0))
def test_an_edit_that_says_what_is_there_changes_nothing_but_what_never_held(field: Field) -> None:
    try:
        again = edited(field, edit_of(field))
    except UsageError:
        assert field.kind is Kind.ENUMERATION or (field.minimum or 0) > (field.maximum or 0)
    else:
        assert again == field or (field.iso_time and field.kind is not Kind.TIMESTAMP)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (FieldEdit(Kind.ENUMERATION, required=False), "at least one value"),
        (FieldEdit(Kind.MEASUREMENT, required=False, minimum=3, maximum=2), "(3) is larger than the largest (2)"),
        (FieldEdit(Kind.ENUMERATION, required=False, values=("x",)), '"x" does not fit'),
    ],
)
def test_what_contradicts_itself_is_refused(edit: FieldEdit, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        edited(Field(Kind.MEASUREMENT, (JsonType.NUMBER,)), edit)
    assert said in str(caught.value)


def test_no_template_is_no_problem() -> None:
    assert with_edits(TemplateSet(), Edits()) == TemplateSet()
