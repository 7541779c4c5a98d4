"""Times inside JSON payloads move; everything else stays, byte for byte."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from core.message import NS_PER_SECOND
from core.time_values import EPOCH, ISO, Mover
from replay.schedule import query_of
from replay.status import ReplayRequest, TimeShift
from replay.time_fields import USUAL, FieldRule, fields_of, sample
from store.reading import Reader

_TEXT: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TIME: Final = rb'"(' + ISO + rb"|" + EPOCH + rb')"|(' + EPOCH + rb")(?=[ \t\r\n,}\]])"
_FLAT: Final = rb'(?=(\[(?:[^"\[\]{}]++|' + _TEXT + rb")*+\]))"
_NESTED: Final = rb"(?=(\[))"
_FIELD: Final = re.compile(rb'"[ \t\r\n]*+:[ \t\r\n]*+(?:' + _TIME + rb"|" + _FLAT + rb"|" + _NESTED + rb")", re.DOTALL)
"""The end of a name, and what it names if that is a time or an array.

Names are looked at afterwards: most strings of a payload are no names of times, so it is cheaper to begin with what is
rare. An array is looked at only, not passed over: a string that looks like the beginning of one might be followed by
real fields."""
_ARRAY: Final = 3
_DEEP: Final = 4
"""The groups of an array of plain values, and of one with arrays or objects in it."""
_ELEMENT: Final = re.compile(_TIME + rb"|" + _TEXT + rb'|[^",\[\] \t\r\n]++', re.DOTALL)
_TOKEN: Final = re.compile(
    rb'"(?P<name>[^"\\]*+(?:\\.[^"\\]*+)*+)"[ \t\r\n]*+:|(?P<open>[\[{])|(?P<close>[\]}])|'
    + rb'"(?P<text>' + ISO + rb"|" + EPOCH + rb')"|(?P<number>' + EPOCH + rb")(?=[ \t\r\n,}\]])|"
    + _TEXT + rb'|[^",:\[\]{} \t\r\n]++',
    re.DOTALL,
)  # fmt: skip
_JSON: Final = json.JSONDecoder(parse_int=len, parse_float=len)
"""Whether it is JSON is asked only: numbers need not be made of the digits, however many."""
_STRUCTURE: Final = frozenset({b",", b":", b"]", b"}"})
"""What may follow the end of a string. No name of a time begins like that."""
_BACKSLASH: Final = ord("\\")
_MAX_NAMES: Final = 10_000
"""Names of which it is remembered whether they are times."""


_Edit = tuple[bytes, int, int, bytes]
"""The name of a field as it is written, where its value begins and ends (exclusive), and what takes its place."""


class TimeShifter:
    """Moves times in payloads. One thread uses it."""

    def __init__(self, fields: FieldRule = USUAL) -> None:
        self._needles = fields.needles()
        pattern = fields.pattern()

        @lru_cache(_MAX_NAMES)
        def is_time(name: bytes) -> bool:
            return name.lstrip()[:1] not in _STRUCTURE and pattern.fullmatch(_text(name)) is not None

        self._is_time = is_time
        self._offset_ns = 0
        self._mover = Mover(0)

    def shift_by(self, offset_ns: int) -> None:
        """From now on by so many nanoseconds; 0 leaves everything as it is."""
        if offset_ns != self._offset_ns:
            self._offset_ns = offset_ns
            self._mover = Mover(offset_ns)

    def __call__(self, payload: bytes) -> bytes:
        """The payload with its times moved; unchanged if it is no JSON."""
        if not self._offset_ns:
            return payload
        for needle in self._needles:
            if needle in payload:
                break
        else:
            return payload
        parts: list[bytes] = []
        place = 0
        for _, start, end, moved in self.edits(payload):
            parts += (payload[place:start], moved)
            place = end
        return b"".join((*parts, payload[place:])) if parts else payload

    def edits(self, payload: bytes) -> list[_Edit]:
        """What is changed, in order."""
        found: list[_Edit] = []
        for field in _FIELD.finditer(payload):
            name = _name_before(payload, field.start())
            if name is None or not self._is_time(name):
                continue
            if field.lastindex == _DEEP:
                return self._edits_in_depth(payload)
            values = _ELEMENT.finditer(payload, *field.span(_ARRAY)) if field.lastindex == _ARRAY else (field,)
            for value in values:
                group = value.lastindex
                if group is not None and (moved := self._mover.moved(value[group])) is not None:
                    found.append((name, *value.span(group), moved))
        return found if found and _is_json(payload) else []

    def _edits_in_depth(self, payload: bytes) -> list[_Edit]:
        """The same, token by token: what lies in arrays, however deep, belongs to the field around them."""
        if not _is_json(payload):
            return []
        found: list[_Edit] = []
        name: bytes | None = None
        around: list[bytes | None] = []  # the name that held outside of each open array and object
        for token in _TOKEN.finditer(payload):
            kind = token.lastgroup
            if kind == "name":
                name = token["name"]
            elif kind == "open":
                around.append(name)
            elif kind == "close":
                name = around.pop()
            elif kind is not None and name is not None and self._is_time(name):
                moved = self._mover.moved(token[kind])
                found += [] if moved is None else [(name, *token.span(kind), moved)]
        return found


def shift_times(payload: bytes, offset_ns: int, fields: FieldRule = USUAL) -> bytes:
    """The payload with the times of these fields moved by `offset_ns`; unchanged if it is no JSON. Never raises."""
    shifter = TimeShifter(fields)
    shifter.shift_by(offset_ns)
    return shifter(payload)


@dataclass(frozen=True, slots=True)
class ShiftExample:
    """One field of one topic, before and after."""

    topic: str
    """As recorded."""
    field: str
    before: str
    after: str


def preview(reader: Reader, request: ReplayRequest, now_ns: int, limit: int = 20) -> list[ShiftExample]:
    """What the time shift would do if the replay began now: one example for each topic and field; none without one."""
    if request.shift is TimeShift.NONE:
        return []
    shifter = TimeShifter(fields_of(request, [reader]))
    started_ns = reader.metadata.started_ns
    shifter.shift_by(now_ns - started_ns - round(request.start_s * NS_PER_SECOND))
    query = query_of(request, started_ns)
    found: dict[tuple[str, bytes], ShiftExample] = {}
    for message in sample(reader):
        if not query.wants_topic(message.topic):
            continue
        for name, start, end, moved in shifter.edits(message.payload):
            if len(found) == limit:
                return list(found.values())
            before = message.payload[start:end].decode()
            found.setdefault((message.topic, name), ShiftExample(message.topic, _text(name), before, moved.decode()))
    return list(found.values())


def _is_json(payload: bytes) -> bool:
    try:
        _JSON.decode(payload.decode("utf-8"))
    except (ValueError, RecursionError):
        return False
    return True


def _name_before(payload: bytes, end: int) -> bytes | None:
    """What lies before the quotation mark at `end`, back to the one before it; None if it is inside a string.

    It is a name, unless the mark opens a string that begins with ':'. Then it is structure, see _STRUCTURE.
    """
    start = payload.rfind(b'"', 0, end)
    if payload[end - 1] == _BACKSLASH and _is_escaped(payload, end):
        return None
    while start > 0 and payload[start - 1] == _BACKSLASH and _is_escaped(payload, start):
        start = payload.rfind(b'"', 0, start)
    return None if start < 0 else payload[start + 1 : end]


def _is_escaped(payload: bytes, place: int) -> bool:
    before = place
    while before and payload[before - 1] == _BACKSLASH:
        before -= 1
    return (place - before) % 2 == 1


def _text(name: bytes) -> str:
    text = name.decode("utf-8", "replace")
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
