"""What differs between two payloads of a topic: fields of JSON, lines of text, or bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum
from itertools import islice
from typing import Final

from core.json_path import Steps, path_text
from core.payload import PayloadKind, view

MAX_BYTES: Final = 2_000_000
"""Of larger payloads it is only said whether they differ, and where first."""
MAX_CHANGES: Final = 500
VALUE_CHARS: Final = 300
MAX_LINES: Final = 2_000
"""Longer texts are not compared line by line: that takes the square of their lengths."""
MAX_DEPTH: Final = 100


class Kind(StrEnum):
    """What happened to a field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs."""

    path: str
    """JSON path."""
    kind: Kind
    before: str
    """As JSON, shortened; empty if the field was not there."""
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What a payload has that the other one has not."""

    changes: tuple[Change, ...] = ()
    """Of JSON, in the order of the later payload; what was removed comes last in its object."""
    lines: str = ""
    """Of texts: a unified diff."""
    note: str = ""
    """A sentence: why there is nothing to see, or what is left out."""


_ABSENT: Final = object()


def payload_difference(before: bytes, after: bytes) -> Difference:
    """What changed from one payload to the next; never raises."""
    if before == after:
        return Difference(note="The same payload, byte for byte.")
    if max(len(before), len(after)) > MAX_BYTES:
        return _bytes(before, after)
    old, new = view(before), view(after)
    if old.kind is PayloadKind.JSON and new.kind is PayloadKind.JSON:
        return _json(old.value, new.value)
    if PayloadKind.BINARY in (old.kind, new.kind):
        return _bytes(before, after)
    return _texts(old.text, new.text)


def _json(before: object, after: object) -> Difference:
    found = list(islice(_changes(before, after, ()), MAX_CHANGES + 1))
    if not found:
        return Difference(note="The same values; only the order of fields, blanks or escapes differ.")
    note = f"Only the first {MAX_CHANGES:,} changes are shown." if len(found) > MAX_CHANGES else ""
    return Difference(tuple(found[:MAX_CHANGES]), note=note)


def _changes(before: object, after: object, steps: Steps) -> Iterator[Change]:
    if len(steps) < MAX_DEPTH and isinstance(before, dict) and isinstance(after, dict):
        for key in (*after, *(key for key in before if key not in after)):
            yield from _changes(before.get(key, _ABSENT), after.get(key, _ABSENT), (*steps, key))
    elif len(steps) < MAX_DEPTH and isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            old = before[place] if place < len(before) else _ABSENT
            new = after[place] if place < len(after) else _ABSENT
            yield from _changes(old, new, (*steps, place))
    elif not _same(before, after):
        kind = Kind.ADDED if before is _ABSENT else Kind.REMOVED if after is _ABSENT else Kind.CHANGED
        yield Change(_visible(path_text(steps)), kind, _shown(before), _shown(after))


def _same(before: object, after: object) -> bool:
    """1 and 1.0 are the same number; 1 and true are not the same; NaN is the same as NaN."""
    if isinstance(before, bool) is not isinstance(after, bool):
        return False
    try:
        return before == after or (before != before and after != after)
    except RecursionError:
        return False


def _shown(value: object) -> str:
    if value is _ABSENT:
        return ""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(deeper than can be shown)"
    return _visible(text if len(text) <= VALUE_CHARS else f"{text[:VALUE_CHARS]}… ({len(text):,} characters)")


def _visible(text: str) -> str:
    """Half of a surrogate pair, which JSON may hold, becomes visible."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _texts(before: str, after: str) -> Difference:
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MAX_LINES:
        return _bytes(before.encode(), after.encode())
    changed = unified_diff(old, new, "previous", "this", lineterm="")
    shown = [line if len(line) <= VALUE_CHARS else f"{line[:VALUE_CHARS]}…" for line in islice(changed, MAX_CHANGES)]
    return Difference(lines="\n".join(shown))


def _bytes(before: bytes, after: bytes) -> Difference:
    shorter = min(len(before), len(after))
    first = shorter if before[:shorter] == after[:shorter] else _first_difference(before, after, shorter)
    sizes = f"{len(before):,} bytes before, {len(after):,} now"
    return Difference(note=f"{sizes}; the first difference is at byte {first:,}.")


def _first_difference(before: bytes, after: bytes, shorter: int) -> int:
    """By halves, which compares large payloads as a whole instead of byte by byte."""
    low, high = 0, shorter
    while high - low > 1:
        middle = (low + high) // 2
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle
    return low
