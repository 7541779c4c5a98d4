"""A ring that runs for a day holds what it is asked for at any time of it, and never more: on disk and in memory."""

from __future__ import annotations

import gc
import sqlite3
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from core.message import Message
from recorder.ring import MAX_SAVED
from recorder.ring_chunks import CHUNKS
from recorder.ring_status import RingRequest
from store.verify import verify
from tests.brokers import ROOT
from tests.recorder.ring_bench import SECOND, Bench

DAY_S = 86_400
KEEP_S = 3_600
STEP_S = 60
LONGEST_S = KEEP_S + KEEP_S / CHUNKS + 2 * STEP_S
"""Nothing older than this may be held: asked for, plus one chunk, plus the steps in which the clock moves here."""
MOST_CHUNKS = 2 * CHUNKS + 3
"""Where it is quiet now and then, a chunk may be shorter than others, but not two in a row."""
MEMORY_NOISE = 200_000
"""Bytes: what the test itself remembers varies with the traffic. To remember a day's messages would take millions."""

PARTS = tuple(f"{ROOT}/{place}" for place in ("core/", "recorder/", "store/", "tests/fakes.py", "tests/recorder/"))
"""Where memory is looked at: other tests' threads in this process have theirs elsewhere."""


def traffic(random: Random, second: int) -> int:
    """How many messages come in a step. Each third of the day: steadily, then a flood now and then, then silence."""
    hour = second // 3_600 % 8
    if hour < 2:
        return random.randrange(8)
    if hour < 4:
        return random.choice((300, 1)) if random.random() < 0.1 else 0
    return 0


class Day(Bench):
    """A day of a ring."""

    def __init__(self, folder: Path, random: Random) -> None:
        super().__init__(folder, RingRequest(keep_s=KEEP_S, before_s=60.0))
        self.recent: deque[Message] = deque()
        """What was sent within the last time that may be held, and that a window may want."""
        self._random = random
        self.place = folder / ".ring" / "mock"

    def step(self, count: int, number: int) -> None:
        for one in range(count):
            self.recent.append(self.source.send("a", b"%d" % (number * 1_000 + one)))
        self.tick(STEP_S * SECOND)
        while self.recent and self.recent[0].at_ns < self.clock.now_ns() - 2 * KEEP_S * SECOND:
            self.recent.popleft()

    def sent_since(self, at_ns: int) -> list[Message]:
        return [message for message in self.recent if message.at_ns >= at_ns]

    def check_bounds(self) -> None:
        """Files, rows, bytes, and what the ring says of itself."""
        now_ns = self.clock.now_ns()
        allowed = self.sent_since(now_ns - round(LONGEST_S * SECOND))
        files = list(self.place.iterdir())
        assert len([one for one in files if one.suffix in (".db", ".log")]) <= 2 * MOST_CHUNKS
        assert len(files) <= 2 * MOST_CHUNKS + 2, "one of them has a journal"
        stored = sum(rows(one) for one in files if one.suffix == ".db")
        assert stored <= len(allowed)
        assert sum(one.stat().st_size for one in files) <= MOST_CHUNKS * EMPTY_BYTES + len(allowed) * MESSAGE_BYTES
        status = self.ring.status()
        assert status.messages == stored
        assert status.since_ns is not None
        assert status.since_ns >= now_ns - (KEEP_S + STEP_S) * SECOND
        assert len(status.saved) <= MAX_SAVED

    def check_window(self) -> None:
        """Saves some stretch around this moment, and compares."""
        before_s, after_s = self._random.randrange(KEEP_S + 1), self._random.choice((0, 0, 150))
        asked_ns, done = self.clock.now_ns(), self.ring.status().saved
        start_ns, end_ns = asked_ns - before_s * SECOND, asked_ns + after_s * SECOND + 1_000
        self.ring.save(before_s=before_s, after_s=after_s)
        while self.ring.status().saved[-1:] == done[-1:]:
            self.step(self._random.randrange(2), 0)
        with self.session() as reader:
            assert list(reader.stream()) == [m for m in self.recent if start_ns <= m.at_ns < end_ns]
            path = reader.path
        assert verify(path).ok, verify(path).problems
        for suffix in (".db", ".log"):
            path.with_suffix(suffix).unlink()


EMPTY_BYTES = 250_000
"""What a chunk takes without messages, generously, its journal included."""
MESSAGE_BYTES = 400
"""What such a message takes in both files, generously."""


def rows(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])


@pytest.fixture
def in_memory() -> Iterator[Callable[[], int]]:
    """How many bytes the objects take that were made since the beginning by the code that takes part."""
    gc.collect()
    gc.freeze()  # else each look goes through all that other tests have loaded
    tracemalloc.start(1)

    def now() -> int:
        gc.collect()
        traces = tracemalloc.take_snapshot().traces
        return sum(trace.size for trace in traces if trace.traceback[0].filename.startswith(PARTS))

    yield now
    tracemalloc.stop()
    gc.unfreeze()


def test_for_a_whole_day_it_holds_the_last_hour_and_nothing_else(tmp_path: Path, in_memory: Callable[[], int]) -> None:
    random = Random("a day")
    day = Day(tmp_path, random)
    memory = []
    try:
        began_ns = day.clock.now_ns()
        number = 0
        while (second := (day.clock.now_ns() - began_ns) // SECOND) < DAY_S:
            number += 1
            day.step(traffic(random, second), number)
            if number % 15 == 0:
                day.check_bounds()
            if number % 30 == 0:
                day.check_window()
                memory.append(in_memory())
    finally:
        day.ring.stop()
    third = len(memory) // 3
    assert third >= 10
    assert max(memory[-third:]) <= max(memory[:third]) + MEMORY_NOISE, memory
    assert list(day.place.iterdir()) == []
