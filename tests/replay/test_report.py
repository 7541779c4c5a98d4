"""The verdict on a replay."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from replay.proof import Changed, ForeignTopic, Proof
from replay.report import TOLERANCE_MS, Facts, TimingError, report_of

GOOD = Facts(
    planned=10,
    published=10,
    confirmed=10,
    failed=0,
    refused=0,
    reconnects=0,
    duration_seconds=2.5,
    timing_error_ms=TimingError(0.1, TOLERANCE_MS, 400.0),
    drift_ms=0.01,
)


def test_all_confirmed_in_time_is_faithful():
    """A single message beyond the tolerance does not spoil it: the 99th percentile counts."""
    report = report_of(GOOD)
    assert (report.faithful, report.reason) == (True, "")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(GOOD, published=7, confirmed=7, stopped=True), "It was stopped after 7 of 10 messages."),
        (replace(GOOD, confirmed=8, failed=2), "2 messages could not be delivered."),
        (replace(GOOD, published=7, confirmed=7), "It published only 7 of 10 messages."),
        (replace(GOOD, published=9, confirmed=9, refused=1), "1 message could not be published"),
        (replace(GOOD, stripped=3), "3 messages lost MQTT 5 properties"),
        (replace(GOOD, confirmed=9), "1 message may not have arrived"),
        (replace(GOOD, reconnects=2), "The connection was lost"),
        (
            replace(GOOD, timing_error_ms=TimingError(1, TOLERANCE_MS + 1, 60)),
            "101 ms late or more",
        ),
        (replace(GOOD, problem="The broker is gone."), "The broker is gone."),
        (replace(GOOD, published=9, confirmed=9, dropped=1, faults={"drop": 1}), "Faults on purpose: 1 x drop."),
        (replace(GOOD, reconnects=1, faults={"outage": 1}), "Faults on purpose: 1 x outage."),
        (replace(GOOD, unproven=1), "1 message of QoS 0 may not have arrived"),
        (replace(GOOD, foreign=(ForeignTopic("a/b", 2),)), "Live and replay mix: 2 messages"),
    ],
)
def test_each_shortcoming_is_said(facts: Facts, words: str):
    report = report_of(facts)
    assert not report.faithful
    assert words in report.reason
    assert report.reason.endswith(".")


EARLY = replace(GOOD, published=7, confirmed=7)


@pytest.mark.parametrize("early", [EARLY, replace(EARLY, stopped=True), replace(EARLY, problem="The broker is gone.")])
def test_what_was_published_is_judged_without_its_early_end(early: Facts):
    assert report_of(early).flaws == ""
    assert report_of(replace(early, confirmed=6)).flaws == (
        "1 message may not have arrived: the broker did not confirm."
    )


PROOF = Proof(expected=10, delivered=10)


def test_a_proof_that_finds_every_message_makes_it_a_certificate():
    report = report_of(replace(GOOD, proof=replace(PROOF, overtaken=2, unchecked=("Not the retain flag.",))))
    assert (report.faithful, report.proof) == (True, replace(PROOF, overtaken=2, unchecked=("Not the retain flag.",)))


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        (replace(PROOF, delivered=9, missing=1), "1 message did not arrive at the witness."),
        (replace(PROOF, duplicated=2), "2 messages arrived more than once."),
        (replace(PROOF, unexpected=1), "1 message arrived that the replay did not publish like that."),
        (replace(PROOF, wrong_order=1), "1 message arrived in the wrong order."),
        (replace(PROOF, delivered=9, changed=Changed(payload=1)), "1 message arrived with another payload."),
        (replace(PROOF, delivered=9, changed=Changed(qos=1)), "1 message arrived with another QoS."),
        (replace(PROOF, delivered=9, changed=Changed(retain=1)), "1 message arrived with another retain flag."),
        (replace(PROOF, delivered=9, changed=Changed(properties=1)), "1 message arrived with other MQTT 5 properties."),
        (replace(PROOF, lateness_ms=TimingError(1, TOLERANCE_MS + 1, 60)), "arrived at the witness 101 ms late"),
        (replace(PROOF, incomplete=("The witness was cut off.",)), "The witness was cut off."),
        (replace(PROOF, foreign=(ForeignTopic("a", 1),)), "Live and replay mix: 1 message"),
    ],
)
def test_each_shortcoming_that_the_witness_saw_is_the_reason(proof: Proof, words: str):
    """And nothing else is."""
    report = report_of(replace(GOOD, proof=proof))
    assert not report.faithful
    assert words in report.reason
    assert report.reason.count(". ") <= 1


def test_what_faults_leave_out_and_add_is_not_an_early_end():
    assert "It published only" not in report_of(replace(GOOD, published=9, confirmed=9, dropped=2, extra=1)).reason
    assert "It published only 8" in report_of(replace(GOOD, published=8, confirmed=8, dropped=2, extra=1)).reason


def test_an_outage_that_was_not_asked_for_is_told_apart():
    assert "The connection was lost" not in report_of(replace(GOOD, reconnects=1, faults={"outage": 1})).reason
    assert "The connection was lost" in report_of(replace(GOOD, reconnects=2, faults={"outage": 1})).reason


def test_all_shortcomings_are_said_together():
    report = report_of(replace(GOOD, confirmed=8, failed=2, reconnects=1))
    assert "could not be delivered" in report.reason
    assert "connection was lost" in report.reason


def test_the_json_has_the_keys_that_pipelines_read():
    value = json.loads(json.dumps(report_of(replace(GOOD, speed=None, histogram=((0.01, 10),))).to_json()))
    assert value == {
        "planned": 10,
        "published": 10,
        "confirmed": 10,
        "failed": 0,
        "reconnects": 0,
        "duration_seconds": 2.5,
        "playing_seconds": 0.0,
        "timing_error_ms": {"p50": 0.1, "p99": TOLERANCE_MS, "max": 400.0},
        "drift_ms": 0.01,
        "faithful": True,
        "reason": "",
        "run_id": "",
        "sessions": [],
        "environment": "",
        "speed": "max",
        "speeds": ["max"],
        "preload": {"state": "none", "messages": 0},
        "state_changes": {"seeks": 0, "published": 0, "deleted": 0, "unchanged": 0},
        "transforms": [],
        "faults": {},
        "barriers": [],
        "foreign": [],
        "warnings": [],
        "histogram": [[0.01, 10]],
        "proof": None,
    }


def test_the_json_of_a_certificate_accounts_for_every_message():
    proof = replace(PROOF, delivered=8, missing=1, changed=Changed(qos=1), foreign=(ForeignTopic("a", 3),))
    value = json.loads(json.dumps(report_of(replace(GOOD, proof=proof)).to_json()))
    assert value["foreign"] == [{"topic": "a", "messages": 3}]
    assert value["proof"] == {
        "expected": 10,
        "delivered": 8,
        "missing": 1,
        "duplicated": 0,
        "unexpected": 0,
        "wrong_order": 0,
        "overtaken": 0,
        "changed": {"payload": 0, "qos": 1, "retain": 0, "properties": 0},
        "foreign": [{"topic": "a", "messages": 3}],
        "lateness_ms": {"p50": 0.0, "p99": 0.0, "max": 0.0},
        "incomplete": [],
        "unchecked": [],
    }
