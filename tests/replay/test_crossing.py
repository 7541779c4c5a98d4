"""A message of QoS 2 is not overtaken by another one on its topic."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from core.message import Message
from replay.crossing import Crossing
from tests.replay.sessions import message

MESSAGES = st.lists(st.builds(lambda topic, qos: message(0, topic, qos=qos), st.sampled_from("ab"), st.integers(0, 2)))


def cut(crossing: Crossing, messages: Sequence[Message]) -> list[Sequence[Message]]:
    return [messages[part] for part in crossing.runs(messages)]


def test_without_qos_2_nothing_waits():
    messages = [message(0, "a", qos=qos) for qos in (0, 1, 1, 0)]
    assert cut(Crossing(), messages) == [messages]


def test_what_follows_on_the_same_topic_waits_and_on_another_it_does_not():
    first, other, again, next_one = (
        message(0, topic, qos=qos) for topic, qos in (("a", 2), ("b", 1), ("a", 2), ("a", 0))
    )
    assert cut(Crossing(), [first, other, again, next_one]) == [[first, other, again], [next_one]]


def test_a_message_of_the_batch_before_counts_until_it_is_settled():
    crossing = Crossing()
    assert cut(crossing, [message(0, "a", qos=2)]) == [[message(0, "a", qos=2)]]
    assert cut(crossing, [message(0, "a", qos=1)]) == [[], [message(0, "a", qos=1)]]
    assert cut(crossing, [message(0, "a", qos=1)]) == [[message(0, "a", qos=1)]]


@given(st.lists(MESSAGES, max_size=4))
def test_nothing_is_lost_and_within_a_part_nothing_can_be_overtaken(batches: list[list[Message]]):
    crossing, under_way = Crossing(), set[str]()
    for batch in batches:
        parts = cut(crossing, batch)
        assert [one for part in parts for one in part] == batch
        for number, part in enumerate(parts):
            if number:
                under_way.clear()
            for one in part:
                assert one.qos == 2 or one.topic not in under_way
                if one.qos == 2:
                    under_way.add(one.topic)
