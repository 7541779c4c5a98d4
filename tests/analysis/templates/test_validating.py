"""Validation: every message is counted once, kinds of violations and topics are bounded."""

from __future__ import annotations

import pytest

from analysis.templates import validating
from analysis.templates.model import Field, JsonType, Kind, Template, TemplateSet
from analysis.templates.topic_pattern import TopicPattern
from analysis.templates.validating import Validator, ViolationCount, validate
from tests.analysis.sessions import message, session


def templates(payload: Field, *topics: str) -> TemplateSet:
    return TemplateSet(tuple(Template(TopicPattern.parse(topic), payload=payload) for topic in topics))


NUMBERS = Field(Kind.STRUCTURE, (JsonType.ARRAY,), items=Field(Kind.MEASUREMENT, (JsonType.NUMBER,), maximum=9))


def test_a_message_counts_once_however_much_is_wrong_in_it() -> None:
    messages = [
        message("a/1", 0, b'["x", "y", 10]'),
        message("a/2", 1, b"[1]"),
        message("a/1", 2, b'["z"]'),
        message("b", 3),
    ]
    with session(messages) as reader:
        report = validate(reader, templates(NUMBERS, "a/{n}"))
    assert (report.checked, report.accepted, report.rejected, report.unknown) == (3, 1, 2, 1)
    assert report.unknown_topics == (("b", 1),)
    assert report.violations == (
        ViolationCount("a/1", "$[*]", "is string, not number", 2, 1),
        ViolationCount("a/1", "$[*]", "10 is more than 9", 1, 1),
    )


def test_the_pattern_that_is_literal_for_longest_wins() -> None:
    anything, nothing = Field(), Field(Kind.ENUMERATION)
    literal = Template(TopicPattern.parse("a/b"), payload=anything)
    wide = Template(TopicPattern.parse("{x}/b"), payload=nothing)
    wider = Template(TopicPattern.parse("a/{x}"), payload=anything)
    validator = Validator(TemplateSet((wide, wider, literal)))
    for number, topic in enumerate(["a/b", "a/c", "c/b"]):
        validator.add(number, topic, b"1")
    assert [one.topic for one in validator.report().violations] == ["c/b"]


def test_what_strangers_send_is_counted_in_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validating, "MOST_KINDS", 5)
    validator = Validator(templates(Field(Kind.ENUMERATION, values=("x",)), "a/{n}"))
    for number in range(20):
        validator.add(number, f"a/{number}", b'"%d"' % number)
        validator.add(number, f"b/{number}", b"1")
    report = validator.report()
    assert (report.rejected, len(report.violations), len(report.unknown_topics)) == (20, 5, 5)
    assert report.more == 30
