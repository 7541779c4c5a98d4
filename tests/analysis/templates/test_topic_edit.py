"""Names of variable parts: what people call them stays with the template, and what it matches stays the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.templates.editing import Edits, with_edits
from analysis.templates.json_schema import schema_of
from analysis.templates.model import Template, TemplateSet
from analysis.templates.topic_edit import TopicEdit, renamed_alike, topic_edit_of, with_topic_edit
from analysis.templates.topic_pattern import TopicPattern
from analysis.templates.yaml_form import from_yaml, to_yaml
from core.errors import UsageError
from tests.analysis.templates.strategies import templates

NAMED = Template(TopicPattern.parse("plant/{line}/{dev}/state"), parts=(("line", ("l1",)), ("dev", ("d1", "d2"))))


@given(templates())
def test_an_edit_that_says_what_is_there_changes_nothing(template: Template) -> None:
    assert with_topic_edit(template, topic_edit_of(template)) == template
    assert with_topic_edit(template, None) == template


@given(st.lists(st.text("abc_ é1", min_size=1).filter(str.strip), min_size=2, max_size=2, unique=True))
def test_new_names_match_the_same_topics_and_survive_yaml_and_json_schema(names: list[str]) -> None:
    """Names may also change places."""
    edits = Edits(topics={NAMED.topic.filter: TopicEdit(tuple(names), "said")})
    (renamed,) = with_edits(TemplateSet((NAMED,)), edits).templates
    assert renamed.topic.filter == NAMED.topic.filter
    assert dict(renamed.parts) == {names[0]: ("l1",), names[1]: ("d1", "d2")}
    (again,) = from_yaml(to_yaml(TemplateSet((renamed,)))).templates
    assert again == renamed
    schema = json.loads(json.dumps(schema_of(again)))
    assert schema["x-topic"] == f"plant/{{{names[0]}}}/{{{names[1]}}}/state"
    assert schema["description"] == "said"


def test_what_is_called_alike_is_renamed_everywhere() -> None:
    other = Template(TopicPattern.parse("hall/{dev}"), description="A device")
    names = {"dev": "device", "line": "row"}
    edits = Edits(topics=renamed_alike([NAMED, other], names))
    found = with_edits(TemplateSet((NAMED, other)), edits).templates
    assert [str(one.topic) for one in found] == ["plant/{row}/{device}/state", "hall/{device}"]
    assert found[1].description == "A device"
    with pytest.raises(UsageError):
        renamed_alike([NAMED], {"dev": "line"})


def test_two_parts_can_swap_their_names() -> None:
    swapped = with_topic_edit(NAMED, TopicEdit(("dev", "line")))
    assert (str(swapped.topic), dict(swapped.parts)) == (
        "plant/{dev}/{line}/state",
        {"dev": ("l1",), "line": ("d1", "d2")},
    )


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("", "dev"), "needs a name"),
        (("a/b", "dev"), "cannot have '/'"),
        (("a}", "dev"), "cannot have '}'"),
        (("#", "dev"), "cannot have '#'"),
        (("same", "same"), "two variable parts of the same name"),
        (("x" * 61, "dev"), "at most 60 characters"),
    ],
)
def test_a_name_that_no_topic_can_have_is_refused(names: tuple[str, str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        with_topic_edit(NAMED, TopicEdit(names))
    assert said in str(caught.value)
