"""Every message exactly once and in order, in both files, whatever is cut or killed, and whenever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.message import Message
from core.ports import Arrival
from recorder.plan import SESSION_OF_BEFORE
from recorder.policy import Intake, RecordedTime
from recorder.redeliveries import Redeliveries
from recorder.scribe import Note, Scribe
from recorder.status import RecordingRequest
from store.formats.own import OwnLog
from store.metadata import Status
from store.reader import SessionReader
from store.recovery import reopen
from store.verify import verify
from store.writer import SessionWriter
from tests.builders import START_NS, metadata
from tests.recorder.model_broker import ModelBroker, heartbeat, numbered

EXCLUDED = "noise"
IDENTIFIERS = 64
"""So few that they are used again and again within one example."""
WINDOW = 10
EXAMPLES = 25
"""Each of 400 steps, with about 16 cuts and 8 kills."""


class Killed(BaseException):
    """The program is gone, with what it had in memory."""


class Program:
    """A recorder that can be killed between any two things that it does. It has no threads: each step is a call."""

    def __init__(self, folder: Path, broker: ModelBroker) -> None:
        self._broker = broker
        self._queue: list[Arrival | Note] = []
        self._kill_at = ""
        self._now_ns = START_NS
        self.path = self._begin(SessionWriter.create(folder, metadata(status=Status.IN_PROGRESS)), None)

    def _begin(self, writer: SessionWriter, broker_session: int | None) -> Path:
        self._writer = writer
        self._alive = [True]
        store, log = writer.store, writer.log

        def watched_store(messages: Sequence[Message], packet_ids: Sequence[int] = ()) -> None:
            self._die_at("before the commit")
            store(messages, packet_ids)
            self._die_at("after the commit")

        def watched_log(messages: Sequence[Message]) -> None:
            log(messages)
            self._die_at("after the log")

        writer.store = watched_store  # type: ignore[method-assign]  # a real writer that can die
        writer.log = watched_log  # type: ignore[method-assign]
        intake = Intake(RecordingRequest(exclude=(EXCLUDED,)))
        self._scribe = Scribe(writer, intake, lambda: RecordedTime(START_NS), Redeliveries(broker_session))
        return writer.db_path

    def _die_at(self, point: str) -> None:
        if self._kill_at == point:
            self._alive[0] = False
            raise Killed

    def deliver(self, count: int) -> None:
        self._now_ns += 1_000
        alive = self._alive

        def put(arrival: Arrival) -> None:
            def settle() -> None:
                if alive[0]:
                    arrival.settle()

            self._queue.append(
                Arrival(arrival.messages, arrival.packet_ids, arrival.redelivered, arrival.broker_session, settle)
            )

        self._broker.deliver(count, self._now_ns, put)

    def cut(self, *, announced: bool) -> None:
        """A connection that is cut again before it was announced is not announced as lost either."""
        if announced:
            self._queue.append(Note(connection_lost=True))
        self._broker.cut()

    def write(self) -> None:
        items, self._queue = self._queue, []
        self._scribe.write(items)

    def kill(self, point: str, *, arrives: bool) -> None:
        """While it writes, if there is something to be written; and start it again.

        `arrives`: whether the acknowledgements that it has sent still reach the broker.
        """
        self._kill_at = point
        with suppress(Killed):
            self.write()
        self._kill_at = ""
        self._alive[0] = False
        self._writer.abandon()
        self._queue = []
        if arrives:  # what a program had sent when it died
            self._broker.read_acknowledgements(IDENTIFIERS)
        self._broker.cut(SESSION_OF_BEFORE)
        self._begin(reopen(self.path), SESSION_OF_BEFORE)

    def finish(self) -> None:
        while not self._broker.idle:
            self.deliver(7)
            self.write()
            self._broker.read_acknowledgements(7)
        ended = self._writer.metadata.with_changes(status=Status.COMPLETED, ended_ns=self._now_ns)
        self._writer.close(ended)


POINTS = ("before the commit", "after the commit", "after the log", "after all")
STEPS: dict[str, tuple[int, Any]] = {
    "heartbeat": (20, range(1, 4)),
    "numbered": (8, range(1, 4)),
    "excluded": (2, range(1, 4)),
    "careless": (1, range(1, 3)),
    "deliver": (25, range(1, 8)),
    "write": (20, [0]),
    "acknowledge": (20, range(1, 12)),
    "cut": (4, [True, False]),
    "kill": (2, [(point, arrives) for point in POINTS for arrives in (True, False)]),
}
"""How often, and with which values."""


def steps_of(random: Random, count: int, **often: int) -> Iterator[tuple[str, Any]]:
    """`often`: of these kinds so many, instead of as usual."""
    kinds, weights = list(STEPS), [often.get(kind, weight) for kind, (weight, _) in STEPS.items()]
    for kind in random.choices(kinds, weights, k=count):
        yield kind, random.choice(STEPS[kind][1])


class Example:
    """What was published, and what became of it."""

    def __init__(self, folder: Path, first: int, window: int = WINDOW) -> None:
        self.broker = ModelBroker(window, IDENTIFIERS, first)
        self.program = Program(folder, self.broker)
        self.expected: list[tuple[str, bytes]] = []
        self.careless: set[bytes] = set()
        self._number = 0

    def step(self, kind: str, value: Any) -> None:
        if kind in ("numbered", "heartbeat", "excluded", "careless"):
            for _ in range(value):
                self._publish(kind)
        elif kind == "deliver":
            self.program.deliver(value)
        elif kind == "write":
            self.program.write()
        elif kind == "acknowledge":
            self.broker.read_acknowledgements(value)
        elif kind == "cut":
            self.program.cut(announced=value)
        else:
            self.program.kill(value[0], arrives=value[1])

    def _publish(self, kind: str) -> None:
        self._number += 1
        if kind == "heartbeat":
            message = heartbeat()
        elif kind == "excluded":
            message = numbered(self._number, topic=EXCLUDED)
        else:
            message = numbered(self._number, qos=0 if kind == "careless" else 1)
        if kind == "careless":
            self.careless.add(message.payload)
        elif kind != "excluded":
            self.expected.append((message.topic, message.payload))
        self.broker.publish(message)


@contextmanager
def small_identifiers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("store.deliveries.IDENTIFIERS", IDENTIFIERS)
        patch.setattr("store.deliveries.LONG_AGO", 3 * WINDOW)
        yield


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 10**9), st.integers(1, IDENTIFIERS))
def test_every_message_is_there_exactly_once_and_in_order(seed: int, first: int):
    """QoS 1, whatever happens and when; a message of QoS 0 can be lost, but never comes twice."""
    with TemporaryDirectory() as folder, small_identifiers():
        check(Example(Path(folder), first), steps_of(Random(seed), 400))


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 10**9), st.integers(1, IDENTIFIERS))
def test_that_holds_also_where_nearly_all_identifiers_are_on_their_way(seed: int, first: int):
    """Of messages that differ: acknowledgements get lost again and again, and the broker sends ever more."""
    with TemporaryDirectory() as folder, small_identifiers():
        steps = steps_of(Random(seed), 400, heartbeat=0, numbered=30, acknowledge=5, cut=8)
        check(Example(Path(folder), first, IDENTIFIERS - 1), steps)


def check(example: Example, steps: Iterator[tuple[str, Any]]) -> None:
    for kind, value in steps:
        example.step(kind, value)
    example.program.finish()
    path = example.program.path
    with SessionReader.open(path) as reader:
        stored = list(reader.stream())
    logged = [item for item in OwnLog(path.with_suffix(".log")).items() if isinstance(item, Message)]
    assert verify(path).problems == []
    assert logged == stored
    assert [(one.topic, one.payload) for one in stored if one.qos] == example.expected
    careless = [one.payload for one in stored if not one.qos]
    assert len(careless) == len(set(careless))
    assert set(careless) <= example.careless


def test_the_law_is_worth_something(tmp_path: Path):
    """A recorder that recognised a message by its content alone would lose heartbeats in such an example."""
    with small_identifiers():
        example = Example(tmp_path, 1)
        for kind, value in (
            ("heartbeat", 3), ("deliver", 3), ("write", 0), ("acknowledge", 3),
            ("heartbeat", 3), ("cut", True), ("deliver", 2), ("write", 0), ("kill", ("after all", False)),
        ):  # fmt: skip
            example.step(kind, value)
        example.program.finish()
        with SessionReader.open(example.program.path) as reader:
            assert reader.count() == 6
