"""A session as CSV: one row for each message."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import BinaryIO

from core.message import Message
from store.events import Event
from store.formats.csv_cells import COLUMNS, cell, payload_cells
from store.formats.records import record_of
from store.metadata import SessionMetadata
from store.timestamps import iso


class CsvExport:
    """Writes one such file.

    There are as many rows as messages. What the session is, and what happened in it besides messages, stands in the
    column `session` of the messages beside it.
    """

    def __init__(self, file: BinaryIO, metadata: SessionMetadata) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        self._csv = csv.writer(self._text, quoting=csv.QUOTE_ALL)
        self._csv.writerow(COLUMNS)
        self._before = [record_of(metadata)]
        """Records that come before the next message."""
        self._waiting: tuple[list[str], list[str]] | None = None
        """The newest row and its records, until it is known whether it is the last one."""

    def write(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if self._waiting is not None:
                self._finish(*self._waiting)
            self._waiting, self._before = (_cells(message), self._before), []

    def add_event(self, event: Event) -> None:
        self._before.append(record_of(event))

    def close(self) -> None:
        if self._waiting is not None:
            self._finish(*self._waiting, self._before)
        self._text.detach()

    def _finish(self, cells: list[str], before: Sequence[str], after: Sequence[str] = ()) -> None:
        self._csv.writerow([*cells, _session(before, after) if before or after else ""])


def _cells(message: Message) -> list[str]:
    payload, encoding = payload_cells(message.payload)
    found = message.properties
    properties = "" if found is None else cell(json.dumps(found.to_json(), ensure_ascii=False))
    qos, retain = str(message.qos), str(message.retain)
    return [iso(message.at_ns), cell(message.topic), payload, encoding, qos, retain, properties]


def _session(before: Sequence[str], after: Sequence[str]) -> str:
    return cell(f'{{"before":[{",".join(before)}],"after":[{",".join(after)}]}}')
