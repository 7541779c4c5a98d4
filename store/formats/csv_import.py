"""CSV with a header, as we export it: read back, also after somebody has worked on it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message, Properties
from core.topics import why_invalid_topic
from store.connection import explained
from store.events import Event
from store.formats.csv_cells import payload_of, text_of
from store.formats.records import Records
from store.formats.source import flags_assumption, zone_assumption
from store.metadata import SessionMetadata
from store.timestamps import TimestampParser

NEEDED: Final = frozenset(("timestamp", "topic", "payload"))
"""The columns without which there is no message."""
LONGEST_CELL: Final = 360_000_000
"""Characters: the largest payload of MQTT, 256 MiB, in base64. Python's own limit is 131,072."""

_RETAIN = {"": LIVE, "0": LIVE, "1": LIVE_RETAINED, "2": FROM_DUMP, "false": LIVE, "true": LIVE_RETAINED}


def csv_rows(path: Path) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Each row with the number of the line at which it ends; an error in place of one that is too large."""
    csv.field_size_limit(LONGEST_CELL)
    with explained(path), path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = csv.reader(file)
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield rows.line_num, error
                continue
            if row:
                yield rows.line_num, row


class CsvWithHeader:
    """One such file. Columns are found by their names; without `qos` and `retain` 0 and not retained are assumed."""

    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        self._path = path
        self._zone = zone
        self._times = TimestampParser(zone)
        self._records = Records(path)
        self._without_flags = 0

    def items(self) -> Iterator[Message | Event]:
        rows = csv_rows(self._path)
        header = next((row for _, row in rows if isinstance(row, list)), [])
        for line, row in rows:
            if isinstance(row, csv.Error):
                self._records.reject(f"The row that ends in line {line:,}", row)
                continue
            found = dict(zip(header, row, strict=False))
            if len(row) < len(header):
                self._records.reject(f"The row that ends in line {line:,}", "it breaks off, as after a crash")
                continue
            before, after = self._about(line, found.get("session", ""))
            yield from before
            try:
                message = self._message(found)
            except (ValueError, RecursionError) as error:
                self._records.reject(f"The row that ends in line {line:,}", error)
            else:
                yield message
            yield from after

    def _message(self, found: Mapping[str, str]) -> Message:
        if not found.keys() >= NEEDED:
            raise ValueError("it breaks off, as after a crash")
        topic, qos, retain = text_of(found["topic"]), found.get("qos", ""), found.get("retain", "").lower()
        if reason := why_invalid_topic(topic):
            raise ValueError(reason)
        if qos not in ("", "0", "1", "2"):
            raise ValueError(f"its qos is {qos[:20]!r}, not 0, 1 or 2")
        if retain not in _RETAIN:
            raise ValueError(f"its retain is {retain[:20]!r}, not 0, 1 or 2")
        self._without_flags += not qos or not retain
        return Message(
            topic,
            payload_of(found["payload"], found.get("encoding", "")),
            int(qos or 0),
            _RETAIN[retain],
            self._times.parse(text_of(found["timestamp"])),
            _properties(found.get("properties", "")),
        )

    def _about(self, line: int, found: str) -> tuple[list[Event], list[Event]]:
        """The events before and after a message; what else is said about the session is kept."""
        if not found:
            return [], []
        try:
            about = json.loads(text_of(found))
            before, after = ([json.dumps(one) for one in about[part]] for part in ("before", "after"))
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            self._records.reject(f"What line {line:,} says about the session", error)
            return [], []
        return self._events(before), self._events(after)

    def _events(self, texts: list[str]) -> list[Event]:
        return [event for text in texts if (event := self._records.take(text)) is not None]

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:
        return self._records.metadata(first_ns, last_ns)

    def assumptions(self) -> list[str]:
        return [
            *self._records.assumptions(),
            *zone_assumption(self._times.naive, self._zone.key),
            *flags_assumption(self._without_flags),
        ]

    def problems(self) -> list[str]:
        return self._records.problems()


def _properties(found: str) -> Properties | None:
    if not found:
        return None
    value = json.loads(text_of(found))
    if not isinstance(value, dict):
        raise ValueError("its properties are not a JSON object")
    return Properties.from_json(value)
