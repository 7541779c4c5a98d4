"""What may be missing in a recording."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.ledger import LOSSES, Losses, LossLedger, verdict
from store.events import Event, EventKind
from store.metadata import new_metadata


def gap(duration_s: float, *, kept: bool) -> Event:
    return Event(1, EventKind.GAP_END, "", {"duration_s": duration_s, "kept": kept})


def noted_drops(event: Event | None) -> object:
    return 0 if event is None or event.data is None else event.data["dropped"]


def test_what_the_broker_had_dropped_before_is_none_of_ours():
    ledger = LossLedger()
    assert ledger.losses().dropped is None
    assert ledger.heard(700, 1) is None
    assert ledger.losses().dropped == 0
    event = ledger.heard(705, 2)
    assert event is not None
    assert event.text == (
        "The broker has dropped 5 messages because a queue was full, for this recording or for another client."
    )
    assert ledger.losses() == Losses(dropped=5, counter=705)


def test_the_first_count_of_a_broker_that_was_silent_until_then_may_be_ours():
    ledger = LossLedger()
    ledger.unchanged()
    assert ledger.losses() == Losses(dropped=0)
    event = ledger.heard(705, 1)
    assert event is not None
    assert event.text == (
        "The broker has dropped 705 messages since it was started, some of them just now, because a queue was full, "
        "for this recording or for another client."
    )
    ledger.unchanged()
    assert noted_drops(ledger.heard(708, 2)) == 3
    assert ledger.losses() == Losses(dropped=708, counter=708, undated=705)


def test_a_broker_that_was_started_anew_counts_from_zero():
    ledger = LossLedger()
    ledger.heard(700, 1)
    ledger.heard(705, 2)
    assert noted_drops(ledger.heard(3, 3)) == 3
    assert ledger.losses().dropped == 8


def test_a_count_that_is_older_than_the_last_one_is_ignored():
    ledger = LossLedger()
    ledger.heard(5, 10)
    assert ledger.heard(2, 9) is None
    assert ledger.losses() == Losses(dropped=0, counter=5)


def test_a_resumed_recording_goes_on_counting_where_it_was_interrupted():
    first = LossLedger()
    first.heard(10, 1)
    first.heard(12, 2)
    first.gap(gap(1.5, kept=True))
    kept = Losses.from_json(json.loads(json.dumps(first.losses(queue_peak=7).to_json())))
    second = LossLedger(kept)
    second.heard(40, 1)
    assert second.losses(queue_peak=3) == Losses(30, 40, gaps=1, gap_s=1.5, queue_peak=7)


def test_gaps_add_up_and_those_for_which_the_broker_kept_nothing_are_told_apart():
    ledger = LossLedger()
    ledger.gap(gap(1.5, kept=True))
    ledger.gap(gap(0.25, kept=False))
    assert ledger.losses() == Losses(gaps=2, gap_s=1.75, unkept=1, unkept_s=0.25)


def test_it_is_noted_when_it_has_changed_and_the_peak_of_the_queue_at_the_end():
    ledger, metadata = LossLedger(), new_metadata("x", 1)
    assert ledger.noted(metadata, 500) is None
    ledger.heard(3, 1)
    noted = ledger.noted(metadata, 600)
    assert noted is not None
    assert Losses.from_json(noted.extra[LOSSES]) == Losses(dropped=0, counter=3, queue_peak=600)
    assert ledger.noted(noted, 700) is None
    final = ledger.noted(noted, 700, final=True)
    assert final is not None
    assert final.extra[LOSSES]["queue_peak"] == 700


@given(st.lists(st.integers(0, 1_000), min_size=1))
def test_of_a_count_that_only_grows_the_difference_counts(steps: list[int]):
    ledger, counter = LossLedger(), 17
    ledger.heard(counter, 0)
    for place, step in enumerate(steps, 1):
        counter += step
        assert noted_drops(ledger.heard(counter, place)) == step
    assert ledger.losses().dropped == sum(steps)


@pytest.mark.parametrize("value", [None, 3, [], {"gaps": "two"}, {"gaps": None}, {"dropped": True}, {"gap_s": {}}])
def test_what_is_no_ledger_is_not_taken_for_one(value: object):
    assert Losses.from_json(value) is None


def test_keys_of_later_versions_are_ignored():
    assert Losses.from_json({"gaps": 2, "later": 1}) == Losses(gaps=2)


@pytest.mark.parametrize(
    ("losses", "missing", "said"),
    [
        (Losses(dropped=0), None, "No message is known to be missing."),
        (Losses(dropped=0), 0, "No message is known to be missing."),
        (None, None, "No message is known to be missing."),
        (None, 1, "1 message is missing for certain: the numbers in the messages leave them out."),
        (
            Losses(dropped=1_400),
            1_400,
            "1,400 messages are missing for certain: the numbers in the messages leave them out.",
        ),
        (
            Losses(),
            None,
            "No message is known to be missing. The broker does not say whether it has dropped any.",
        ),
        (
            Losses(dropped=0, gaps=3, gap_s=4.5, unkept=1, unkept_s=1.0, doubtful=1, doubtful_s=0.5),
            None,
            "Possibly missing: what was published during 1 gap (1.0 s) for which the broker kept nothing; "
            "what was published during 1 gap (0.5 s) for which the broker has perhaps kept nothing; "
            "what was published at QoS 0 during 1 gap (3.0 s).",
        ),
        (
            Losses(dropped=5, gaps=3, gap_s=4.5, unkept=1, unkept_s=1.0),
            2,
            "2 messages are missing for certain: the numbers in the messages leave them out. Possibly missing besides: "
            "up to 3 that the broker dropped when a queue was full, for this recording or for another client; "
            "what was published during 1 gap (1.0 s) for which the broker kept nothing; "
            "what was published at QoS 0 during 2 gaps (3.5 s).",
        ),
        (
            Losses(dropped=705, undated=700),
            5,
            "5 messages are missing for certain: the numbers in the messages leave them out. Possibly missing besides: "
            "up to 700 that the broker dropped when a queue was full, for this recording or for another client, "
            "some of them perhaps before it began.",
        ),
        (
            Losses(dropped=400),
            None,
            "Possibly missing: up to 400 that the broker dropped when a queue was full, for this recording or for "
            "another client.",
        ),
    ],
)
def test_the_verdict_says_what_is_certain_what_is_possible_and_what_nobody_knows(
    losses: Losses | None, missing: int | None, said: str
):
    assert verdict(losses, missing) == said
