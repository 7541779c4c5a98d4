"""Compares a session with what was really published, with nothing but SQLite and JSON."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
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
    assert what_is_wrong(numbers(database, sent.topic), sent) == [], "in the database"
    assert what_is_wrong(numbers(log, sent.topic), sent) == [], "in the log"
    beats = sum(one.topic == f"{sent.topic}/alive" for one in database)
    assert sent.heartbeats <= beats <= sent.heartbeats + sent.uncertain_heartbeats, "what repeats is no redelivery"
    check_intact(path)


def check_intact(path: Path) -> None:
    """The files agree, `verify` is content, the session has ended, and no helper is left."""
    assert in_log(path.with_suffix(".log")) == in_database(path)
    found = verify(path)
    assert found.ok, found.problems
    assert status(path) == "completed"
    assert tables(path) == set(TABLES)
    assert sorted(one.suffix for one in path.parent.glob(f"{path.stem}.*")) == [".db", ".log"]


def missing(path: Path, sent: Sent) -> int:
    """How many confirmed numbers the session does not have. Fails on anything else that is wrong with them."""
    got = numbers(in_database(path), sent.topic)
    other = [one for one in what_is_wrong(got, sent) if " missing: " not in one]
    assert other == []
    return len(set(range(sent.numbers)) - sent.uncertain - set(got))


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
