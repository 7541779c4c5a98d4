"""The laboratory itself: without a fault nothing is missing, and what is wrong is found."""

from __future__ import annotations

import pytest

from tests.faults.checker import what_is_wrong
from tests.faults.conftest import Lab
from tests.faults.publisher import Sent


def test_without_a_fault_a_recording_has_every_message(lab: Lab):
    broker = lab.persistent_broker()
    recorder = lab.recorder(broker.url)
    publisher = lab.publisher(broker)
    lab.wait(0.3)
    sent = lab.finish_complete(publisher, recorder)
    assert sent.numbers > 1
    assert sent.heartbeats > 1


@pytest.mark.parametrize(
    ("got", "words"),
    [
        ([0, 1, 2, 3, 4, 5], ""),
        ([0, 1, 2, 4, 5], ""),
        ([0, 1, 1, 2, 3, 4, 5], "1 stored twice: 1"),
        ([0, 4, 5], "2 of 5 missing: 1-2"),
        ([0, 2, 1, 3, 4, 5], "out of order at 1 places"),
        ([0, 1, 2, 3, 4, 5, 6], "never sent: 6"),
    ],
)
def test_the_checker_finds_what_is_wrong(got: list[int], words: str):
    """The third is uncertain: it may be there or not."""
    found = what_is_wrong(got, Sent("t", 6, frozenset({3}), 0, 0))
    assert words in " ".join(found)
    assert bool(found) == bool(words)
