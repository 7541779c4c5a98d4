"""What is replayed: messages with moments, as a session, as the CSV of mqtt-recorder, and as fingerprints."""

from __future__ import annotations

import csv
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.load import load
from core.message import LIVE, NS_PER_MICROSECOND, NS_PER_SECOND, Message
from store.metadata import Status, new_metadata
from store.writer import SessionWriter

START_NS: Final = 1_795_248_900 * NS_PER_SECOND
"""2026-11-21 08:15:00 UTC."""
SEED: Final = 4


@dataclass(frozen=True, slots=True)
class Planned:
    """One message of the replay, always of QoS 1."""

    offset_ns: int
    """After the first message."""
    topic: str
    payload: bytes

    def fingerprint(self) -> int:
        """By which the subscriber's copy is recognised."""
        return zlib.crc32(self.payload, zlib.crc32(self.topic.encode()))


def planned(name: str, count: int, rate: float) -> list[Planned]:
    """Messages of a load (see `load`), `rate` in a second on average, at random moments as independent devices send.

    Whole microseconds, the resolution of a session.
    """
    chance, offset_ns, found = random.Random(SEED), 0, []  # noqa: S311 - moments, not secrets
    messages = load(name)
    for number in range(count):
        topic, payload = messages[number % len(messages)]
        found.append(Planned(offset_ns, topic, payload))
        offset_ns += round(chance.expovariate(rate) * 1e6) * NS_PER_MICROSECOND
    return found


def write_session(folder: Path, messages: list[Planned]) -> Path:
    """A completed session; returns its database."""
    metadata = new_metadata("benchmark", START_NS, status=Status.IN_PROGRESS)
    writer = SessionWriter.create(folder, metadata)
    writer.write([Message(one.topic, one.payload, 1, LIVE, START_NS + one.offset_ns) for one in messages])
    ended_ns = START_NS + messages[-1].offset_ns
    writer.close(metadata.with_changes(status=Status.COMPLETED, ended_ns=ended_ns))
    return writer.db_path


def write_csv(path: Path, messages: list[Planned], *, timed: bool) -> Path:
    """As mqtt-recorder does: topic, payload, QoS, flag, time, seconds since the message before (0 if not timed)."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer, before_ns = csv.writer(file), 0
        for one in messages:
            since = (one.offset_ns - before_ns) / 1e9 if timed else 0.0
            row = [one.topic, one.payload.decode(), 1, 0, f"{(START_NS + one.offset_ns) / 1e9:.6f}", f"{since:.6f}"]
            writer.writerow(row)
            before_ns = one.offset_ns
    return path


def read_csv(path: Path) -> Iterator[tuple[str, bytes, float]]:
    """Topic, payload, seconds since the message before."""
    csv.field_size_limit(1 << 27)
    with path.open(newline="", encoding="utf-8") as file:
        for topic, payload, _, _, _, since in csv.reader(file):
            yield topic, payload.encode(), float(since)
