"""A session as MCAP, which opens in Foxglove: a JSON channel for each topic, QoS, retain flag and kind of payload."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Final

from mcap.well_known import MessageEncoding, SchemaEncoding
from mcap.writer import Writer

from core.message import Message
from store.events import Event
from store.formats.foxglove_schema import SchemaOf, foxglove_schema
from store.formats.mcap_names import CHANNELS, DETAILS, EVENTS, MESSAGE, OTHER, RECORD, ROLE
from store.formats.mcap_payload import SCHEMAS, Kind, wrapped
from store.formats.records import record_of
from store.metadata import SessionMetadata

_CHUNK_BYTES: Final = 4 * 1024 * 1024
"""Four times the library's own: it keeps the places of all chunks in memory until the end."""
_UINT32: Final = 2**32


def no_schema(topic: str) -> None:
    """For a session whose payloads nobody has learned."""


class McapExport:
    """Writes one such file."""

    def __init__(self, file: BinaryIO, metadata: SessionMetadata, schema_of: SchemaOf = no_schema) -> None:
        self._writer = Writer(file, chunk_size=_CHUNK_BYTES)
        self._schema_of = schema_of
        self._schemas: dict[tuple[str, str], int] = {}
        self._channels: dict[tuple[str, str, int, int], int] = {}
        self._messages = 0
        self._writer.start(profile="", library="mqtt-session-manager")
        about = {"name": metadata.name, "source": metadata.source, "note": metadata.note}
        self._writer.add_metadata(ROLE, {**about, RECORD: record_of(metadata)})

    def write(self, messages: Sequence[Message]) -> None:
        for message in messages:
            kind, data = wrapped(message.payload)
            key = (message.topic, kind.value, message.qos, message.retain)
            channel = self._channels.get(key) or self._new_channel(message, kind)
            if channel:
                self._add(channel, message.at_ns, data)
            else:
                self._add(self._own_channel(OTHER), message.at_ns, _whole(message, kind, data))
            if message.properties is not None or message.at_ns < 0:
                self._add(self._own_channel(DETAILS), message.at_ns, _details(message))

    def add_event(self, event: Event) -> None:
        self._add(self._own_channel(EVENTS), event.at_ns, record_of(event).encode("utf-8"))

    def close(self) -> None:
        self._writer.finish()  # type: ignore[no-untyped-call]  # of the library

    def _add(self, channel: int, at_ns: int, data: bytes) -> None:
        self._messages += 1
        time = max(0, at_ns)  # the format knows no time before 1970
        self._writer.add_message(channel, time, data, time, self._messages % _UINT32)

    def _new_channel(self, message: Message, kind: Kind) -> int:
        """0 if there is no room for it."""
        if len(self._channels) >= CHANNELS:
            return 0
        about = {
            ROLE: MESSAGE, "qos": str(message.qos), "retain": str(message.retain), "payload": kind.value,
        }  # fmt: skip
        schema = self._schema(message.topic, kind)
        channel = self._writer.register_channel(message.topic, MessageEncoding.JSON, schema, about)
        self._channels[message.topic, kind.value, message.qos, message.retain] = channel
        return channel

    def _own_channel(self, role: str) -> int:
        key = (role, "", 0, 0)  # no topic of a message has an empty kind
        if key not in self._channels:
            schema = self._register(*SCHEMAS[Kind.OBJECT])
            name = f"{ROLE}/{role}"
            self._channels[key] = self._writer.register_channel(name, MessageEncoding.JSON, schema, {ROLE: role})
        return self._channels[key]

    def _schema(self, topic: str, kind: Kind) -> int:
        known = self._schema_of(topic) if kind is Kind.OBJECT else None
        usable = None if known is None else foxglove_schema(known)
        if known is None or usable is None:
            return self._register(*SCHEMAS[kind])
        return self._register(str(known.get("title") or topic), usable)

    def _register(self, name: str, schema: Mapping[str, Any]) -> int:
        text = json.dumps(schema, ensure_ascii=False)
        if (name, text) not in self._schemas:
            data = text.encode("utf-8", "replace")
            self._schemas[name, text] = self._writer.register_schema(name, SchemaEncoding.JSONSchema, data)
        return self._schemas[name, text]


def _whole(message: Message, kind: Kind, data: bytes) -> bytes:
    about = {"topic": message.topic, "qos": message.qos, "retain": message.retain, "kind": kind.value}
    return json.dumps(about | {"data": data.decode("utf-8")}, ensure_ascii=False).encode("utf-8")


def _details(message: Message) -> bytes:
    details: dict[str, object] = {"at_ns": message.at_ns} if message.at_ns < 0 else {}
    if message.properties is not None:
        details["properties"] = message.properties.to_json()
    return json.dumps(details, ensure_ascii=False).encode("utf-8")
