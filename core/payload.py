"""How payload bytes are looked at: as JSON, as text or as binary. Nothing here ever raises."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum


class PayloadKind(StrEnum):
    """What a payload turned out to be."""

    EMPTY = "empty"
    JSON = "json"
    TEXT = "text"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class PayloadView:
    """A payload made readable."""

    kind: PayloadKind
    text: str
    """The payload as text; for BINARY a hexadecimal dump of the first bytes."""
    value: object = None
    """The parsed JSON value; None unless the kind is JSON."""


HEX_BYTES = 512
"""How much of a binary payload is shown: enough to recognise a format by its first bytes."""


def text_of(payload: bytes) -> str | None:
    """The payload as text, or None if it is not UTF-8."""
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return None


def view(payload: bytes) -> PayloadView:
    """The most readable view of a payload. A bare number or word counts as text unless JSON reads it."""
    if not payload:
        return PayloadView(PayloadKind.EMPTY, "")
    text = text_of(payload)
    if text is None:
        return PayloadView(PayloadKind.BINARY, payload[:HEX_BYTES].hex(" "))
    try:
        return PayloadView(PayloadKind.JSON, text, json.loads(text))
    except (ValueError, RecursionError):
        return PayloadView(PayloadKind.TEXT, text)
