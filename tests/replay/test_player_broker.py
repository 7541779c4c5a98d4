"""The player with a real broker: one that goes away and comes back, stands still, or speaks an older protocol."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from core.clock import SystemClock
from core.message import LIVE, NS_PER_MILLISECOND, Message, Properties
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from replay.player import Player, ReplayRequest, ReplayState
from tests.brokers import PrivateBroker
from tests.fakes import eventually, payloads
from tests.replay.sessions import message, numbered, session

PATIENCE = 60.0
LATE_NS = 300 * NS_PER_MILLISECOND


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


def test_a_broker_that_takes_no_more_for_a_while_makes_messages_late_and_the_verdict_says_so(
    tmp_path: Path, private_broker: Callable[..., PrivateBroker], client_factory: Callable[..., SharedClient]
):
    """It takes the first messages; the others wait in line, although they were published in time."""
    broker = private_broker(extra="max_inflight_messages 5")
    publisher = client_factory(Environment("replay", broker.url, may_publish=True))
    clock = SystemClock()
    player = Player(clock)
    broker.freeze()
    player.start(ReplayRequest(session(tmp_path, numbered(*(number / 1_000 for number in range(50))))), publisher)
    eventually(lambda: player.status().published == 50, "putting all in line", PATIENCE)
    clock.wait_until(clock.now_ns() + LATE_NS, threading.Event())
    broker.thaw()
    assert player.wait(PATIENCE)
    report = player.report()
    assert report is not None
    assert (report.confirmed, report.faithful) == (50, False)
    assert report.timing_error_ms.p50 >= LATE_NS / NS_PER_MILLISECOND
    assert "late or more" in report.reason


def test_a_stopped_replay_sends_no_more_than_the_broker_had_room_for(
    tmp_path: Path, private_broker: Callable[..., PrivateBroker], client_factory: Callable[..., SharedClient]
):
    broker = private_broker(extra="max_inflight_messages 5")
    environment = Environment("replay", broker.url, may_publish=True)
    publisher, listening = client_factory(environment), client_factory(environment)
    heard: list[Message] = []
    listening.subscribe_listener(["#"], heard.extend)
    assert listening.await_subscribed(PATIENCE)
    broker.freeze()
    player = Player(SystemClock())
    player.start(ReplayRequest(session(tmp_path, numbered(*[0.0] * 3_000)), speed=None), publisher)
    eventually(lambda: player.status().published >= 1_000, "putting many in line", PATIENCE)
    status = player.stop(PATIENCE)
    assert (status.state, status.published, status.failed) == (ReplayState.STOPPED, 5, 0)
    broker.thaw()
    assert publisher.publish_batch([Message("end", b"", 1, LIVE, 0)]).wait(PATIENCE)
    eventually(lambda: heard and heard[-1].topic == "end", "the end", PATIENCE)
    assert payloads(heard) == [b"0", b"1", b"2", b"3", b"4", b""]


def test_properties_that_the_protocol_cannot_carry_are_missed_in_the_verdict(
    tmp_path: Path, client_factory: Callable[..., SharedClient], topic: str, protocol: Protocol
) -> None:
    """Over MQTT 3.1.1 a subscriber gets less than was recorded; over MQTT 5 he gets all."""
    properties = Properties(content_type="text/plain")
    path = session(tmp_path, [message(0, topic, properties=properties), message(0, topic)])
    player = Player(SystemClock())
    player.start(ReplayRequest(path, speed=None), client_factory(protocol=protocol))
    assert player.wait(PATIENCE)
    report = player.report()
    assert report is not None
    assert report.confirmed == 2
    assert report.faithful is (protocol is Protocol.V5)
    assert ("1 message lost MQTT 5 properties" in report.reason) is (protocol is Protocol.V311)
