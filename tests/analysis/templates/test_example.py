"""An example is accepted by the template that it was made from, whatever that was learned from."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from analysis.templates.checking import violations
from analysis.templates.example import Present, example
from analysis.templates.learning import Learner
from analysis.templates.model import Field, JsonType, Kind, Template, TemplateSet
from analysis.templates.topic_pattern import TopicPattern
from core.message import NS_PER_SECOND, Message
from core.payload import PayloadKind
from tests.analysis.sessions import START_NS
from tests.analysis.templates.strategies import VALUES

PRESENT = Present("2026-11-21T07:15:03.000Z", lambda: "new-id")


def learned(payloads: list[bytes]) -> TemplateSet:
    learner = Learner()
    learner.begin_session("one")
    for number, payload in enumerate(payloads):
        learner.add(Message("a/b", payload, 0, 0, START_NS + number * NS_PER_SECOND))
    return learner.templates()


@given(st.lists(VALUES.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=4), min_size=1, max_size=8))
def test_an_example_is_accepted_by_its_template(payloads: list[bytes]) -> None:
    for template in learned(payloads).templates:
        found = example(template, PRESENT)
        if found is None:
            assert template.payloads == (PayloadKind.BINARY,)
            continue
        topic, payload = found
        assert template.topic.matches(topic)
        assert list(violations(template, payload)) == []


def field(**members: Any) -> Field:
    return Field(Kind.STRUCTURE, (JsonType.OBJECT,), members=tuple(sorted(members.items())))


def test_it_has_the_present_time_new_ids_and_what_the_topic_says() -> None:
    text = (JsonType.STRING,)
    payload = field(
        at=Field(Kind.TIMESTAMP, text, required=True, iso_time=True, examples=("2020-01-01T00:00:00Z",)),
        colour=Field(Kind.ENUMERATION, text, required=True, values=("RED", "BLUE")),
        id=Field(Kind.IDENTIFIER, text, required=True),
        left_out=Field(Kind.TEXT, text),
        minutes=Field(Kind.MEASUREMENT, (JsonType.INTEGER,), required=True, minimum=5, maximum=9, examples=(2,)),
        serial=Field(Kind.IDENTIFIER, text, required=True, examples=("other",)),
    )
    template = Template(TopicPattern.parse("module/{serial}/{what}"), payload=payload, parts=(("serial", ("S1",)),))
    topic, said = example(template, PRESENT) or ("", b"")
    assert topic == "module/S1/what"
    assert json.loads(said) == {
        "at": PRESENT.time, "colour": "RED", "id": "new-id", "minutes": 5, "serial": "S1",
    }  # fmt: skip
