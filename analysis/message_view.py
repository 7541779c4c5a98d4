"""One stored message made readable, at any size."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from core.message import Message
from core.payload import PayloadKind, text_of, view

PARSE_BYTES = 1_000_000
"""Larger payloads are not parsed: a tree of that size can be neither drawn nor read, and it costs seconds."""
SHOWN_CHARS = 200_000
"""How much text is shown at most: some thousand lines, which a browser still scrolls smoothly."""
STRING_CHARS = 2_000
"""Longer strings inside JSON are shortened."""
UNBROKEN_CHARS = 160
"""To so many, if they have no blank: a picture in base64 shall not hide the fields around it."""
HEX_BYTES = 512
"""How much of a binary payload is shown: enough to recognise a format by its first bytes."""
HEX_COLUMNS = 16
EXACT_INTEGER = 2**53
"""A browser rounds larger integers (ECMAScript's numbers are IEEE 754 doubles)."""
TREE_DEPTH = 100
"""Deeper JSON is shown as text: a browser draws a tree by recursion."""


@dataclass(frozen=True)
class MessageView:
    """A payload to look at."""

    kind: PayloadKind
    size: int
    """Payload bytes."""
    text: str
    """Pretty-printed JSON, the text itself, or a hexadecimal dump; empty for an empty payload. Always valid Unicode."""
    value: object = None
    """The parsed JSON for a tree in a browser: strings as in `text`, numbers that it would round, too.

    None unless the kind is JSON, and if the payload was too large or too deep.
    """
    left_out: str = ""
    """A sentence about what `text` does not show; empty if it shows everything."""


def message_view(message: Message) -> MessageView:
    """The readable view of a message; never raises."""
    payload = message.payload
    if len(payload) > PARSE_BYTES:
        return _unparsed(payload)
    seen = view(payload)
    if seen.kind is PayloadKind.BINARY:
        return _binary(payload)
    if seen.kind is PayloadKind.JSON:
        return _json(payload, seen.text, seen.value)
    text, left_out = _shortened(seen.text)
    return MessageView(seen.kind, len(payload), text, left_out=left_out)


def _unparsed(payload: bytes) -> MessageView:
    text = text_of(payload)
    if text is None:
        return _binary(payload)
    shown, left_out = _shortened(text)
    looks_like_json = text.lstrip()[:1] in ("{", "[")
    if looks_like_json:
        left_out = f"{left_out} A payload of more than {PARSE_BYTES:,} bytes is shown as it is, without layout."
    kind = PayloadKind.JSON if looks_like_json else PayloadKind.TEXT
    return MessageView(kind, len(payload), shown, left_out=left_out.strip())


def _binary(payload: bytes) -> MessageView:
    shown = payload[:HEX_BYTES]
    rest = len(payload) - len(shown)
    left_out = f"The first {HEX_BYTES:,} bytes; {rest:,} of {len(payload):,} bytes are left out." if rest else ""
    return MessageView(PayloadKind.BINARY, len(payload), hexadecimal(shown), left_out=left_out)


def hexadecimal(data: bytes) -> str:
    """A line per 16 bytes: their offset, they in hexadecimal, and what of them can be printed."""
    return "\n".join(_hex_row(data, offset) for offset in range(0, len(data), HEX_COLUMNS))


def _hex_row(data: bytes, offset: int) -> str:
    part = data[offset : offset + HEX_COLUMNS]
    printable = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
    return f"{offset:06x}  {part.hex(' '):<{HEX_COLUMNS * 3 - 1}}  {printable}"


def _json(payload: bytes, text: str, value: object) -> MessageView:
    try:
        shown_value, cut = _with_short_strings(value)
        pretty = json.dumps(shown_value, indent=2, ensure_ascii=False)
    except RecursionError:  # nested so deeply that it could be parsed but not laid out
        shown, left_out = _shortened(text)
        return MessageView(PayloadKind.JSON, len(payload), shown, left_out=left_out)
    shown, left_out = _shortened(pretty)
    if cut:
        strings = "1 long string is" if cut == 1 else f"{cut:,} long strings are"
        left_out = f"{strings} shortened. {left_out}".strip()
    tree = for_browser(shown_value) if _depth_fits(shown_value, TREE_DEPTH) else None
    return MessageView(PayloadKind.JSON, len(payload), shown, tree, left_out)


def _depth_fits(value: object, depth: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth > 0 and all(_depth_fits(item, depth - 1) for item in inner)


def for_browser(value: object) -> object:
    """The value with numbers that a browser would round or not know, large integers and NaN, as strings."""
    if isinstance(value, dict):
        return {key: for_browser(item) for key, item in value.items()}
    if isinstance(value, list):
        return [for_browser(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    fits = abs(value) <= EXACT_INTEGER if isinstance(value, int) else math.isfinite(value)
    return value if fits else str(value)


def _with_short_strings(value: object) -> tuple[object, int]:
    """The value with valid Unicode and with long strings shortened, and how many strings that were."""
    if isinstance(value, str):
        clean = _valid_unicode(value)
        if len(clean) <= STRING_CHARS:
            return clean, 0
        shown = clean[: STRING_CHARS if " " in clean[:STRING_CHARS] else UNBROKEN_CHARS]
        return f"{shown}… ({len(clean) - len(shown):,} more characters)", 1
    if isinstance(value, list):
        items = [_with_short_strings(item) for item in value]
        return [item for item, _ in items], sum(cut for _, cut in items)
    if isinstance(value, dict):
        pairs = {_valid_unicode(key): _with_short_strings(item) for key, item in value.items()}
        return {key: item for key, (item, _) in pairs.items()}, sum(cut for _, cut in pairs.values())
    return value, 0


def _shortened(text: str) -> tuple[str, str]:
    if len(text) <= SHOWN_CHARS:
        return text, ""
    rest = len(text) - SHOWN_CHARS
    return text[:SHOWN_CHARS], f"The first {SHOWN_CHARS:,} characters; {rest:,} more are left out."


def _valid_unicode(text: str) -> str:
    r"""JSON may hold half of a surrogate pair (`"\ud83d"`), which no browser and no file takes: it becomes visible."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
