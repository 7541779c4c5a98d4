"""The loss ledger, compared with what was really published."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.cli.program import until
from tests.faults.checker import Truth, check_intact, truth
from tests.faults.conftest import Lab
from tests.faults.publisher import NumberedPublisher
from tests.faults.recorder import RecorderProcess

STOPPED_FOR = pytest.mark.parametrize(
    "seconds", [2.0, pytest.param(30.0, marks=[pytest.mark.nightly, pytest.mark.timeout(240)])]
)


OWN = 60
"""The broker may also have dropped so many of what it says about itself, each second: that takes the same queue."""


def finish(lab: Lab, publisher: NumberedPublisher, recorder: RecorderProcess) -> tuple[Truth, dict[str, Any]]:
    """Ends everything; returns the truth and the ledger's account."""
    expected = truth(recorder.database, lab.settle(publisher, recorder))
    recorder.end()
    check_intact(recorder.database)
    return expected, recorder.info()["losses"]


def finish_dropped(
    lab: Lab, publisher: NumberedPublisher, recorder: RecorderProcess
) -> tuple[Truth, dict[str, Any], bool]:
    """Like `finish`, but waits for the broker's count, which comes once a second; and whether that count is right."""
    expected = truth(recorder.database, lab.settle(publisher, recorder))
    least = expected.numbers + expected.heartbeats
    until(lambda: (recorder.losses()["dropped"] or 0) >= least)
    recorder.end()
    check_intact(recorder.database)
    told = recorder.info()["losses"]
    return expected, told, least <= told["dropped_by_broker"] <= least + OWN


@STOPPED_FOR
def test_a_recorder_that_is_stopped_for_a_while_misses_nothing_and_says_so(lab: Lab, seconds: float):
    broker = lab.persistent_broker()
    recorder = lab.recorder(broker.url)
    publisher = lab.publisher(broker, rate=500)
    lab.wait(0.5)
    recorder.freeze()
    lab.wait(seconds)
    recorder.thaw()
    expected, told = finish(lab, publisher, recorder)
    assert expected == Truth(0, 0, 0)
    assert (told["missing"], told["dropped_by_broker"], told["gaps_not_kept"]) == (0, 0, 0)
    if not told["gaps"]:  # long enough for the broker to end the connection, it is said what that means
        assert told["verdict"] == "No message is known to be missing."
    else:
        assert told["verdict"].startswith("Possibly missing: what was published at QoS 0 during")


@STOPPED_FOR
def test_what_small_queues_drop_for_a_recorder_that_is_stopped_is_told_to_the_number(lab: Lab, seconds: float):
    broker = lab.small_broker()
    recorder = lab.recorder(broker.url)
    publisher = lab.publisher(broker, rate=500)
    lab.wait(0.5)
    recorder.freeze()
    lab.wait(seconds)
    recorder.thaw()
    expected, told, count_is_right = finish_dropped(lab, publisher, recorder)
    assert expected.numbers > 0, "this was to be more than the broker holds"
    assert told["missing"] == expected.numbers
    assert count_is_right, (expected, told)
    assert f"{expected.numbers:,} messages are missing for certain" in told["verdict"]


def test_what_a_flood_costs_with_small_queues_is_told_to_the_number(lab: Lab):
    broker = lab.small_broker()
    recorder = lab.recorder(broker.url)
    publisher = lab.publisher(broker, rate=500)
    lab.wait(0.5)
    recorder.freeze()  # a disk that stands still would do the same
    publisher.pause()
    publisher.flood(3_000)
    recorder.thaw()
    publisher.resume()
    lab.wait(0.5)
    expected, told, count_is_right = finish_dropped(lab, publisher, recorder)
    assert expected.numbers > 2_000
    assert told["missing"] == expected.numbers
    assert count_is_right, (expected, told)


def test_a_flood_that_the_queues_hold_costs_nothing_and_the_ledger_says_so(lab: Lab):
    broker = lab.persistent_broker()
    recorder = lab.recorder(broker.url)
    publisher = lab.publisher(broker, rate=500)
    lab.wait(0.3)
    publisher.pause()
    publisher.flood(20_000)
    publisher.resume()
    expected, told = finish(lab, publisher, recorder)
    assert expected == Truth(0, 0, 0)
    assert told["verdict"] == "No message is known to be missing."
    assert told["queue_peak"] >= 1


def test_what_is_published_while_a_broker_without_persistence_starts_anew_is_told_as_missing(lab: Lab):
    broker = lab.small_broker()
    network = lab.proxy(broker)
    recorder = lab.recorder(network.url)
    publisher = lab.publisher(broker, rate=500)
    lab.await_recording(publisher, recorder)
    network.refuse()
    broker.stop()
    broker.start()
    lab.wait(0.5)  # the publisher is back, the recorder is not
    network.resume()
    lab.await_recording(publisher, recorder)
    expected, told = finish(lab, publisher, recorder)
    assert expected.confirmed > 0, "the publisher was to be back before the recorder"
    assert told["missing"] == expected.numbers
    assert told["gaps_not_kept"] == 1
    assert "for which the broker kept nothing" in told["verdict"]


def test_a_restart_of_a_broker_with_persistence_costs_nothing_and_the_ledger_says_so(lab: Lab):
    broker = lab.persistent_broker()
    recorder = lab.recorder(broker.url)
    publisher = lab.publisher(broker, rate=500)
    lab.wait(0.3)
    publisher.pause()
    broker.stop()
    broker.start()
    publisher.resume()
    lab.wait(0.3)
    expected, told = finish(lab, publisher, recorder)
    assert expected == Truth(0, 0, 0)
    assert (told["missing"], told["gaps_not_kept"]) == (0, 0)
    assert len(told["gaps"]) == 1
    assert told["verdict"].startswith("Possibly missing: what was published at QoS 0 during 1 gap")
