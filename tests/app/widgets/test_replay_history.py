"""What was done during a replay, in sentences."""

from __future__ import annotations

from dataclasses import replace

from app.widgets.replay_history import MOST_SHOWN, sentences
from core.timing import TimingError
from replay.proof import ForeignTopic
from replay.report import Facts, Preload, StateChanges, report_of

PLAIN = Facts(3, 3, 3, 0, 0, 0, 1.0, TimingError(), 0.0, sessions=("One",))


def said(**facts: object) -> list[str]:
    return list(sentences(report_of(replace(PLAIN, **facts))))  # type: ignore[arg-type]


def test_of_a_plain_replay_there_is_nothing_to_say():
    assert said() == []


def test_each_thing_that_was_done_is_a_sentence():
    assert said(
        sessions=("One", "Two"),
        preload=Preload("state", 5),
        state_changes=StateChanges(seeks=2, published=1, deleted=3, unchanged=4),
        transforms=("Topics are renamed by the rule a/#=b/#.",),
        faults={"drop": 1, "delay": 2_000},
        barriers=("at 10 until key",),
        foreign=(ForeignTopic("a/b", 7),),
    ) == [
        "Sessions: 'One', 'Two'.",
        "Before the first message: 5 messages, the last one of every topic before the start.",
        "What the broker stores was put right (2 seeks): 1 message published, 3 deleted.",
        "Topics are renamed by the rule a/#=b/#.",
        "Fault on purpose: drop, 1 time.",
        "Fault on purpose: delay, 2,000 times.",
        "Waited at the barrier 'at 10 until key'.",
        "Others published 7 messages on 'a/b'.",
    ]


def test_a_folder_and_a_seek_that_changed_nothing():
    assert said(preload=Preload("/data/preload", 1), state_changes=StateChanges(seeks=1, unchanged=9)) == [
        "Before the first message: 1 message of the folder '/data/preload'.",
        "1 seek: the broker stored what belongs there.",
    ]


def test_a_long_list_is_cut_and_says_so():
    found = said(barriers=tuple(f"at {number} until key" for number in range(MOST_SHOWN + 2)))
    assert len(found) == MOST_SHOWN + 1
    assert found[-1] == "… and 2 more; the report as JSON has all of them."
