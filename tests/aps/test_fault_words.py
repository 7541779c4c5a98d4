"""Each fault has words that tell what it is about and how often it happens."""

from __future__ import annotations

import pytest

from aps.fault_words import NAMES, fault_words
from aps.simulator.faults import TARGETS, Fault


def test_each_fault_has_a_name_and_no_two_have_the_same_words() -> None:
    assert set(NAMES) == set(TARGETS)
    faults = [
        Fault(name, target, share)
        for name, targets in TARGETS.items()
        for target in ("", *targets)
        for share in (0.1, 0.25, 1.0)
    ]
    assert len({fault_words(one) for one in faults}) == len(faults)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("quality"), "All pieces fail their check"),
        (Fault("quality", "RED", 0.3), "30 % of the RED pieces fail their check"),
        (Fault("blocked", "", 1), "All stations: each command fails, and the station is blocked for twelve seconds"),
        (Fault("silent-fts", "5iO4"), "AGV-1: no order is answered"),
        (Fault("sensor", "ldr", 0.5), "ldr: 50 % of the readings are missing"),
    ],
)
def test_the_words(fault: Fault, words: str) -> None:
    assert fault_words(fault) == words
