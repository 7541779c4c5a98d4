"""An expression that would hold up everything is refused before it is tried here."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import UsageError
from replay import expression_time
from replay.expression_time import why_slow
from replay.player import Player
from replay.status import ReplayRequest
from tests.fakes import FakePublisher
from tests.replay.sessions import message, session

EVIL = "re:^(a+)+$=x"
HARD = "a" * 60 + "/b"


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(expression_time, "LIMIT_S", 0.05)


@pytest.mark.parametrize(
    ("rule", "topic"),
    [(EVIL, HARD), ("re:(.*)/(.*)/(.*)z=x", "a/" * 32_767)],
    ids=["exponential", "cubic"],
)
def test_the_rule_and_the_topic_are_named(rule: str, topic: str):
    reason = why_slow(("a/#=b/#", "re:^a=x", rule), ("c", topic))
    assert reason is not None
    assert f"'{rule}' takes too long for the topic '{topic[:60]}…'" in reason


def test_what_ends_in_time_is_no_reason():
    topics = (*(f"module/v1/ff/{number}/state" for number in range(2_000)), "\ud800", HARD, "x" * 65_535)
    assert why_slow((EVIL.replace("+)+", "+)"), r"re:^module/([^/]*)/(.*)=\2/\1", "a/#=b/#"), topics) is None


def test_such_a_replay_is_refused_before_it_begins(tmp_path: Path, player: Player, publisher: FakePublisher):
    path = session(tmp_path, [message(topic=HARD)])
    with pytest.raises(UsageError, match="takes too long"):
        player.start(ReplayRequest(path, remap=(EVIL,)), publisher)
    assert not player.status().active
