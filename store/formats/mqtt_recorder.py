"""CSV of `mqtt-recorder` (PyPI): topic, payload, QoS, retain flag, seconds since 1970, seconds since the row before.

It has no header and does not say whether its payloads are in base64 (`--encode_b64`): that is seen from all of them.
"""

from __future__ import annotations

import csv
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, TypeGuard

from core.message import FROM_DUMP, LIVE, NS_PER_SECOND, Message
from core.topics import why_invalid_topic
from store.events import Event
from store.formats.csv_import import csv_rows
from store.formats.records import Records
from store.metadata import SessionMetadata

_COLUMNS: Final = 6
_RETAIN: Final = {"False": LIVE, "0": LIVE, "True": FROM_DUMP, "1": FROM_DUMP}
"""A number with paho, whatever its type says; the recorder itself, when it replays, looks for the words."""
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_LONG: Final = 16
_INT64: Final = 2**63


class MqttRecorderCsv:
    """One such file."""

    def __init__(self, path: Path, base64: bool | None = None) -> None:
        """`base64`: whether the payloads are; None: that is seen from them."""
        self._path = path
        self._records = Records(path)
        self._told = base64
        self._encoded = bool(base64)
        self._retained = 0

    def items(self) -> Iterator[Message | Event]:
        if self._told is None:
            self._encoded = are_base64(row[1] for _, row in csv_rows(self._path) if is_row(row))
        for line, row in csv_rows(self._path):
            try:
                if isinstance(row, csv.Error):
                    raise row
                yield self._message(row)
            except (ValueError, csv.Error) as error:
                self._records.reject(f"The row that ends in line {line:,}", error)

    def _message(self, row: list[str]) -> Message:
        if len(row) < _COLUMNS:
            raise ValueError("it breaks off, as after a crash")
        topic, text, qos, retain, seconds = row[:5]
        if reason := why_invalid_topic(topic):
            raise ValueError(reason)
        if qos not in ("0", "1", "2") or retain not in _RETAIN:
            raise ValueError(
                f"its QoS {qos[:20]!r} and retain flag {retain[:20]!r} are not 0, 1, 2 and True, False, 0, 1"
            )
        raw = text.encode("utf-8", "surrogateescape")
        payload = b64decode(raw, validate=True) if self._encoded else raw
        self._retained += _RETAIN[retain] == FROM_DUMP
        return Message(topic, payload, int(qos), _RETAIN[retain], _nanoseconds(seconds))

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:
        return self._records.metadata(first_ns, last_ns)

    def assumptions(self) -> list[str]:
        seen = self._encoded and self._told is None
        found = ["The payloads are in base64, as all of them look like: they were decoded."] if seen else []
        if self._retained:
            found.append(
                f"{self._retained:,} messages with the retain flag were taken for what the broker had stored: the "
                "initial state."
            )
        return found

    def problems(self) -> list[str]:
        return self._records.problems()


def is_row(row: list[str] | csv.Error) -> TypeGuard[list[str]]:
    """Whether this is a row as mqtt-recorder writes it."""
    if isinstance(row, csv.Error) or len(row) != _COLUMNS:
        return False
    try:
        _nanoseconds(row[4])
    except ValueError:
        return False
    return row[2] in ("0", "1", "2") and row[3] in _RETAIN


def are_base64(payloads: Iterable[str]) -> bool:
    """Whether these texts are base64: all can be, and most that are not empty look as if they were.

    A word of four letters can be base64, too, but what it stands for is no text.
    """
    seen = likely = 0
    for text in payloads:
        if len(text) % 4 or not _BASE64.fullmatch(text):
            return False
        seen += bool(text)
        likely += bool(text) and _looks_encoded(text)
    return 2 * likely > seen


def _looks_encoded(text: str) -> bool:
    if text.endswith("="):
        return True
    if len(text) >= _LONG and text.lower() != text != text.upper() and not text.isalpha():
        return True
    try:
        return b64decode(text).decode("utf-8").isprintable()
    except ValueError:
        return False


def _nanoseconds(seconds: str) -> int:
    try:
        at_ns = int(Decimal(seconds) * NS_PER_SECOND)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise ValueError(f"'{seconds[:40]}' is not a time in seconds") from error
    if not -_INT64 <= at_ns < _INT64:
        raise ValueError(f"'{seconds[:40]}' is outside of the years 1678 to 2261")
    return at_ns
