"""Templates that appear, vanish or change between two sessions are told, and no others."""

from __future__ import annotations

import json

import pytest

from analysis.template_compare import FieldChange, TemplateChange, TemplatePair, template_pairs
from analysis.templates.learning import learn
from analysis.templates.model import Field, JsonType, Kind, Template, TemplateSet
from analysis.templates.topic_pattern import TopicPattern
from core.message import Message
from tests.analysis.sessions import message, session


def messages(topic: str, **fields: object) -> list[Message]:
    """`fields`: their values; a list is gone through in turn."""
    return [
        message(topic, place, json.dumps({name: one[place % len(one)] if isinstance(one, list) else one
                                          for name, one in fields.items()}).encode())
        for place in range(40)
    ]  # fmt: skip


def pairs(left: list[Message], right: list[Message]) -> tuple[TemplatePair, ...]:
    with session(left) as one, session(right) as other:
        return template_pairs(learn([one]), learn([other]))


def test_the_same_messages_have_the_same_templates():
    assert pairs(messages("a/state", state=["ON", "OFF"], n=1), messages("a/state", state=["ON", "OFF"], n=1)) == ()


def test_a_template_appears_and_another_one_vanishes():
    found = pairs([*messages("a/x", n=1), *messages("old/x", n=1)], [*messages("a/x", n=1), *messages("new/x", n=1)])
    assert found == (TemplatePair("new/x", TemplateChange.APPEARED), TemplatePair("old/x", TemplateChange.VANISHED))


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ({"n": 1}, {"n": "1"}, ("$.n", "type: number before, string now")),
        ({"n": 1}, {"n": 1, "more": {"deep": 2}}, ("$.more", "appeared")),
        ({"n": 1, "gone": [1, 2]}, {"n": 1}, ("$.gone", "vanished")),
    ],
)
def test_what_is_different_in_a_field_is_told(before: dict[str, object], after: dict[str, object],
                                              change: tuple[str, str]):  # fmt: skip
    (found,) = pairs(messages("a/state", **before), messages("a/state", **after))
    assert (found.topic, found.change, found.fields[0]) == ("a/state", TemplateChange.CHANGED, FieldChange(*change))


def test_other_words_are_told():
    one, other = (
        Template(TopicPattern.parse("a/x"), payload=Field(Kind.ENUMERATION, (JsonType.STRING,), values=words))
        for words in (("ON", "OFF"), ("ON", "BROKEN"))
    )
    (found,) = template_pairs(TemplateSet((one,)), TemplateSet((other,)))
    assert [change.what for change in found.fields] == ["new: 'BROKEN'", "no longer: 'OFF'"]


def test_a_field_that_is_null_for_now_has_not_changed():
    assert pairs(messages("a/x", n=None), messages("a/x", n=3)) == ()


def test_one_station_and_several_are_the_same_template():
    several = [one for serial in ("S-1", "S-2", "S-3") for one in messages(f"m/{serial}/state", serialNumber=serial)]
    assert pairs(messages("m/S-1/state", serialNumber="S-1"), several) == ()
