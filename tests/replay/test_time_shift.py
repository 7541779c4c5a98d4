"""Times inside payloads move, everything else stays byte for byte."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.message import NS_PER_SECOND
from replay.status import ReplayRequest, TimeShift
from replay.time_fields import USUAL_NAMES, FieldRule
from replay.time_shift import TimeShifter, preview, shift_times
from store.reader import SessionReader
from tests.analysis.test_real_recordings import messages_of
from tests.core.test_time_values import OFFSETS, epoch_texts, iso_texts
from tests.replay.sessions import START_NS, message, session

S = NS_PER_SECOND
ALL = FieldRule(("*",))

NAMES = st.sampled_from(["timestamp", "ts", "startedAt", "x", "at", "", 'a"ts', "ts\\", "gestartetÄAt", "{", "a:"])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
    | iso_texts() | epoch_texts() | epoch_texts().map(json.loads)
    | st.sampled_from(['"ts": 1767323045678', ":1767323045678,", '":1767323045678,', ":[", "]", "\\", "<LONG>"])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=15
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"timestamp":"2026-01-02T03:04:05.678Z"}', b'{"timestamp":"2026-01-02T03:04:06.678Z"}'),
        (b'{ "ts" :\t1767323045678 ,"a":1}', b'{ "ts" :\t1767323046678 ,"a":1}'),
        (b'{"ts":"1767323045678"}', b'{"ts":"1767323046678"}'),
        (b'{"ts":1767323045.5}', b'{"ts":1767323046.5}'),
        (b'[{"a":{"stoppedAt":"2026-01-02 03:04:05"}}]', b'[{"a":{"stoppedAt":"2026-01-02 03:04:06"}}]'),
        (b'{"ts":1767323045,"ts":1767323045}', b'{"ts":1767323046,"ts":1767323046}'),
        (
            b'{"ts":[1767323045, "x, 1767323045,", "1767323045"]}',
            b'{"ts":[1767323046, "x, 1767323045,", "1767323046"]}',
        ),
        (
            b'{"ts":[[1767323045, [ "1767323045"], "]"], {"x":1767323045, "y":[1767]}, 1767323045],"z":1767323045}',
            b'{"ts":[[1767323046, [ "1767323046"], "]"], {"x":1767323045, "y":[1767]}, 1767323046],"z":1767323045}',
        ),
        (b'[[{"a":[{"ts":1767323045}]}], 1767323045]', b'[[{"a":[{"ts":1767323046}]}], 1767323045]'),
        (b'{"a":":[","ts":1767323045,"b":"]"}', b'{"a":":[","ts":1767323046,"b":"]"}'),
        (b'{"a\\\\":1,"ts":1767323045}', b'{"a\\\\":1,"ts":1767323046}'),
        (b'{"ge\\u00e4ndertAt":1767323045}', b'{"ge\\u00e4ndertAt":1767323046}'),
        ('{"geändertAt":1767323045}'.encode(), '{"geändertAt":1767323046}'.encode()),
        (b'{"ts":1767323045,"n":NaN,"i":' + b"9" * 5000 + b"}", b'{"ts":1767323046,"n":NaN,"i":' + b"9" * 5000 + b"}"),
    ],
)
def test_a_time_moves_wherever_it_is(before: bytes, after: bytes):
    assert shift_times(before, S) == after


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"x", b"\xff\xfe", b"1767323045678", b'"2026-01-02T03:04:05Z"',
        b'{"ts":1767323045',  # cut off
        b'{"ts":1767323045}}', b'{"ts":1767323045,}', b'{"ts":01767323045}', b"{'ts':1767323045}",
        b'{"ts":1767323045,"a":"\xff"}',  # not UTF-8
        b'\xef\xbb\xbf{"ts":1767323045}', '{"ts":1767323045}'.encode("utf-16"),
        b'{"ts":0}', b'{"ts":17}', b'{"ts":-1767323045}', b'{"ts":1767323045e1}', b'{"ts":null}', b'{"ts":""}',
        b'{"ts":"1970-01-01T00:00:00Z"}', b'{"ts":"2026-01-02"}', b'{"ts":"2026-02-30T00:00:00Z"}',
        b'{"TS":1767323045}', b'{"heat":1767323045}', b'{"at":1767323045}', b'{"tsx":1767323045}',
        b'{"xts":1767323045}',
        b'{"a":"ts\\":1767323045}"}', b'{"a\\"ts":1767323045}', b'{"ts\\"":1767323045}',
        b'{"a":":1767323045,","b":"ts"}', b'["ts",1767323045]', b'{"ts":{"x":1767323045}}',
        b'{"ts":[[1767323045]}', b'{"ts":[{"x":[1767323045]}]}',
        b"[" * 100_000, b'{"ts":1767323045,"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_time_or_no_json_stays(payload: bytes):
    assert shift_times(payload, S) == payload


def test_ten_megabytes_are_no_reason_to_fail():
    text = b"x" * 10_000_000
    assert shift_times(b'{"ts":1767323045,"a":"' + text + b'"}', S) == b'{"ts":1767323046,"a":"' + text + b'"}'
    assert shift_times(text, S) == text
    many = b"[" + b",".join([b'{"ts":1767323045}'] * 100_000) + b"]"
    assert shift_times(many, S) == many.replace(b"45}", b"46}")
    assert shift_times(many[:-1], S) == many[:-1]


def test_by_nothing_nothing_moves():
    payload = b'{"ts":1767323045}'
    shifter = TimeShifter()
    assert shifter(payload) is payload
    shifter.shift_by(S)
    assert shifter(payload) != payload
    shifter.shift_by(0)
    assert shifter(payload) is payload


@given(VALUES, OFFSETS, st.sampled_from([FieldRule(), ALL]))
def test_moved_there_and_back_it_is_the_same(value: object, offset_ns: int, fields: FieldRule):
    payload = as_json(value)
    assert shift_times(shift_times(payload, offset_ns, fields), -offset_ns, fields) == payload


@given(st.binary(max_size=200) | st.text().map(str.encode), OFFSETS)
def test_any_bytes_are_taken(payload: bytes, offset_ns: int):
    shift_times(payload, offset_ns, ALL)


@given(VALUES, st.integers(-1000, 1000), st.sampled_from([FieldRule(), ALL]))
def test_what_an_ordinary_reader_of_json_finds_has_moved_and_nothing_else(
    value: object, minutes: int, fields: FieldRule
):
    payload = as_json(value)
    assert shift_times(payload, minutes * 60 * S, fields) == moved_by_hand(payload, minutes * 60_000, fields)


@pytest.mark.real_data
@pytest.mark.parametrize("offset_ms", [86_400_000 * 77 + 12_345_678, -1])
def test_in_real_recordings_every_time_moves_by_exactly_the_offset_and_nothing_else(
    real_recordings: Path, offset_ms: int
):
    fields = FieldRule((*USUAL_NAMES, "lastSeen", "loadTimestamp", "pairedSince"))
    for path in [*sorted(real_recordings.glob("*.log")), real_recordings / "default_test_session.db"]:
        messages = messages_of(path)
        shifter = TimeShifter(fields)
        shifter.shift_by(offset_ms * 1_000_000)
        changed = 0
        for one in messages:
            payload = shifter(one.payload)
            assert payload == moved_by_hand(one.payload, offset_ms, fields), (path.name, one.topic)
            changed += payload != one.payload
        assert changed > 0.9 * sum(b'"t' in one.payload for one in messages), path.name


def test_a_preview_shows_one_example_of_each_field(tmp_path: Path):
    payload = b'{"ts":"2026-11-21T08:15:01Z","n":1,"seenLast":1795248901}'
    path = session(tmp_path, [message(1, "a", payload), message(2, "a", payload), message(3, "b", payload)])
    with SessionReader.open(path) as reader:
        request = ReplayRequest(path, shift=TimeShift.RUN)
        found = preview(reader, request, START_NS + 60 * S)
        assert [(one.topic, one.field, one.before, one.after) for one in found] == [
            ("a", "ts", "2026-11-21T08:15:01Z", "2026-11-21T08:16:01Z"),
            ("a", "seenLast", "1795248901", "1795248961"),
            ("b", "ts", "2026-11-21T08:15:01Z", "2026-11-21T08:16:01Z"),
            ("b", "seenLast", "1795248901", "1795248961"),
        ]
        assert len(preview(reader, request, START_NS + 60 * S, limit=3)) == 3
        only_b = ReplayRequest(path, shift=TimeShift.RUN, include=("b",), start_s=1.0, shift_fields=("ts",))
        (one,) = preview(reader, only_b, START_NS)
        assert (one.topic, one.after) == ("b", "2026-11-21T08:15:00Z")
        assert preview(reader, ReplayRequest(path), START_NS) == []


def as_json(value: object) -> bytes:
    """Surrogates in a generated name or text are escaped, so that it is valid UTF-8 in any case."""
    return _with_long_numbers(json.dumps(value)).encode()


# The independent way: a reader of JSON, character by character, and the date arithmetic of the standard library.


def moved_by_hand(payload: bytes, offset_ms: int, fields: FieldRule) -> bytes:
    try:
        text = payload.decode("utf-8")
        json.loads(text, parse_int=str)
    except (ValueError, RecursionError):
        return payload
    names = fields.pattern()
    pieces, place = [], 0
    for name, start, end in scalars(text):
        if names.fullmatch(name):
            with localcontext(Context(prec=60)):
                pieces += [text[place:start], _moved(text[start:end], offset_ms)]
            place = end
    return "".join([*pieces, text[place:]]).encode()


def scalars(text: str) -> Iterator[tuple[str, int, int]]:
    """Name of the field, begin and end of each value in fields and, however deep, in their arrays, in order."""
    tokens = list(re.finditer(r'"(?:[^"\\]|\\.)*"|[^\s"\[\]{},:]+|[\[\]{}:,]', text))
    depth: list[tuple[str, str | None]] = []
    name: str | None = None
    for place, token in enumerate(tokens):
        following = tokens[place + 1][0] if place + 1 < len(tokens) else ""
        match token[0]:
            case "{":
                depth.append(("{", name))
                name = None
            case "[":
                depth.append(("[", name))
            case "}" | "]":
                name = depth.pop()[1]
            case "," if depth[-1][0] == "{":
                name = None
            case "," | ":":
                pass
            case word if following == ":":
                name = json.loads(word)
            case _ if name is not None:
                yield name, token.start(), token.end()


def _moved(value: str, offset_ms: int) -> str:
    """A JSON value as it is written."""
    text = value.strip('"')
    if re.fullmatch(r"[1-9]\d{9}(\d{3}){0,3}(\.\d{1,18})?", text):
        whole, _, fraction = text.partition(".")
        unit_ms = Decimal(1000).scaleb(10 - len(whole))
        moved = Decimal(text) + _rounded(offset_ms / unit_ms, len(fraction))
        return value.replace(text, f"{moved:f}") if moved >= 0 and "\\" not in value else value
    found = re.fullmatch(
        r"(2[012]\d\d-\d\d-\d\d)(.)(\d\d:\d\d)(?:(:\d\d)(?:([.,])(\d{1,18}))?)?([Zz]|[+-]\d\d(:?\d\d)?)?", text
    )
    if value == text or found is None or found[2] not in "Tt ":
        return value
    fraction = found[6] or ""
    try:
        moment = datetime.fromisoformat(f"{found[1]} {found[3]}{found[4] or ''}")
        if not found[4]:
            step = _rounded(Decimal(offset_ms) / 60_000, 0) * 60
        else:
            step = Decimal(f"0.{fraction or 0}") + _rounded(Decimal(offset_ms) / 1000, len(fraction))
        whole_s = math.floor(step)
        after = (moment + timedelta(seconds=whole_s)).isoformat(found[2])[: 19 if found[4] else 16]
    except (ValueError, OverflowError):
        return value
    rest = f"{step - whole_s:.{len(fraction)}f}"[2:]
    return f'"{after}{found[5] or ""}{rest if fraction else ""}{found[7] or ""}"'


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _with_long_numbers(text: str) -> str:
    """Stands for a number that the standard library does not write."""
    return text.replace('"<LONG>"', "9" * 5000)
