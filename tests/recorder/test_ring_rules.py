"""Rules of the ring: when a payload or a silence means that something has happened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.message import NS_PER_SECOND
from recorder.ring_rules import MAX_TOPICS, Hit, Operator, RingRule, Watch
from tests.builders import START_NS, message


def at(seconds: float) -> int:
    return START_NS + round(seconds * NS_PER_SECOND)


def rule(operator: Operator, value: str, field: str = "", topic_filter: str = "#") -> RingRule:
    return RingRule("broken", topic_filter, operator, value, field)


@pytest.mark.parametrize(
    ("operator", "value", "field", "payload", "holds"),
    [
        (Operator.EQUALS, "FAILED", "state", b'{"state":"FAILED"}', True),
        (Operator.EQUALS, "FAILED", "state", b'{"state":"RUNNING"}', False),
        (Operator.EQUALS, "FAILED", "state", b'{"other":"FAILED"}', False),
        (Operator.EQUALS, "FAILED", "a.b.1", b'{"a":{"b":[0,"FAILED"]}}', True),
        (Operator.EQUALS, "FAILED", "a.b.2", b'{"a":{"b":[0,"FAILED"]}}', False),
        (Operator.EQUALS, "true", "x", b'{"x":true}', True),
        (Operator.EQUALS, "null", "x", b'{"x":null}', True),
        (Operator.EQUALS, "3", "x", b'{"x":3}', True),
        (Operator.EQUALS, "ON", "", b"ON", True),
        (Operator.EQUALS, "", "", b"", True),
        (Operator.DIFFERS, "ok", "state", b'{"state":"bad"}', True),
        (Operator.DIFFERS, "ok", "state", b'{"state":"ok"}', False),
        (Operator.DIFFERS, "ok", "state", b"{}", False),
        (Operator.CONTAINS, "rror", "", b'{"text":"an error"}', True),
        (Operator.CONTAINS, "rror", "text", b'{"text":"fine"}', False),
        (Operator.ABOVE, "30", "t", b'{"t":30.5}', True),
        (Operator.ABOVE, "30", "t", b'{"t":30}', False),
        (Operator.ABOVE, "30", "t", b'{"t":"31"}', True),
        (Operator.ABOVE, "30", "t", b'{"t":true}', False),
        (Operator.ABOVE, "30", "t", b'{"t":"hot"}', False),
        (Operator.BELOW, "30", "", b"29", True),
        (Operator.BELOW, "30", "", b"nan", False),
        (Operator.EQUALS, "x", "state", b"\xff\xfe", False),
        (Operator.CONTAINS, "x", "", b"\xffx", False),
    ],
)
def test_a_condition_on_a_payload(operator: Operator, value: str, field: str, payload: bytes, *, holds: bool) -> None:
    assert rule(operator, value, field).holds_for(payload) is holds


@given(payload=st.binary(), field=st.text(max_size=5), operator=st.sampled_from(Operator))
def test_no_payload_and_no_field_makes_it_fail(payload: bytes, field: str, operator: Operator) -> None:
    rule(operator, "1", "" if operator is Operator.SILENT else field).holds_for(payload)


def test_deeply_nested_json_is_no_match() -> None:
    assert not rule(Operator.EQUALS, "x", "a").holds_for(b"[" * 100_000)


@pytest.mark.parametrize(
    ("operator", "value", "field", "topic_filter", "reason"),
    [
        (Operator.EQUALS, "x", "", "a/#/b", "broken"),
        (Operator.ABOVE, "hot", "", "#", "must be a number"),
        (Operator.BELOW, "nan", "", "#", "must be a number"),
        (Operator.SILENT, "0", "", "#", "seconds above 0"),
        (Operator.SILENT, "30", "state", "#", "has no field"),
    ],
)
def test_a_rule_that_can_never_hold_is_refused(
    operator: Operator, value: str, field: str, topic_filter: str, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        rule(operator, value, field, topic_filter)


def test_it_comes_true_once_until_it_was_false_again_on_that_topic() -> None:
    watch = Watch(rule(Operator.EQUALS, "bad"))
    assert watch.feed([message("a", b"ok"), message("a", b"bad", offset_s=1)]) == Hit(at(1), "broken: a")
    assert watch.feed([message("a", b"bad")]) is None
    assert watch.feed([message("b", b"bad")]) == Hit(at(0), "broken: b")
    assert watch.feed([message("a", b"ok")]) is None
    assert watch.feed([message("a", b"bad"), message("b", b"bad")]) == Hit(at(0), "broken: a")


def test_only_topics_of_its_filter_count() -> None:
    watch = Watch(rule(Operator.EQUALS, "bad", topic_filter="module/+/state"))
    assert watch.feed([message("module/a/order", b"bad"), message("elsewhere", b"bad")]) is None
    assert watch.feed([message("module/a/state", b"bad")]) == Hit(at(0), "broken: module/a/state")


def test_silence_is_told_once_and_again_after_the_topic_was_heard() -> None:
    watch = Watch(rule(Operator.SILENT, "10", topic_filter="a"))
    assert watch.silent(at(100)) is None, "never heard is not silent"
    watch.feed([message("a", offset_s=0), message("b", offset_s=0)])
    assert watch.silent(at(9.9)) is None
    assert watch.silent(at(10)) == Hit(at(10), "broken: a has been silent for 10 s")
    assert watch.silent(at(50)) is None
    watch.feed([message("a", offset_s=60)])
    assert watch.silent(at(69)) is None
    assert watch.silent(at(70)) is not None


def test_nobody_is_silent_while_nobody_can_be_heard() -> None:
    watch = Watch(rule(Operator.SILENT, "10"))
    watch.feed([message("a", offset_s=0)])
    watch.forgive(at(60))
    assert watch.silent(at(69)) is None
    assert watch.silent(at(70)) is not None


def test_the_number_of_watched_topics_is_bounded() -> None:
    watch = Watch(rule(Operator.EQUALS, "bad"))
    watch.feed([message(f"t/{number}", b"ok") for number in range(MAX_TOPICS)])
    assert watch.feed([message("one/too/many", b"bad")]) is None
    assert watch.feed([message("t/7", b"bad")]) == Hit(at(0), "broken: t/7")
