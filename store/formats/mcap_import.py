"""MCAP: our own exports without a loss, and any other file, whose channels are taken as topics."""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import lz4.frame
import zstandard
from mcap.exceptions import McapError
from mcap.records import Channel, Chunk, McapRecord, Metadata
from mcap.records import Message as McapMessage
from mcap.stream_reader import StreamReader, breakup_chunk

from core.message import FROM_DUMP, LIVE, Message, Properties
from core.topics import why_invalid_topic
from store.connection import explained
from store.events import Event
from store.formats.mcap_names import DETAILS, EVENTS, MESSAGE, OTHER, RECORD, ROLE
from store.formats.mcap_payload import Kind, unwrapped
from store.formats.records import Records
from store.metadata import SessionMetadata

LARGEST: Final = 512 * 1024 * 1024
"""Bytes of one record or one chunk: a file of a few kilobytes must not unfold to more than memory holds."""
_UNREADABLE: Final = (
    McapError,
    struct.error,
    ValueError,
    zstandard.ZstdError,
    RuntimeError,
    MemoryError,
    OverflowError,
)
_INT64: Final = 2**63


class McapFile:
    """One such file; read as a stream, so one without an end is read up to where it breaks off."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records = Records(path)
        self._channels: dict[int, Channel] = {}
        self._foreign: Counter[str] = Counter()
        self._read = 0
        self._waiting: Message | None = None
        """The newest message, until it is known whether details follow."""

    def items(self) -> Iterator[Message | Event]:
        try:
            for record in self._file_records():
                yield from self._items_of(record)
        except _UNREADABLE as error:
            reason = str(error) or type(error).__name__
            self._records.say(f"The file breaks off after {self._read:,} messages, as after a crash: {reason}.")
        yield from self._let_go()

    def _file_records(self) -> Iterator[McapRecord]:
        with explained(self._path), self._path.open("rb") as file:
            reader = StreamReader(file, emit_chunks=True, record_size_limit=LARGEST)
            for record in reader.records:
                if isinstance(record, Chunk):
                    yield from self._chunk_records(record)
                else:
                    yield record

    def _chunk_records(self, chunk: Chunk) -> list[McapRecord]:
        """What is in a chunk; of a damaged one nothing, and the rest of the file can still be read."""
        try:
            return breakup_chunk(_unpacked(chunk), validate_crc=True)
        except _UNREADABLE as error:
            self._records.reject(f"A block of messages after message {self._read:,}", str(error) or "it is damaged")
            return []

    def _items_of(self, record: McapRecord) -> Iterator[Message | Event]:
        if isinstance(record, Channel):
            self._channels[record.id] = record
        elif isinstance(record, Metadata) and record.name == ROLE:
            self._records.take(record.metadata.get(RECORD, ""))
        elif isinstance(record, McapMessage):
            self._read += 1
            channel = self._channels.get(record.channel_id)
            if channel is None:
                self._records.reject(f"Message {self._read:,}", "its channel is not known")
                return
            try:
                yield from self._items_of_message(channel, record)
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                self._records.reject(f"Message {self._read:,}, on '{channel.topic[:100]}',", error)

    def _items_of_message(self, channel: Channel, record: McapMessage) -> Iterator[Message | Event]:
        role = channel.metadata.get(ROLE)
        if role == DETAILS:
            self._detail(json.loads(record.data))
            return
        yield from self._let_go()
        if role == EVENTS:
            event = self._records.take(record.data.decode("utf-8"))
            if event is not None:
                yield event
        elif role == MESSAGE:
            about = channel.metadata
            payload = unwrapped(Kind(about["payload"]), record.data)
            self._waiting = _message(channel.topic, payload, int(about["qos"]), int(about["retain"]), record.log_time)
        elif role == OTHER:
            self._waiting = _whole(json.loads(record.data), record.log_time)
        else:
            self._foreign[channel.message_encoding] += 1
            self._waiting = _message(channel.topic, record.data, 0, LIVE, record.log_time)

    def _let_go(self) -> Iterator[Message]:
        if self._waiting is not None:
            yield self._waiting
            self._waiting = None

    def _detail(self, details: dict[str, Any]) -> None:
        """What belongs to the message before."""
        if self._waiting is None:
            raise ValueError("it belongs to no message")
        properties = details.get("properties")
        self._waiting = self._waiting._replace(
            at_ns=int(details.get("at_ns", self._waiting.at_ns)),
            properties=None if properties is None else Properties.from_json(properties),
        )

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:
        return self._records.metadata(first_ns, last_ns)

    def assumptions(self) -> list[str]:
        if not self._foreign:
            return self._records.assumptions()
        count = self._foreign.total()
        raw = sorted(encoding or "unnamed" for encoding in self._foreign if encoding != "json")
        as_is = f"The bytes of the encodings {', '.join(raw)} were taken as they are."
        return [
            f"{count:,} messages are of another program: their channels were taken as topics, with QoS 0, live and not "
            "retained.",
            *([as_is] if raw else []),
        ]

    def problems(self) -> list[str]:
        return self._records.problems()


def _unpacked(chunk: Chunk) -> Chunk:
    """The chunk with its content in plain, of which no more is unfolded than it says itself."""
    size = chunk.uncompressed_size
    if size > LARGEST:
        raise ValueError(f"a chunk of {size:,} bytes is too large")
    if chunk.compression == "zstd":
        with zstandard.ZstdDecompressor().stream_reader(chunk.data) as reader:
            data = reader.read(size)
    elif chunk.compression == "lz4":
        data = lz4.frame.LZ4FrameDecompressor().decompress(chunk.data, max_length=size)
    else:
        return chunk
    if len(data) != size:
        raise ValueError(f"a chunk has {len(data):,} of {size:,} bytes")
    return replace(chunk, compression="", data=data)


def _message(topic: str, payload: bytes, qos: int, retain: int, at_ns: int) -> Message:
    if reason := why_invalid_topic(topic):
        raise ValueError(reason)
    if qos not in (0, 1, 2) or not LIVE <= retain <= FROM_DUMP:
        raise ValueError("its QoS or retain flag is wrong")
    if at_ns >= _INT64:
        raise ValueError("its time is after the year 2261")
    return Message(topic, payload, qos, retain, at_ns)


def _whole(found: dict[str, Any], at_ns: int) -> Message:
    payload = unwrapped(Kind(found["kind"]), str(found["data"]).encode("utf-8"))
    return _message(str(found["topic"]), payload, int(found["qos"]), int(found["retain"]), at_ns)
