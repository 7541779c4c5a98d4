"""A session as Parquet, for data tools: written in row groups, read back in batches.

What the session is, and what happened in it besides messages, stands in the file's own metadata under SESSION.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import SessionFileError
from core.message import Message, Properties
from core.topics import why_invalid_topic
from store.events import Event
from store.formats.records import Records, record_of
from store.formats.source import flags_assumption, zone_assumption
from store.metadata import SessionMetadata

SESSION: Final = "mqtt_session"
"""The key of the file's metadata: a JSON list of records."""
MAGIC: Final = b"PAR1"
NEEDED: Final = frozenset(("timestamp", "topic", "payload"))

_SCHEMA: Final = pa.schema(
    [
        pa.field("timestamp", pa.timestamp("ns", "UTC"), nullable=False),
        pa.field("topic", pa.string(), nullable=False),
        pa.field("payload", pa.binary(), nullable=False),
        pa.field("qos", pa.int8(), nullable=False),
        pa.field("retain", pa.int8(), nullable=False),
        pa.field("properties", pa.string()),
    ]
)
_GROUP_MESSAGES: Final = 50_000
_GROUP_BYTES: Final = 8_000_000
"""Of topics and payloads. A row group ends with the first of both: it is held in memory as a whole, here and by whoever
reads it."""
_BATCH: Final = 1_000
_UNREADABLE: Final = (pa.ArrowException, OSError, ValueError, MemoryError)

_Row = tuple[int, str, bytes, int, int, str | None]


class ParquetExport:
    """Writes one such file."""

    def __init__(self, file: BinaryIO, metadata: SessionMetadata) -> None:
        self._writer = pq.ParquetWriter(file, _SCHEMA, compression="zstd")
        self._records = [record_of(metadata)]
        self._group: list[pa.RecordBatch] = []
        self._messages = self._size = 0

    def write(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        columns = zip(*map(_row, messages), strict=True)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)]
        self._group.append(pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA))  # a quarter of what Python's rows take
        self._messages += len(messages)
        self._size += sum(len(message.payload) + len(message.topic) for message in messages)
        if self._messages >= _GROUP_MESSAGES or self._size >= _GROUP_BYTES:
            self._end_group()

    def add_event(self, event: Event) -> None:
        self._records.append(record_of(event))

    def close(self) -> None:
        self._end_group()
        self._writer.add_key_value_metadata({SESSION: f"[{','.join(self._records)}]"})
        self._writer.close()

    def _end_group(self) -> None:
        if self._group:
            self._writer.write_table(pa.Table.from_batches(self._group), row_group_size=self._messages)
            self._group, self._messages, self._size = [], 0, 0


def _row(message: Message) -> _Row:
    topic, payload, qos, retain, at_ns, found = message
    properties = None if found is None else json.dumps(found.to_json(), ensure_ascii=False)
    return at_ns, topic, payload, qos, retain, properties


class ParquetFile:
    """One such file, ours or any with columns `timestamp`, `topic` and `payload`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records = Records(path)
        self._events: list[Event] = []
        self._rows = self._without_flags = 0
        with self._explained_open() as file:
            schema = file.schema_arrow
            if not set(schema.names) >= NEEDED or not pa.types.is_timestamp(schema.field("timestamp").type):
                raise SessionFileError(
                    f"{path} is a Parquet file of another program. One with the columns timestamp (a time), topic and "
                    "payload can be imported."
                )
            self._naive = schema.field("timestamp").type.tz is None
            self._columns = [name for name in _SCHEMA.names if name in schema.names]
            self._take_records((file.metadata.metadata or {}).get(SESSION.encode()) or b"[]")

    def _explained_open(self) -> Any:
        try:
            return pq.ParquetFile(self._path)
        except _UNREADABLE as error:
            raise SessionFileError(f"{self._path} is not a whole Parquet file: {_first_line(error)}.") from error

    def _take_records(self, text: bytes) -> None:
        try:
            found = json.loads(text)
            records = [json.dumps(one) for one in found] if isinstance(found, list) else []
        except (ValueError, RecursionError) as error:
            self._records.reject("What is said about the session", error)
            return
        self._events = [event for one in records if (event := self._records.take(one)) is not None]

    def items(self) -> Iterator[Message | Event]:
        position = 0
        for message in self._messages():
            while position < len(self._events) and self._events[position].at_ns <= message.at_ns:
                yield self._events[position]
                position += 1
            yield message
        yield from self._events[position:]

    def _messages(self) -> Iterator[Message]:
        with self._explained_open() as file:
            try:
                for batch in file.iter_batches(batch_size=_BATCH, columns=self._columns):
                    yield from self._of_batch(batch)
            except _UNREADABLE as error:
                self._records.say(f"The file is damaged after row {self._rows:,}: {_first_line(error)}.")

    def _of_batch(self, batch: Any) -> Iterator[Message]:
        given = {name: batch.column(name) for name in batch.schema.names}
        zone = given["timestamp"].type.tz
        given["timestamp"] = given["timestamp"].cast(pa.timestamp("ns", zone)).cast(pa.int64())
        lists = {name: column.to_pylist() for name, column in given.items()}
        columns = [lists.get(name) or [None] * batch.num_rows for name in _SCHEMA.names]
        for row in zip(*columns, strict=True):
            self._rows += 1
            try:
                yield self._message(*row)
            except (ValueError, RecursionError) as error:
                self._records.reject(f"Row {self._rows:,}", error)

    def _message(self, at_ns: Any, topic: Any, payload: Any, qos: Any, retain: Any, properties: Any) -> Message:
        if not isinstance(topic, str):
            raise ValueError("its topic is not a text")
        if reason := why_invalid_topic(topic):
            raise ValueError(reason)
        if type(at_ns) is not int:
            raise ValueError("it has no time")
        if qos not in (None, 0, 1, 2) or retain not in (None, 0, 1, 2):
            raise ValueError(f"its qos is {str(qos)[:20]!r} and its retain {str(retain)[:20]!r}, not 0, 1 or 2")
        self._without_flags += qos is None or retain is None
        return Message(topic, _payload(payload), int(qos or 0), int(retain or 0), at_ns, _properties(properties))

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:
        return self._records.metadata(first_ns, last_ns)

    def assumptions(self) -> list[str]:
        return [
            *self._records.assumptions(),
            *zone_assumption(self._rows if self._naive else 0, "UTC"),
            *flags_assumption(self._without_flags),
        ]

    def problems(self) -> list[str]:
        return self._records.problems()


def _payload(found: object) -> bytes:
    if isinstance(found, bytes):
        return found
    if isinstance(found, str):
        return found.encode("utf-8")
    if found is None:
        return b""
    raise ValueError(f"its payload is a {type(found).__name__}, not bytes or text")


def _properties(found: object) -> Properties | None:
    if found is None:
        return None
    value = json.loads(str(found))
    if not isinstance(value, dict):
        raise ValueError("its properties are not a JSON object")
    return Properties.from_json(value)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["it cannot be read"])[0].rstrip(".")
