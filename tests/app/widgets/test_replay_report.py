"""What is said about a replay that somebody has stopped."""

from __future__ import annotations

from dataclasses import replace

from app.widgets.replay_report import stopped_words
from replay.player import ReplayState, ReplayStatus
from replay.report import Facts, TimingError, report_of

STATUS = ReplayStatus(state=ReplayState.STOPPED, position_s=9.0, duration_s=3_637.0)
FACTS = Facts(
    planned=186,
    published=38,
    confirmed=38,
    failed=0,
    refused=0,
    reconnects=0,
    duration_seconds=9.1,
    timing_error_ms=TimingError(0.5, 5.2, 5.2),
    drift_ms=0.1,
    stopped=True,
)


def test_it_is_said_who_stopped_it_where_and_how_it_went_until_then():
    assert stopped_words(report_of(FACTS), STATUS) == (
        "Stopped by hand after 38 of 186 messages, at 0:09 of 1:00:37 of the session. "
        "Until then it was faithful: all were confirmed, in order and in time."
    )


def test_what_had_gone_wrong_until_then_is_said_and_that_it_was_stopped_only_once():
    words = stopped_words(report_of(replace(FACTS, confirmed=37)), STATUS)
    assert words.endswith(
        r"Until then it was not faithful: 1 message may not have arrived\: the broker did not confirm\."
    )
    assert words.lower().count("stopped") == 1


def test_one_that_was_stopped_at_once_has_no_verdict():
    assert stopped_words(report_of(replace(FACTS, published=0, confirmed=0)), STATUS) == (
        "Stopped by hand before the first of 186 messages."
    )
