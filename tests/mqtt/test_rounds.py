"""When an answer says that nothing queues at the broker any more."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from core.message import Message
from mqtt.rounds import Rounds


@dataclass
class Unacknowledged:
    unacknowledged: int = 0
    most: int = 0


def messages(qos: int, number: int = 1) -> list[Message]:
    return [Message("a", b"", qos, 0, 0)] * number


@pytest.fixture
def window() -> Unacknowledged:
    return Unacknowledged()


@pytest.fixture
def rounds(window: Unacknowledged) -> Rounds:
    return Rounds(lambda: 0.0, window)


def test_strictly_nothing_may_be_on_its_way(rounds: Rounds, window: Unacknowledged):
    assert rounds.ask(strictly=True)
    rounds.count(messages(0, 5))
    assert rounds.answered(0, strictly=True), "QoS 0 never queues"
    for arrived, unreleased in ((1, 0), (0, 1)):
        assert rounds.ask(strictly=True)
        rounds.count(messages(1, arrived))
        assert not rounds.answered(unreleased, strictly=True)
    window.unacknowledged = 1
    assert not rounds.ask(strictly=True)


def test_otherwise_fewer_than_a_window_say_that_nothing_queues(rounds: Rounds, window: Unacknowledged):
    for most, arrived, over in ((0, 9, True), (0, 10, False), (20, 19, True), (20, 20, False)):
        window.most = most
        assert rounds.ask(strictly=False)
        rounds.count(messages(2, arrived))
        assert rounds.answered(0, strictly=False) is over


def test_what_waited_at_the_question_counts_also_when_it_is_acknowledged_since(rounds: Rounds, window: Unacknowledged):
    window.unacknowledged = 1
    assert rounds.ask(strictly=True, anyhow=True)
    window.unacknowledged = 0
    assert not rounds.answered(0, strictly=True)


def test_an_answer_to_a_question_of_an_earlier_connection_tells_nothing(rounds: Rounds):
    assert rounds.ask(strictly=True)
    rounds.forget()
    assert not rounds.answered(0, strictly=True)
    assert rounds.ask(strictly=True)
    assert rounds.answered(0, strictly=True)
    assert not rounds.answered(0, strictly=True), "nothing was asked"
