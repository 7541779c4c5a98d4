"""A batch of messages as rows of the database, and in figures: the inner loop of a recording."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from core.message import NS_PER_SECOND, Message, Properties
from store.statistics import TopicCells

Row = tuple[int, int, bytes, int, int, str | None]


def rows_of(
    messages: Sequence[Message], started: int, known: Mapping[str, int], new: Callable[[str], int]
) -> tuple[list[Row], dict[int, TopicCells]]:
    """The rows of `messages`, and their figures by second since `started` (ns) and topic.

    `known` has the ids of topics, `new` gives one to the others.
    """
    rows: list[Row] = []
    seconds: dict[int, TopicCells] = {}
    cells: TopicCells = {}
    begin = end = 0  # of the second that `cells` belongs to
    for topic, payload, qos, retain, at_ns, properties in messages:
        topic_id = known.get(topic) or new(topic)
        rows.append((at_ns, topic_id, payload, qos, retain, None if properties is None else _json(properties)))
        if not begin <= at_ns < end:
            second = (at_ns - started) // NS_PER_SECOND
            begin = started + second * NS_PER_SECOND
            end = begin + NS_PER_SECOND
            cells = seconds.setdefault(second, {})
        size = len(payload)
        cell = cells.get(topic_id)
        if cell is None:
            cells[topic_id] = [1, size, at_ns, at_ns, size, size]
            continue
        cell[0] += 1
        cell[1] += size
        if at_ns > cell[3]:
            cell[3] = at_ns
        elif at_ns < cell[2]:
            cell[2] = at_ns
        if size > cell[5]:
            cell[5] = size
        elif size < cell[4]:
            cell[4] = size
    return rows, seconds


def _json(properties: Properties) -> str:
    return json.dumps(properties.to_json(), ensure_ascii=False, separators=(",", ":"))
