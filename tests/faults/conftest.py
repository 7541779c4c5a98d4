"""A laboratory for faults: a broker that keeps its sessions, a network, a numbered publisher, a recorder process."""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.brokers import PrivateBroker
from tests.faults.checker import check_complete
from tests.faults.publisher import NumberedPublisher, Sent
from tests.faults.recorder import RecorderProcess
from tests.proxy import Proxy

PERSISTENT = """\
persistence true
persistence_location {folder}/
autosave_interval 1
max_inflight_messages 1000
max_queued_messages 1000000
sys_interval 1
"""
SMALL_QUEUES = """\
max_inflight_messages 20
max_queued_messages 100
sys_interval 1
"""
Start = Callable[..., PrivateBroker]


class Lab:
    """Everything that a fault test needs; ended in order at the end of the test."""

    def __init__(self, folder: Path, start_broker: Start, topic: str, undo: ExitStack) -> None:
        self._folder = folder
        self._start_broker = start_broker
        self._undo = undo
        self.topic = topic
        seed = os.environ.get("FAULTS_SEED", "")
        self.random = random.Random(topic.rsplit("-", 1)[0] + seed)
        """The same moments in each run, without another seed."""
        self._pause = threading.Event()

    def persistent_broker(self) -> PrivateBroker:
        """Keeps sessions over a restart, and a great many messages for them."""
        place = self._folder / "persistence"
        place.mkdir()
        return self._start_broker(extra=PERSISTENT.format(folder=place))

    def small_broker(self) -> PrivateBroker:
        """Holds 20 + 100 messages for a client, and drops what is beyond that."""
        return self._start_broker(extra=SMALL_QUEUES)

    def proxy(self, broker: PrivateBroker) -> Proxy:
        one = Proxy(broker.port)
        one.start()
        self._undo.callback(one.stop)
        return one

    def recorder(self, url: str, *arguments: str) -> RecorderProcess:
        """Recording."""
        one = RecorderProcess(self._folder / "sessions", url)
        self._undo.callback(one.end)
        one.record(*arguments)
        return one

    def publisher(self, broker: PrivateBroker, rate: float = 1_500.0) -> NumberedPublisher:
        """Publishing, by a connection that no proxy disturbs."""
        one = NumberedPublisher(broker.port, self.topic, rate)
        one.start()
        self._undo.callback(one.stop)
        return one

    def wait(self, least_s: float, most_s: float | None = None) -> None:
        """Lets things go on for so long, up to a random moment."""
        self._pause.wait(least_s if most_s is None else self.random.uniform(least_s, most_s))

    def await_recording(self, publisher: NumberedPublisher, recorder: RecorderProcess) -> None:
        """Until the recorder is back, and has some of what is published now: one number alone tells of no counter."""
        seen = 0
        for _ in range(30):
            seen += recorder.await_payload(json.dumps({"number": publisher.numbers + 20}).encode(), 2.0)
            if seen == 2:
                return
        raise AssertionError(f"The recorder does not come back: {recorder.said[-5:]}")

    def finish(self, publisher: NumberedPublisher, recorder: RecorderProcess) -> Sent:
        """Waits for the last number, ends everything in order, and returns what was published."""
        sent = self.settle(publisher, recorder)
        recorder.end()
        return sent

    def settle(self, publisher: NumberedPublisher, recorder: RecorderProcess) -> Sent:
        """Ends publishing, waits until the last number is stored, and returns what was published.

        Where that is lost because the recorder is not back yet, another one follows.
        """
        publisher.pause()
        for _ in range(12):
            publisher.flood(1)
            if recorder.await_payload(json.dumps({"number": publisher.numbers - 1}).encode(), 5.0):
                break
        return publisher.stop()

    def finish_complete(self, publisher: NumberedPublisher, recorder: RecorderProcess) -> Sent:
        """Like `finish`; nothing may be missing, doubled or out of order."""
        sent = self.finish(publisher, recorder)
        check_complete(recorder.database, sent)
        return sent


@pytest.fixture
def lab(tmp_path: Path, private_broker: Start, topic: str) -> Iterator[Lab]:
    with ExitStack() as undo:
        yield Lab(tmp_path, private_broker, topic, undo)
