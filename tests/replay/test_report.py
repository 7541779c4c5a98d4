"""The verdict on a replay."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

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


def test_all_shortcomings_are_said_together():
    report = report_of(replace(GOOD, confirmed=8, failed=2, reconnects=1))
    assert "could not be delivered" in report.reason
    assert "connection was lost" in report.reason


def test_the_json_has_the_keys_that_pipelines_read():
    value = json.loads(json.dumps(report_of(GOOD).to_json()))
    assert value == {
        "planned": 10,
        "published": 10,
        "confirmed": 10,
        "failed": 0,
        "reconnects": 0,
        "duration_seconds": 2.5,
        "timing_error_ms": {"p50": 0.1, "p99": TOLERANCE_MS, "max": 400.0},
        "drift_ms": 0.01,
        "faithful": True,
        "reason": "",
    }
