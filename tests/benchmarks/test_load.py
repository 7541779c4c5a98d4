"""The load and the counting subscriber agree with each other, byte for byte."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import generator, wire
from benchmarks.contenders import CONTENDERS
from benchmarks.load import REAL, SIZES, load
from benchmarks.plan import MOST, QUICK, STANDARD, Plan, messages_for
from benchmarks.subscribers.counting import Counter


@pytest.mark.parametrize("name", SIZES)
def test_made_payloads_are_json_of_exactly_their_size(name: str) -> None:
    for _, payload in load(name):
        assert len(payload) == int(name)
        json.loads(payload)


@pytest.mark.real_data
def test_the_real_mix_are_the_messages_of_the_recordings(real_recordings: Path) -> None:
    assert len(load(REAL)) > 10_000


def test_packet_identifiers_of_one_cycle_differ_and_blocks_are_whole() -> None:
    blocks = generator.blocks_of("20")
    assert len(blocks) * generator.BLOCK == len(load("20")) <= 65_535
    assert len(blocks) * generator.BLOCK >= 2 * generator.WINDOW


@pytest.mark.parametrize("plan", [STANDARD, QUICK])
def test_nobody_is_sent_more_than_the_broker_queues(plan: Plan) -> None:
    for contender in CONTENDERS:
        for case in plan.cases:
            count = messages_for(contender, case, plan)
            assert 0 < count <= MOST
            assert count % generator.BLOCK == 0


@given(st.lists(st.tuples(st.text(min_size=1, max_size=40), st.binary(max_size=300)), max_size=20), st.integers(1, 60))
def test_the_counting_subscriber_answers_every_message_however_the_stream_is_cut(
    messages: list[tuple[str, bytes]], step: int
) -> None:
    stream = b"".join(wire.publish(topic, payload, 1, place) for place, (topic, payload) in enumerate(messages, 1))
    counter = Counter()
    answers = b"".join(counter.take(stream[start : start + step]) for start in range(0, len(stream), step))
    assert counter.messages == len(messages)
    assert answers == b"".join(b"\x40\x02" + struct.pack("!H", place) for place in range(1, len(messages) + 1))
