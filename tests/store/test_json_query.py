"""A JSON condition finds in SQLite exactly the payloads that a plain reading in Python finds."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import UsageError
from core.json_path import Literal, Steps, path_text
from store.json_sql import json_condition
from store.parts import open_session
from store.query import MessageQuery
from store.reader import SessionReader
from tests.builders import message, session
from tests.hostile import PAYLOADS, hostile_path

__all__ = ["hostile_path"]

Place = tuple[Steps, Literal]
COMPARE: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def naive(payload: bytes, steps: Steps, sign: str, literal: object) -> bool:
    """The meaning of a condition, in so many words."""
    try:
        value = json.loads(payload.decode(), object_pairs_hook=lambda pairs: dict(pairs[::-1]),
                           parse_constant=lambda _: 1 / 0)  # fmt: skip
    except (ValueError, RecursionError, ZeroDivisionError):
        return False
    return any(fulfils(found, sign, literal) for found in naive_values(value, list(steps)))


def naive_values(value: object, steps: list[str | int | None]) -> Iterator[object]:
    if not steps:
        yield value
    elif steps[0] is None:
        for one in value if isinstance(value, list) else []:
            yield from naive_values(one, steps[1:])
    else:
        try:
            inner = value[steps[0]]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return
        if not isinstance(value, str):
            yield from naive_values(inner, steps[1:])


def fulfils(found: object, sign: str, literal: object) -> bool:
    def number(one: object) -> bool:
        return isinstance(one, int | float) and not isinstance(one, bool)

    if sign == "exists":
        return True
    alike = (number(found) and number(literal)) or type(found) is type(literal)
    if number(found) and isinstance(found, int) and abs(found) > 2**63:
        found = float(found)
    if sign in COMPARE:
        return alike and COMPARE[sign](found, literal)
    return (alike and found == literal) is (sign == "==")


KEYS = st.sampled_from(["a", "b"]) | st.sampled_from(["x y", "ä", "*", "[a]", "a.b", 'q"', "\\", "", "\u20ac\n", "/"])
TEXTS = st.sampled_from(["RUNNING", "R", "", "ä", 'say "no"', "a/b", "\\u0041", "😀", "1", "[1]", "*?["])
NUMBERS = st.sampled_from([0, 1, -1, 1.0, 2.5, -0.0, 1e300, 2**53 + 1, 2**63 - 1, -(2**63), 2**64, 10**30])
LEAVES = TEXTS | NUMBERS | st.sampled_from([True, False, None])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
ODD = (
    b"", b"NaN", b'{"a": NaN}', b'{"a": 1} x', b'{"a": 1}\0', b'\xff{"a": 1}', b'{"a": "\xff"}', b'{"a": 01}',
    b"{'a': 1}", b'{"a": 1,}', b'{"\\u0061": 1}', b'{"a": "\\u0052"}', b'\xef\xbb\xbf{"a": 1}', b'{"a": 1e999}',
    b'{"a": "\\ud800"}', b'{"a": "\x01"}', b"/**/1", b'{"a": "x\0"}',
)  # fmt: skip


def same_key_twice(key: str, one: object, two: object) -> bytes:
    return f"{{{json.dumps(key)}: {json.dumps(one)}, {json.dumps(key)}: {json.dumps(two)}}}".encode()


PAYLOAD = st.one_of(
    st.builds(lambda value, ascii_only: json.dumps(value, ensure_ascii=ascii_only).encode(), VALUES, st.booleans()),
    st.builds(lambda value: json.dumps({"a": value, "b": [value, {"a": value}]}).encode(), VALUES),
    st.builds(same_key_twice, KEYS, LEAVES, LEAVES),
    st.sampled_from(ODD),
)
STEPS = st.one_of(
    st.sampled_from([("a",), ("b", None), ("b", 0), ("b", None, "a"), ("b", 1, "a"), ("a", None), ("a", "a")]),
    st.lists(KEYS | st.integers(-3, 3) | st.none(), max_size=3).map(tuple),
)


def written(steps: Steps, sign: str, literal: object) -> str:
    return f"{path_text(steps)} {sign} {'' if sign == 'exists' else json.dumps(literal)}"


SIGNS = ("==", "!=", *COMPARE, "exists")


@given(st.lists(PAYLOAD, max_size=8), st.lists(st.tuples(STEPS, LEAVES), max_size=2))
@example([b'{"a": ["RUNNING"]}', b'{"a": [{"b": 1}]}'], [(("a", None), "RUNNING"), (("a", None, "b"), 2)])
@example([b'{"a": "\xff"}', b'{"a": "\xc3"}', b'{"a": "x\0"}'], [(("a",), "RUNNING")])
@example([b'{"a": "[1]"}', b'{"a": [1]}'], [(("a",), "[1]")])
@example([b'{"a": 1}', b'{"a": true}', b'{"a": "1"}', b'{"a": 1.0}', b'{"a": 2}'], [(("a",), 1), (("a",), True)])
def test_a_condition_finds_what_python_finds(tmp_path: Path, payloads: list[bytes], places: list[Place]) -> None:
    with SessionReader.open(session(tmp_path, [message("t", payload) for payload in payloads])) as reader:
        for (steps, literal), sign in product(places, SIGNS):
            if sign in COMPARE and (isinstance(literal, bool) or literal is None):
                continue
            limit = float(literal) if isinstance(literal, int) and abs(literal) > 2**63 else literal
            expected = [n for n, one in enumerate(payloads, 1) if naive(one, steps, sign, limit)]
            found = reader.page(MessageQuery(json=written(steps, sign, literal)), 0, 100)
            assert [one.id for one in found] == expected, (steps, sign, literal)


HOSTILE_CONDITIONS = (
    "$ exists", "$.state != null", '$.a == "x"', "$[*] exists", "$.value > 1", '$["\\u0000"] exists', "$.data exists",
    '$.values[0] != ""', "$.a.a.a.a.a exists", "$[0][0][0] exists", '$.state == "RUNNING" && $.state exists',
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE_CONDITIONS)
def test_nothing_that_is_published_breaks_a_condition(hostile_path: Path, text: str) -> None:
    with open_session(hostile_path) as reader:
        found = reader.page(MessageQuery(json=text), 0, 1_000)
        assert reader.count(MessageQuery(json=text)) == len(found)
    if text == "$.value > 1":  # 5,000 digits are a number, if a large one
        assert {one.message.payload for one in found} == {PAYLOADS[6]}


def test_quality_of_service_narrows_down(tmp_path: Path) -> None:
    content = [message("a", qos=qos) for qos in (0, 1, 2, 1)]
    with SessionReader.open(session(tmp_path, content)) as reader:
        assert [one.id for one in reader.page(MessageQuery(qos=(1,)), 0, 9)] == [2, 4]
        assert [one.id for one in reader.page(MessageQuery(qos=(0, 2)), 0, 9)] == [1, 3]


def test_a_mistake_in_a_condition_is_a_usage_error(tmp_path: Path) -> None:
    with SessionReader.open(session(tmp_path, [message("a")])) as reader, pytest.raises(UsageError, match="every path"):
        reader.count(MessageQuery(json="state"))


@pytest.mark.parametrize("text", ["$.a == 1", '$.a.b != "x"', "$.a[*].b > 1", "$[*] == 2", '$.loads[0].type == "RED"'])
def test_plain_payloads_are_settled_without_python(text: str) -> None:
    """A million calls of Python would take ten seconds."""
    (term,) = json_condition(text)
    assert "json_extract" in term.sql or "e.atom" in term.sql
