"""MCAP as others see it: read by the reader of the `mcap` package, and by the rules of Foxglove."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from mcap.reader import make_reader

from core.message import Message, Properties
from store.events import Event
from store.export import ExportFormat, export_to
from store.formats import mcap_export
from store.formats.foxglove_schema import foxglove_schema
from store.formats.mcap_import import McapFile
from tests.builders import START_NS, event, message, metadata

PAYLOADS = {
    b'{"x": 1.50,\n "x": 2}': {"x": 2},
    b"23.50": {"value": 23.5},
    b"[1, 2]": {"value": [1, 2]},
    b"NaN": {"text": "NaN"},
    "ü {".encode(): {"text": "ü {"},
    b"": {"text": ""},
    b"\xff\0": {"data": "/wA="},
    b"[" * 100_000: {"text": "[" * 100_000},
}


def written(items: list[Message | Event], schema_of: Any = None) -> io.BytesIO:
    file = io.BytesIO()
    writer = export_to(file, ExportFormat.MCAP, metadata("A session"), schema_of)
    for item in items:
        if isinstance(item, Event):
            writer.add_event(item)
        else:
            writer.write([item])
    writer.close()
    file.seek(0)
    return file


def test_every_payload_is_a_json_object_for_any_reader() -> None:
    content = [message("a/b", payload, offset_s=number) for number, payload in enumerate(PAYLOADS)]
    reader = make_reader(written([*content, event("here", offset_s=99.0)]), validate_crcs=True)
    found = list(reader.iter_messages())
    assert {channel.message_encoding for _, channel, _ in found} == {"json"}
    assert [channel.topic for _, channel, _ in found] == [*["a/b"] * len(PAYLOADS), "mqtt_session/events"]
    assert [json.loads(one.data) for _, _, one in found][:-1] == list(PAYLOADS.values())
    assert [one.log_time for _, _, one in found] == [*(one.at_ns for one in content), START_NS + 99 * 10**9]
    assert json.loads(found[-1][2].data)["text"] == "here"
    assert next(reader.iter_metadata()).metadata["name"] == "A session"
    for schema, _, _ in found:
        assert schema is not None
        assert schema.encoding == "jsonschema"
        assert understood_by_foxglove(json.loads(schema.data))


def understood_by_foxglove(schema: Any) -> bool:
    """The conditions of parseJsonSchema in Foxglove Studio, which refuses a channel that does not meet them."""
    if schema["type"] != "object":
        return False
    for field in schema["properties"].values():
        one = field["items"] if field["type"] == "array" else field
        if one["type"] == "object":
            if not understood_by_foxglove(one):
                return False
        elif one["type"] not in ("boolean", "string", "number", "integer"):
            return False
    return True


LEARNED = {
    "title": "module/{serial}/state",
    "type": "object",
    "properties": {
        "id": {"type": "string", "enum": ["a"]},
        "n": {"type": "integer"},
        "maybe": {"type": ["string", "null"]},
        "never": {"type": "null"},
        "any": {},
        "in": {"type": "object", "properties": {"t": {"type": "number"}, "x": {"oneOf": []}}},
        "bare": {"type": "object"},
        "many": {"type": "array", "items": {"type": "object", "properties": {"s": {"type": "string"}}}},
        "mixed": {"type": "array", "items": {}},
        "nested": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        "open": {"type": "array"},
    },
}


def test_a_learned_schema_is_there_as_far_as_foxglove_understands_it() -> None:
    schema = foxglove_schema(LEARNED)
    assert schema is not None
    assert understood_by_foxglove(schema)
    assert set(schema["properties"]) == {"id", "n", "in", "bare", "many"}
    reader = make_reader(written([message("a", b"{}"), message("b", b"{}")], lambda t: LEARNED if t == "a" else None))
    names = {channel.topic: schema.name for schema, channel, _ in reader.iter_messages() if schema is not None}
    assert names == {"a": "module/{serial}/state", "b": "mqtt.Object"}


@pytest.mark.parametrize("known", [{"type": "array"}, {}, {"type": "object", "properties": []}])
def test_a_schema_that_is_none_of_an_object_does_no_harm(known: dict[str, Any]) -> None:
    reader = make_reader(written([message("a", b"{}")], lambda _: known))
    assert [understood_by_foxglove(json.loads(schema.data)) for schema, _, _ in reader.iter_messages() if schema] == [
        True
    ]


def test_more_topics_than_the_format_has_channels(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(mcap_export, "CHANNELS", 3)
    content = [
        message(
            f"t/{number}", payload, properties=Properties(content_type="x") if number % 2 else None, at_ns=number - 2
        )
        for number, payload in enumerate(PAYLOADS)
    ]
    path = tmp_path / "x"
    path.write_bytes(written(list(content)).getvalue())
    assert list(McapFile(path).items()) == content
