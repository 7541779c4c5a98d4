"""Compares a session with what was really published, with nothing but SQLite and JSON."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from store.schema import TABLES
from store.verify import verify
from tests.faults.publisher import Sent, number_of

QUERY: Final = """
SELECT m.at / 1000, t.name, m.payload, m.qos, m.retain FROM messages m JOIN topics t ON t.id = m.topic_id ORDER BY m.id
"""


class Stored(NamedTuple):
    at_us: int
    topic: str
    payload: bytes
    qos: int
    retain: bool


def in_database(path: Path) -> list[Stored]:
    """The messages of a session's database, in order."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        rows = connection.execute(QUERY)
        return [Stored(at, name, bytes(payload), qos, retain == 1) for at, name, payload, qos, retain in rows]


def in_log(path: Path) -> list[Stored]:
    """The messages of a session's log, in order."""
    found = []
    with path.open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if "topic" in line:
                moment = datetime.fromisoformat(line["timestamp"])
                at_us = int(moment.timestamp()) * 1_000_000 + moment.microsecond
                found.append(Stored(at_us, line["topic"], line["payload"].encode(), line["qos"], line["retain"]))
    return found


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def status(path: Path) -> str:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        (value,) = connection.execute("SELECT value FROM metadata WHERE key = 'status'").fetchone()
        return str(json.loads(value))


def numbers(messages: Iterable[Stored], topic: str) -> list[int]:
    """The numbers among these messages, in order."""
    found = [number_of(one.payload) for one in messages if one.topic == topic]
    assert None not in found, "a number without a number"
    return [number for number in found if number is not None]


def what_is_wrong(got: Sequence[int], sent: Sent) -> list[str]:
    """How the numbers that were stored differ from those that were published; empty if they do not."""
    problems = []
    times = Counter(got)
    if doubled := sorted(number for number, count in times.items() if count > 1):
        problems.append(f"{len(doubled)} stored twice: {_ranges(doubled)}")
    if missing := sorted(set(range(sent.numbers)) - sent.uncertain - set(times)):
        problems.append(f"{len(missing)} of {sent.confirmed} missing: {_ranges(missing)}")
    if strange := sorted(set(times) - set(range(sent.numbers))):
        problems.append(f"never sent: {_ranges(strange)}")
    turned = [(a, b) for a, b in pairwise(got) if b < a]
    if turned:
        problems.append(f"out of order at {len(turned)} places: {turned[:5]}")
    return problems


def check_complete(path: Path, sent: Sent) -> None:
    """Every number exactly once and in order in both files, every heartbeat, and nothing wrong with the session."""
    database, log = in_database(path), in_log(path.with_suffix(".log"))
    for where, stored in (("database", database), ("log", log)):
        problems = what_is_wrong(numbers(stored, sent.topic), sent)
        assert not problems, f"in the {where}: {problems}"
    beats = sum(one.topic == f"{sent.topic}/alive" for one in database)
    least, most = sent.heartbeats, sent.heartbeats + sent.uncertain_heartbeats
    assert least <= beats <= most, f"{beats} heartbeats stored, {least} to {most} were published"
    check_intact(path)


def check_intact(path: Path) -> None:
    """The files agree, `verify` is content, the session has ended, and no helper is left."""
    database, log = in_database(path), in_log(path.with_suffix(".log"))
    place = next((n for n, pair in enumerate(zip(database, log, strict=False)) if pair[0] != pair[1]), None)
    assert place is None, f"message {place} differs: {database[place or 0]} and {log[place or 0]}"
    assert len(database) == len(log), f"{len(database)} messages in the database, {len(log)} in the log"
    found = verify(path)
    assert found.ok, found.problems
    assert status(path) == "completed", status(path)
    assert tables(path) == set(TABLES), f"helpers are left: {tables(path) - set(TABLES)}"
    files = sorted(one.suffix for one in path.parent.glob(f"{path.stem}.*"))
    assert files == [".db", ".log"], files


@dataclass(frozen=True)
class Truth:
    """How many messages a session does not have of those that were published."""

    numbers: int
    """All that are left out, confirmed or not."""
    confirmed: int
    """Of these, those that the broker had confirmed."""
    heartbeats: int
    """Confirmed ones."""


def truth(path: Path, sent: Sent) -> Truth:
    """What is missing. Fails on anything else that is wrong with the numbers."""
    stored = in_database(path)
    got = numbers(stored, sent.topic)
    other = [one for one in what_is_wrong(got, sent) if " missing: " not in one]
    assert not other, other
    left_out = set(range(sent.numbers)) - set(got)
    beats = sum(one.topic == f"{sent.topic}/alive" for one in stored)
    return Truth(len(left_out), len(left_out - sent.uncertain), max(0, sent.heartbeats - beats))


def _ranges(values: Sequence[int]) -> str:
    """`3-5, 9`: the first few runs."""
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    shown = ", ".join(f"{a}-{b}" if b > a else str(a) for a, b in runs[:6])
    return shown + (f" and {len(runs) - 6} more" if len(runs) > 6 else "")
