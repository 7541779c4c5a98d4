"""The recorder with a real broker that goes away and comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.clock import SystemClock
from core.message import LIVE, Message
from mqtt.client import SharedClient
from mqtt.environments import Environment
from recorder.recorder import Recorder, RecordingRequest
from store.metadata import Status
from tests.brokers import PrivateBroker
from tests.fakes import eventually
from tests.recorder.sessions import session_at

PATIENCE = 60.0


def test_a_recording_survives_a_broker_that_restarts_and_shows_the_gap(
    tmp_path: Path, private_broker: Callable[..., PrivateBroker], client_factory: Callable[..., SharedClient]
):
    broker = private_broker()
    environment = Environment("replay", broker.url, may_publish=True)
    source, publisher = client_factory(environment), client_factory(environment)

    def publish(payload: bytes) -> None:
        assert publisher.publish_batch([Message("a", payload, 1, LIVE, 0)]).wait(PATIENCE)

    recorder = Recorder(tmp_path, SystemClock())
    path = recorder.start(RecordingRequest(), source, "replay").path
    assert source.await_subscribed(PATIENCE)
    publish(b"before")
    eventually(lambda: recorder.status().messages == 1, "the first message", PATIENCE)
    broker.stop()
    eventually(lambda: recorder.status().in_gap, "noticing the outage", PATIENCE)
    broker.start()
    eventually(lambda: not recorder.status().in_gap, "the reconnect", PATIENCE)
    assert source.await_subscribed(PATIENCE)
    publish(b"after")
    eventually(lambda: recorder.status().messages == 2, "the second message", PATIENCE)
    end = recorder.stop()
    session = session_at(path)
    assert (end.state, end.gaps) == (Status.COMPLETED, 1)
    assert session.payloads == [b"before", b"after"]
    assert session.kinds == ["gap_start", "gap_end"]
    assert session.events[1][3]["duration_s"] > 0
