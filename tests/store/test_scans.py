"""Passes over all messages: they find what a look at each message finds, in any stretches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from store.parts import open_session
from store.query import MessageQuery
from store.scans import Arrivals, read_arrivals, read_json_validity
from tests.analysis.sessions import START_NS, message, message_lists, session
from tests.store.test_parts import split_session

QUERIES = st.sampled_from((MessageQuery(), MessageQuery(include=("a/#",)), MessageQuery(exclude=("a",)),
                           MessageQuery(start_ns=START_NS, end_ns=START_NS + 10_000_000_000)))  # fmt: skip


@given(message_lists(), QUERIES, st.integers(1, 7))
def test_arrivals_are_those_of_the_messages(messages, query, size):
    with session(messages) as reader:
        condition = reader._condition(query)
        if condition.nothing:
            assert not list(reader.arrivals(query))
            return
        stretches = list(read_arrivals(reader._connection, reader._names, condition, size))
        found = [one for stretch in stretches for one in rows(stretch)]
        assert found == [one for stretch in reader.arrivals(query) for one in rows(stretch)]
        assert found == [(each.at_ns, each.topic, each.qos, each.retain) for each in reader.stream(query)]
        assert all(0 < len(stretch.at_ns) <= size for stretch in stretches)


def rows(stretch: Arrivals) -> list[tuple[int, str, int, int]]:
    topics = [stretch.names[topic_id] for topic_id in stretch.topic_ids]
    return list(zip(stretch.at_ns, topics, stretch.qos, stretch.retain, strict=True))


PAYLOADS = (
    b"1",
    b'{"a": [true, null]}',
    b"",
    b"{",
    b'{"a": 1} x',
    b"NaN",
    b"\xff\xfe",
    b'"text"',
    b"online",
    b"[" * 999,
)


def is_json(payload: bytes) -> bool:
    def no_constants(text: str) -> None:
        raise ValueError(text)

    try:
        json.loads(payload.decode(), parse_constant=no_constants)
    except ValueError:
        return False
    return True


@given(st.lists(st.tuples(st.sampled_from(("a", "a/b")), st.sampled_from(PAYLOADS)), max_size=20), st.integers(1, 7))
def test_payloads_that_are_json_are_told_from_others(messages, size):
    with session([message(topic, number, payload) for number, (topic, payload) in enumerate(messages)]) as reader:
        found: dict[str, list[Any]] = {}
        seen = 0
        for stretch in read_json_validity(reader._connection, reader._names, reader._condition(MessageQuery()), size):
            seen += stretch.messages
            for one in stretch.tallies:
                tally = found.setdefault(one.topic, [0, 0, None])
                tally[0] += one.valid
                tally[1] += one.invalid
                tally[2] = one.first_invalid if tally[2] is None else tally[2]
        assert seen == len(messages)
        wanted: dict[str, list[Any]] = {}
        for number, (topic, payload) in enumerate(messages, start=1):
            if payload:
                tally = wanted.setdefault(topic, [0, 0, None])
                tally[not is_json(payload)] += 1
                tally[2] = number if not is_json(payload) and tally[2] is None else tally[2]
        assert found == wanted


def test_in_several_parts_the_ids_are_those_of_the_session(tmp_path: Path) -> None:
    parts = [[message(at_s=0, payload=b"1"), message(at_s=1, payload=b"2")], [message(at_s=2, payload=b"{")]]
    with open_session(split_session(tmp_path, parts)) as reader:
        assert [len(stretch.at_ns) for stretch in reader.arrivals()] == [2, 1]
        tallies = [one for stretch in reader.json_validity() for one in stretch.tallies]
        assert [(one.valid, one.invalid, one.first_invalid) for one in tallies] == [(2, 0, None), (0, 1, 3)]
