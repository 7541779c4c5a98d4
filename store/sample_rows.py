"""The one-second samples of a session, read from its database, by second or added up in wider buckets."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from store import statements
from store.results import SampleRow
from store.rollup import Cell, Rollup, bucket_cells, seconds_of
from store.topic_names import TopicNames

_FEW_BUCKETS = 5_000
"""Up to so many buckets are asked for one by one: SQLite sorts the samples of each, which costs half of sorting all."""

_MIN_SECOND, _MAX_SECOND = -(2**63), 2**63 - 1


def read_samples(
    connection: sqlite3.Connection,
    names: TopicNames,
    rollup: Rollup | None,
    bucket_s: int,
    start_s: int | None,
    end_s: int | None,
) -> list[SampleRow]:
    """See SessionReader.samples."""
    cells = list(_cells(connection, rollup, bucket_s, start_s, end_s))
    known = names.of({cell[1] for cell in cells})
    return [SampleRow(second, known[topic_id], messages, size) for second, topic_id, messages, size in cells]


def read_activity(
    connection: sqlite3.Connection, rollup: Rollup | None, bucket_s: int, start_s: int | None, end_s: int | None
) -> list[tuple[int, int, int]]:
    """See SessionReader.activity."""
    if rollup is None or bucket_s % rollup.width_s or (start_s, end_s) != (None, None):
        values = {"b": bucket_s, "start": _or(start_s, _MIN_SECOND), "end": _or(end_s, _MAX_SECOND)}
        return connection.execute(statements.ACTIVITY, values).fetchall()
    sums: dict[int, list[int]] = {}
    for second, _, messages, size in rollup.cells:
        total = sums.setdefault(second - second % bucket_s, [0, 0])
        total[0] += messages
        total[1] += size
    return [(second, messages, size) for second, (messages, size) in sorted(sums.items())]


def _cells(
    connection: sqlite3.Connection, rollup: Rollup | None, bucket_s: int, start_s: int | None, end_s: int | None
) -> Iterator[Cell]:
    """By second and topic id, in this order."""
    seconds = seconds_of(connection)
    if seconds is None:
        return
    start, end = max(seconds[0], _or(start_s, _MIN_SECOND)), min(seconds[1] + 1, _or(end_s, _MAX_SECOND))
    first = start - start % bucket_s
    if (end - first) // bucket_s > _FEW_BUCKETS or bucket_s == 1:
        values = {"b": bucket_s, "start": start, "end": end}
        yield from connection.execute(statements.SAMPLES, values)
        return
    coarse = _coarse(rollup, bucket_s) if rollup is not None and bucket_s % rollup.width_s == 0 else None
    for second in range(first, end, bucket_s):
        inside = start <= second and second + bucket_s <= end
        whole = inside or (start <= seconds[0] and end > seconds[1])
        if coarse is not None and whole:
            yield from coarse.get(second, ())
        else:
            yield from bucket_cells(connection, second, max(start, second), min(end, second + bucket_s))


def _coarse(rollup: Rollup, bucket_s: int) -> dict[int, list[Cell]]:
    """The buckets of `bucket_s` seconds, a multiple of the rollup's width, by their start."""
    sums: dict[tuple[int, int], list[int]] = {}
    for second, topic_id, messages, size in rollup.cells:
        cell = sums.setdefault((second - second % bucket_s, topic_id), [0, 0])
        cell[0] += messages
        cell[1] += size
    found: dict[int, list[Cell]] = {}
    for (second, topic_id), (messages, size) in sorted(sums.items()):
        found.setdefault(second, []).append((second, topic_id, messages, size))
    return found


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
