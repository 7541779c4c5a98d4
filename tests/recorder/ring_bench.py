"""A ring with a clock that a test moves."""

from __future__ import annotations

from pathlib import Path

from core.clock import ManualClock
from core.message import NS_PER_SECOND, Message
from recorder.ring import Ring
from recorder.ring_status import RingRequest, RingStatus
from store.reader import SessionReader
from tests.builders import START_NS
from tests.fakes import FakeSource, eventually

SECOND = NS_PER_SECOND


class Bench:
    """A ring with a clock that a test moves."""

    def __init__(self, folder: Path, request: RingRequest) -> None:
        self.folder = folder
        self.clock = ManualClock(START_NS)
        self.source = FakeSource(self.clock)
        self.ring = Ring(request, self.source, "mock", folder, self.clock)
        self.sent: list[Message] = []
        self.ring.start()

    def send(self, topic: str = "a", payload: bytes = b"x") -> Message:
        self.sent.append(self.source.send(topic, payload))
        return self.sent[-1]

    def pass_time(self, seconds: float) -> None:
        """In steps that the ring takes part in."""
        until_ns = self.clock.now_ns() + round(seconds * SECOND)
        while (left := until_ns - self.clock.now_ns()) > 0:
            self.tick(min(left, SECOND // 2))

    def tick(self, by_ns: int) -> None:
        """Moves the clock when the ring has looked, and waits until it has looked again, if it is time for that."""
        eventually(self._waits, "the ring waiting")
        self.clock.advance(by_ns)
        eventually(self._waits, "the ring looking")

    def _waits(self) -> bool:
        until_ns = self.clock.waiting_until_ns
        return until_ns is not None and until_ns > self.clock.now_ns()

    def traffic(self, seconds: int, topic: str = "a") -> None:
        """One message at the beginning of each second."""
        for _ in range(seconds):
            self.send(topic, str(len(self.sent)).encode())
            self.pass_time(1)

    def saved(self, count: int) -> RingStatus:
        """Waits until so many windows have become sessions."""
        eventually(lambda: self._waits_and_has(count), f"saving {count} windows")
        return self.ring.status()

    def _waits_and_has(self, count: int) -> bool:
        if len(self.ring.status().saved) < count:
            self.tick(SECOND // 2)
        return len(self.ring.status().saved) == count

    def session(self, index: int = -1) -> SessionReader:
        window = self.ring.status().saved[index]
        assert window.problem == ""
        return SessionReader.open(self.folder / f"{window.stem}.db")

    def sent_within(self, start_ns: int, end_ns: int) -> list[Message]:
        return [message for message in self.sent if start_ns <= message.at_ns < end_ns]
