r"""Conditions on JSON payloads as SQL: what SQLite can tell at a glance first, then its JSON functions, then Python.

Three questions per payload, each asked only where the one before does not settle it:

1. Can it match at all? The keys, and a text that is compared with `==`, must occur in it one after the other: a GLOB.
2. Does SQLite's own JSON say so? It is asked only for paths on which all its versions agree.
3. `json_matches`, the meaning of a condition in Python: for payloads that write a letter as an escape (`\u0041`), for
   paths beyond those, and for a last look at matches that are not plain ASCII, which SQLite does not validate.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Final, NamedTuple

from core.json_conditions import parse
from core.json_path import JsonCondition, Operator, Steps

Value = int | float | str
MATCHES: Final = "json_matches"
"""The name under which a connection knows `json_matches`."""

_TEXT: Final = "CAST(payload AS TEXT)"
_NEVER_ESCAPED: Final = re.compile(r"[^\"\\/\x00-\x1f]*")
"""Texts of such characters are written as they are, or as `\\uXXXX`."""
_PLAIN_KEY: Final = re.compile(r"[^\"\\\x00-\x1f]+")


class Term(NamedTuple):
    """A piece of SQL, and what is bound to its question marks."""

    sql: str
    values: tuple[Value, ...] = ()


def json_condition(text: str) -> list[Term]:
    """SQL over the column `payload` with its values, one for each condition of the text. Raises UsageError."""
    return [_sql(condition, text, number) for number, condition in enumerate(parse(text))]


def json_matches(payload: object, text: str, number: int) -> bool:
    """Whether the `number`-th condition of the text holds for a payload. Never raises for any payload.

    A negative number, ~number, is that of a condition of which SQLite has said that it holds: then only a payload that
    SQLite may have misread is looked at again.
    """
    if number < 0:
        if _is_plain(payload):
            return True
        number = ~number
    value = _parsed(payload)
    return value is not _NO_JSON and _conditions(text)[number].holds(value)


_NO_JSON: Final = object()
_conditions = lru_cache(maxsize=32)(parse)


def _is_plain(payload: object) -> bool:
    """Without a null character, where SQLite takes a text to end, and bytes beyond ASCII, be they no UTF-8 at all."""
    return isinstance(payload, bytes) and payload.isascii() and 0 not in payload


def _parsed(payload: object) -> object:
    try:
        text = payload.decode("utf-8") if isinstance(payload, bytes) else str(payload)
        return _loads(text)
    except (ValueError, RecursionError):
        return _NO_JSON


def _loads(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_first_wins, parse_constant=_refuse)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer of thousands of digits, or NaN
        return json.loads(text, object_pairs_hook=_first_wins, parse_constant=_refuse, parse_int=float)


def _first_wins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(reversed(pairs))


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _sql(condition: JsonCondition, text: str, number: int) -> Term:
    texts = [step for step in condition.steps if isinstance(step, str)]
    if condition.operator is Operator.EQUAL and isinstance(condition.literal, str):
        texts.append(condition.literal)
    in_python, python_values = f"{MATCHES}(payload, ?, ?)", (text, number)
    asked = _sqlite_asks(condition)
    cases, values = "", list[Value]()
    if texts:
        cases = f"WHEN {_TEXT} GLOB ? THEN {in_python} WHEN {_TEXT} NOT GLOB ? THEN 0 "
        values = [_marker(texts), *python_values, _pattern(texts)]
    if asked is None:
        return Term(f"CASE {cases}WHEN 1 THEN {in_python} END", (*values, *python_values))
    cases += f"WHEN NOT json_valid({_TEXT}) THEN 0 WHEN ({asked.sql}) IS NOT 1 THEN 0 "
    values += asked.values
    return Term(f"CASE {cases}ELSE {in_python} END", (*values, text, ~number))


def _marker(texts: list[str]) -> str:
    """The GLOB that tells whether a payload may write one of these texts with escapes."""
    return "*\\u*" if all(_NEVER_ESCAPED.fullmatch(text) for text in texts) else "*\\*"


def _pattern(texts: list[str]) -> str:
    """The GLOB of a payload that holds these strings, unescaped, in this order."""
    written = (re.sub(r"([*?\[])", r"[\1]", f'"{text}"') for text in texts)
    return f"*{'*'.join(written)}*"


def _sqlite_asks(condition: JsonCondition) -> Term | None:
    """The question in SQLite's JSON functions; None for paths that these do not all read in the same way."""
    steps = condition.steps
    if None not in steps:
        path = _sqlite_path(steps)
        return None if path is None else _at_path(condition, _TEXT, path)
    any_element = steps.index(None)
    before, after = _sqlite_path(steps[:any_element]), _sqlite_path(steps[any_element + 1 :])
    if before is None or after is None:
        return None
    inner = (
        _at_path(condition, "e.value", after) if after != "$" else _question(condition, Term("e.type"), Term("e.atom"))
    )
    container = "e.type IN ('array', 'object') AND " if after != "$" else ""
    each = f"SELECT 1 FROM json_each({_TEXT}, ?) AS e WHERE {container}({inner.sql})"  # noqa: S608  values are bound
    return Term(f"json_type({_TEXT}, ?) = 'array' AND EXISTS ({each})", (before, before, *inner.values))


def _at_path(condition: JsonCondition, document: str, path: str) -> Term:
    kind, value = Term(f"json_type({document}, ?)", (path,)), Term(f"json_extract({document}, ?)", (path,))
    return _question(condition, kind, value)


def _question(condition: JsonCondition, kind: Term, value: Term) -> Term:
    """Whether the condition holds for what has this JSON type, NULL if it is not there, and this SQL value."""
    literal, sign = condition.literal, condition.operator
    if sign is Operator.EXISTS:
        return Term(f"{kind.sql} IS NOT NULL", kind.values)
    if isinstance(literal, bool) or literal is None:
        compares = "IS NOT" if sign is Operator.DIFFERENT else "IS"
        same = Term(f"{kind.sql} {compares} '{json.dumps(literal)}'", kind.values)
        return same if sign is Operator.EQUAL else Term(f"{kind.sql} IS NOT NULL AND {same.sql}", kind.values * 2)
    types = "'text'" if isinstance(literal, str) else "'integer', 'real'"
    if sign is Operator.DIFFERENT:
        sql = f"CASE WHEN {value.sql} = ? THEN {kind.sql} NOT IN ({types}) ELSE {kind.sql} IS NOT NULL END"
        return Term(sql, (*value.values, literal, *kind.values, *kind.values))
    compares = "=" if sign is Operator.EQUAL else str(sign)
    # The type is looked up only where the value fits: SQLite would work out both sides of an AND.
    sql = f"CASE WHEN {value.sql} {compares} ? THEN {kind.sql} IN ({types}) ELSE 0 END"
    return Term(sql, (*value.values, literal, *kind.values))


def _sqlite_path(steps: Steps) -> str | None:
    parts = ["$"]
    for step in steps:
        if isinstance(step, str) and _PLAIN_KEY.fullmatch(step):
            parts.append(f'."{step}"')
        elif isinstance(step, int) and step >= 0:
            parts.append(f"[{step}]")
        else:
            return None
    return "".join(parts)
