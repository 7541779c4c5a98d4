"""Payloads as JSON objects, which every reader of MCAP can show, and back without a change of a byte.

A payload that is a JSON object stands as it is. What else is JSON stands as it is under `value`, other text under
`text`, and what is not UTF-8 in base64 under `data`.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from enum import StrEnum
from typing import Final, NoReturn


class Kind(StrEnum):
    """How a payload is written; a channel has one kind."""

    OBJECT = "object"
    NUMBER = "number"
    VALUE = "value"
    TEXT = "text"
    BYTES = "bytes"


_BEGIN: Final = b'{"value":'
_EMPTY: Final = {"type": "object", "properties": {}}
SCHEMAS: Final = {
    Kind.OBJECT: ("mqtt.Object", _EMPTY),
    Kind.NUMBER: ("mqtt.Number", _EMPTY | {"properties": {"value": {"type": "number"}}}),
    Kind.VALUE: ("mqtt.Value", _EMPTY),
    Kind.TEXT: ("mqtt.Text", _EMPTY | {"properties": {"text": {"type": "string"}}}),
    Kind.BYTES: ("mqtt.Bytes", _EMPTY | {"properties": {"data": {"type": "string", "contentEncoding": "base64"}}}),
}
"""Name and JSON Schema of each kind. Foxglove wants an object whose fields have one plain type."""


def _refuse(constant: str) -> NoReturn:
    """NaN and Infinity, which Python takes for JSON and nobody else does."""
    raise ValueError(constant)


_STRICT: Final = json.JSONDecoder(parse_constant=_refuse)


def wrapped(payload: bytes) -> tuple[Kind, bytes]:
    """The kind of a payload, and the JSON object that stands for it."""
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        return Kind.BYTES, b'{"data":"' + b64encode(payload) + b'"}'
    try:
        value = _STRICT.decode(text)
    except (ValueError, RecursionError):
        return Kind.TEXT, json.dumps({"text": text}, ensure_ascii=False).encode("utf-8")
    if isinstance(value, dict):
        return Kind.OBJECT, payload
    kind = Kind.NUMBER if isinstance(value, int | float) and not isinstance(value, bool) else Kind.VALUE
    return kind, _BEGIN + payload + b"}"


def unwrapped(kind: Kind, data: bytes) -> bytes:
    """The payload that `wrapped` was given. Raises ValueError for anything that it never writes."""
    if kind is Kind.OBJECT:
        return data
    if kind in (Kind.NUMBER, Kind.VALUE):
        if data.startswith(_BEGIN) and data.endswith(b"}"):
            return data[len(_BEGIN) : -1]
        raise ValueError("it has no value")
    found = json.loads(data)
    key = "text" if kind is Kind.TEXT else "data"
    if not isinstance(found, dict) or not isinstance(found.get(key), str):
        raise ValueError(f"it has no {key}")
    return found["text"].encode("utf-8") if kind is Kind.TEXT else b64decode(found["data"], validate=True)
