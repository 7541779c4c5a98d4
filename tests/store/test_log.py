"""One line of the log and one message."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from core.message import FROM_DUMP, LIVE_RETAINED, Message, Properties
from store.events import Event
from store.log import LineEncoder, LineParser, encode_event, encode_metadata, parse_event
from store.metadata import SessionMetadata
from store.timestamps import TimestampParser
from tests.builders import any_event, any_messages, any_metadata, message


@given(any_messages)
def test_any_message_reads_back_exactly(found: list[Message]) -> None:
    lines = LineEncoder().encode(found).splitlines(keepends=True)
    assert [LineParser().parse(line) for line in lines] == found


@given(any_messages)
def test_a_line_is_one_line_for_every_way_of_splitting_text(found: list[Message]) -> None:
    text = LineEncoder().encode(found).decode("utf-8")
    assert len(text.splitlines()) == len(found)
    assert all(isinstance(json.loads(line)["payload"], str) for line in text.splitlines())


def test_the_line_is_the_one_of_the_contract() -> None:
    line = LineEncoder().encode([message()])
    assert line == (
        b'{"timestamp":"2025-08-26T16:38:54.183763+00:00","topic":"ccu/order/request",'
        b'"payload":"{\\"type\\":\\"WHITE\\"}","qos":1,"retain":false}\n'
    )


def test_what_is_seldom_comes_after_the_five_keys_in_a_fixed_order() -> None:
    full = message(payload=b"\xff", retain=FROM_DUMP, properties=Properties(content_type="x"))
    found = json.loads(LineEncoder().encode([full]))
    assert list(found) == ["timestamp", "topic", "payload", "qos", "retain", "encoding", "properties", "from_dump"]
    assert (found["payload"], found["encoding"], found["retain"], found["from_dump"]) == ("/w==", "base64", True, True)


def test_text_that_is_not_ascii_stays_readable() -> None:
    assert "Größe 😀".encode() in LineEncoder().encode([message(payload="Größe 😀".encode())])


@given(any_event)
def test_any_event_reads_back_and_has_no_topic(found: Event) -> None:
    record = json.loads(encode_event(found))
    assert "topic" not in record
    assert parse_event(record, TimestampParser()) == found


@given(any_metadata)
def test_any_metadata_reads_back_and_has_no_topic(found: SessionMetadata) -> None:
    record = json.loads(encode_metadata(found))
    assert "topic" not in record
    assert SessionMetadata.from_json(record, "here") == found


def test_missing_flags_are_zero_and_false_and_counted_once_for_each_message() -> None:
    parser = LineParser()
    lines = [
        b'{"topic":"a","payload":"x","timestamp":"2025-01-01T00:00:00Z"}',
        b'{"topic":"a","payload":"x","timestamp":"2025-01-01T00:00:00Z","qos":1}',
        b'{"topic":"a","payload":"x","timestamp":"2025-01-01T00:00:00Z","qos":2,"retain":true,"other":[]}',
    ]
    found = [parser.parse(line) for line in lines]
    assert [(one.qos, one.retain) for one in found if isinstance(one, Message)] == [(0, 0), (1, 0), (2, LIVE_RETAINED)]
    assert parser.without_flags == 2


def test_a_naive_time_takes_the_zone() -> None:
    parser = LineParser(ZoneInfo("Europe/Berlin"))
    found = parser.parse(b'{"topic":"a","payload":"","timestamp":"1970-01-01T01:00:00","qos":0,"retain":false}')
    assert isinstance(found, Message)
    assert found.at_ns == 0


def test_a_payload_that_is_a_json_value_becomes_its_text() -> None:
    parser = LineParser()
    found = parser.parse('{"topic":"a","payload":{"b": ["ü"]},"timestamp":"1970-01-01T00:00:00Z"}'.encode())
    assert isinstance(found, Message)
    assert found.payload == '{"b":["ü"]}'.encode()
    assert parser.not_text == 1


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"[]",
        b'{"topic":"a","payload":"x"}',
        b'{"topic":"a/#","payload":"x","timestamp":"2025-01-01T00:00:00Z"}',
        b'{"topic":"\\ud800","payload":"x","timestamp":"2025-01-01T00:00:00Z"}',
        b'{"topic":5,"payload":"x","timestamp":"2025-01-01T00:00:00Z"}',
        b'{"topic":"a","timestamp":"2025-01-01T00:00:00Z"}',
        b'{"topic":"a","payload":"x","timestamp":"2025-01-01T00:00:00Z","qos":3}',
        b'{"topic":"a","payload":"x","timestamp":"2025-01-01T00:00:00Z","qos":1,"retain":"yes"}',
        b'{"topic":"a","payload":"??","encoding":"base64","timestamp":"2025-01-01T00:00:00Z"}',
        b'{"topic":"a","payload":"x","timestamp":"2025-01-01T00:00:00Z","properties":{"content_type":5}}',
        b"\xff\xfe",
    ],
)
def test_a_bad_line_is_refused_with_a_reason(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        LineParser().parse(line)
