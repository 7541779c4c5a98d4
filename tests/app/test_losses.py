"""What is missing in a session: ledger, gaps and numbers together."""

from __future__ import annotations

import json

import pytest

from analysis.moments import Span
from app import losses
from app.cli.missing import fields_of
from app.losses import LossReport, loss_report
from core.message import Message
from recorder.ledger import Losses
from store.events import Event, EventKind
from tests.analysis.sessions import START_NS, message, session

SECOND = 1_000_000_000
NUMBERED = [message(at_s=n, payload=json.dumps({"number": n}).encode()) for n in range(40) if n not in (20, 21)]
GAP = (
    Event(START_NS + 3 * SECOND, EventKind.GAP_START, "The broker went away."),
    Event(START_NS + 5 * SECOND, EventKind.GAP_END, "It is back.", {"duration_s": 2.0}),
)


def report_of(messages: list[Message], *events: Event, thorough: bool = False) -> LossReport:
    with session(messages, events) as reader:
        return loss_report(reader, thorough=thorough)


def test_a_session_without_numbers_and_gaps_misses_nothing_that_is_known():
    report = report_of([message()])
    assert report.verdict == "No message is known to be missing."
    assert report.missing is None
    assert report.to_json() == {
        "verdict": report.verdict,
        "missing": None,
        "dropped_by_broker": None,
        "gap_seconds": 0,
        "gaps": [],
        "gaps_not_kept": 0,
        "gaps_perhaps_not_kept": 0,
        "queue_peak": None,
        "numbered": [],
    }


def test_numbers_that_are_left_out_are_missing_for_certain():
    report = report_of(NUMBERED)
    assert report.missing == 2
    assert report.verdict.startswith("2 messages are missing for certain")
    shown = report.to_json()["numbered"]
    assert shown == [{"topic": "a/b", "field": "number", "messages": 38, "missing": 2, "restarts": 0}]


def test_gaps_are_shown_with_their_place_length_and_reason():
    report = report_of([message(at_s=0), message(at_s=9)], *GAP)
    assert report.to_json()["gaps"] == [{"offset_seconds": 3.0, "seconds": 2.0, "reason": "The broker went away."}]
    assert "during 1 gap (2.0 s)" in report.verdict


def test_a_gap_that_nobody_ended_lasts_until_the_end():
    report = report_of([message(at_s=0), message(at_s=9)], GAP[0])
    assert report.to_json()["gap_seconds"] == 6.0


def test_a_long_session_is_looked_at_when_asked_to(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(losses, "QUICK", 10)
    assert report_of(NUMBERED).sequences is None
    assert report_of(NUMBERED, thorough=True).missing == 2


def test_people_read_the_gaps_the_numbers_and_the_verdict():
    report = report_of(NUMBERED, *GAP)
    assert dict(fields_of(report)) == {
        "Gaps lasted": "2.0 s at 3.0 s",
        "Numbers left out": "2 of 'number' on a/b",
        "Losses": report.verdict,
    }


def test_many_gaps_are_not_all_named():
    spans = tuple(Span(float(n), n + 0.5) for n in range(9))
    shown = dict(fields_of(LossReport("", Losses(), spans, ())))
    assert shown["Gaps lasted"].endswith("0.5 s at 4.0 s; and 4 more")


def test_a_session_that_cannot_be_read_has_no_report():
    assert fields_of(None) == []
