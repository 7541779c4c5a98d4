"""The player with a real broker that goes away and comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.clock import SystemClock
from mqtt.client import SharedClient
from mqtt.environments import Environment
from replay.player import Player, ReplayRequest, ReplayState
from tests.brokers import PrivateBroker
from tests.fakes import eventually
from tests.replay.sessions import numbered, session

PATIENCE = 60.0


def test_a_replay_survives_a_broker_that_restarts_and_says_so(
    tmp_path: Path, private_broker: Callable[..., PrivateBroker], client_factory: Callable[..., SharedClient]
):
    broker = private_broker()
    publisher = client_factory(Environment("replay", broker.url, may_publish=True))
    player = Player(SystemClock())
    path = session(tmp_path, numbered(*(number / 100 for number in range(300))))
    player.start(ReplayRequest(path), publisher)
    eventually(lambda: player.status().confirmed >= 50, "the beginning", PATIENCE)
    broker.stop()
    eventually(lambda: "Waiting for" in player.status().problem, "noticing the outage", PATIENCE)
    broker.start()
    assert player.wait(PATIENCE)
    status, report = player.status(), player.report()
    assert (status.state, status.problem) == (ReplayState.FINISHED, "")
    assert report is not None
    assert (report.planned, report.published, report.confirmed, report.failed) == (300, 300, 300, 0)
    assert report.reconnects >= 1
    assert not report.faithful
    assert "connection was lost" in report.reason
