r"""Paths into JSON, and conditions on what lies there: `$.actionState.state == "RUNNING"`. No I/O.

    condition = path [operator literal] ["&&" condition]       a path alone: it exists
    path      = "$" then any of .name ."a name" ["a name"] [0] [-1] (the last one) [*] (any element of an array)
    operator  = == != < <= > >= exists
    literal   = a JSON string ('...' too), a number, true, false or null

Of several values at a path (`[*]`) one has to fulfil the condition. `!=` needs a value to be there, a different one.
`<` and its like compare numbers with numbers and strings with strings (by code points), and nothing else. A key that
an object holds twice counts where it stands first. Integers beyond 64 bits are compared as floating-point numbers.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import UsageError

Step = str | int | None
"""A key, the position in an array (from the end if negative), or None: any element of an array."""
Steps = tuple[Step, ...]
Literal = str | int | float | bool | None

MAX_CHARS: Final = 1_000
"""Longer conditions are refused: nobody writes them, and SQLite takes no endless patterns."""
MAX_INDEX: Final = 1_000_000_000
_INT64: Final = 2**63


class Operator(StrEnum):
    """What a condition asks of the value."""

    EXISTS = "exists"
    EQUAL = "=="
    DIFFERENT = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


ORDER: Final[dict[Operator, Callable[..., bool]]] = {
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


@dataclass(frozen=True, slots=True)
class JsonCondition:
    """One thing that a payload has to fulfil."""

    steps: Steps
    operator: Operator = Operator.EXISTS
    literal: Literal = None
    """Without meaning for EXISTS."""

    def holds(self, value: object) -> bool:
        """Whether a parsed payload fulfils it."""
        return any(self._fulfils(found) for found in values_at(value, self.steps))

    def _fulfils(self, found: object) -> bool:
        if self.operator is Operator.EXISTS:
            return True
        same_kind = _kind(found) == _kind(self.literal)
        if self.operator in ORDER:
            return same_kind and ORDER[self.operator](as_sql(found), self.literal)
        equal = same_kind and as_sql(found) == self.literal
        return equal == (self.operator is Operator.EQUAL)


def _kind(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return "constant"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "structure"


def as_sql(value: object) -> object:
    """The value, but an integer beyond 64 bits as the floating-point number that SQLite makes of it."""
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    return value


def values_at(value: object, steps: Steps) -> Iterator[object]:
    """All values at a path of a parsed JSON document, in their order."""
    for position, step in enumerate(steps):
        if step is None:
            if isinstance(value, list):
                for element in value:
                    yield from values_at(element, steps[position + 1 :])
            return
        try:
            value = _below(value, step)
        except LookupError:
            return
    yield value


def _below(value: object, step: str | int) -> object:
    """What an object or an array holds under a key or at a position. LookupError if that is nothing."""
    if isinstance(value, dict) and isinstance(step, str):
        return value[step]
    if isinstance(value, list) and isinstance(step, int):
        return value[step]
    raise LookupError


_PLAIN_NAME = re.compile(r"[^\W\d][\w-]*")


def path_text(steps: Steps) -> str:
    """The path as people write it; `parse` reads it back."""
    return "$" + "".join(_step_text(step) for step in steps)


def _step_text(step: Step) -> str:
    if step is None:
        return "[*]"
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_NAME.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"


_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"\.([^\s.\[\]=!<>&\"'()]+)")
_QUOTED_NAME = re.compile(r"\.(?=[\"'])")
_INDEX = re.compile(r"\[\s*(-?\d+|\*)\s*\]")
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", re.DOTALL)
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>|=|exists\b")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])")
_WORD = re.compile(r"[^\s&]+")
_CONSTANTS: Final[dict[str, Literal]] = {"true": True, "false": False, "null": None}
_AND = re.compile(r"&&|and\b")
_HINT: Final = 'Write it like $.state == "RUNNING", $.load[0].weight > 5, $.loads[*].type exists.'


def parse(text: str) -> tuple[JsonCondition, ...]:
    """The conditions of a text that all have to hold; none for an empty text. Raises UsageError."""
    if len(text) > MAX_CHARS:
        raise UsageError(f"A JSON condition has at most {MAX_CHARS:,} characters, this one {len(text):,}. Shorten it.")
    return _Parser(text).conditions() if text.strip() else ()


class _Parser:
    """Reads a text from left to right."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def conditions(self) -> tuple[JsonCondition, ...]:
        found = [self._condition()]
        while not self._ended():
            self._need(_AND, "'&&' and another condition, or the end,")
            found.append(self._condition())
        return tuple(found)

    def _condition(self) -> JsonCondition:
        self._need(re.compile(r"\$"), "'$', where every path begins,")
        steps = tuple(self._steps())
        self._skip_space()
        sign = self._take(_OPERATOR)
        if sign is None or sign == Operator.EXISTS:
            return JsonCondition(steps)
        compares = Operator.EQUAL if sign == "=" else Operator(sign)
        literal = self._literal()
        if compares in ORDER and _kind(literal) == "constant":
            raise UsageError(f"'{compares}' compares numbers and texts only, not {json.dumps(literal)}. Use == or !=.")
        return JsonCondition(steps, compares, literal)

    def _steps(self) -> Iterator[Step]:
        while not self._ended():
            if (name := self._take(_NAME, group=1)) is not None:
                yield name
            elif self._take(_QUOTED_NAME) is not None:
                yield self._string("a name in quotes")
            elif (index := self._take(_INDEX, group=1)) is not None:
                yield self._index(index)
            elif self._text[self._at] == "[":
                self._at += 1
                self._skip_space()
                yield self._string("a number, '*' or a name in quotes")
                self._need(re.compile(r"\]"), "']'")
            else:
                return

    def _index(self, text: str) -> Step:
        if text == "*":
            return None
        if len(text) > len(str(MAX_INDEX)):
            raise UsageError(f"The position {text} is beyond any array. Use one below {MAX_INDEX:,}.")
        return int(text)

    def _literal(self) -> Literal:
        self._skip_space()
        if self._text[self._at : self._at + 1] in ("'", '"'):
            return self._string("a text in quotes")
        if (number := self._take(_NUMBER)) is not None:
            return _number(number)
        word = self._take(_WORD)
        if word is None:
            raise self._wrong("a value to compare with")
        if word not in _CONSTANTS:
            raise UsageError(f"'{word}' is no number, true, false or null. Write a text in quotes: \"{word}\".")
        return _CONSTANTS[word]

    def _string(self, what: str) -> str:
        quoted = self._take(_STRING)
        if quoted is None:
            raise self._wrong(what)
        if quoted[0] == "'":
            inner = re.sub(r"\\(.)|(\")", _other_quotes, quoted[1:-1], flags=re.DOTALL)
            quoted = f'"{inner}"'
        try:
            text = str(json.loads(quoted, strict=False))
            text.encode("utf-8")
        except ValueError as error:
            raise UsageError(f"{quoted} is no JSON string: a backslash begins an escape; write it twice.") from error
        return text

    def _need(self, pattern: re.Pattern[str], what: str) -> None:
        self._skip_space()
        if self._take(pattern) is None:
            raise self._wrong(what)

    def _take(self, pattern: re.Pattern[str], group: int = 0) -> str | None:
        found = pattern.match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found.group(group)

    def _skip_space(self) -> None:
        self._take(_SPACE)

    def _ended(self) -> bool:
        return not self._text[self._at :].strip()

    def _wrong(self, expected: str) -> UsageError:
        rest = self._text[self._at :].strip()
        where = f"before '{rest[:40]}'" if rest else "at the end"
        return UsageError(f"The JSON condition lacks {expected} {where}. {_HINT}")


def _other_quotes(found: re.Match[str]) -> str:
    if found.group(2):
        return '\\"'
    return "'" if found.group(1) == "'" else found.group(0)


def _number(text: str) -> int | float:
    if re.fullmatch(r"-?\d{1,25}", text):
        value = as_sql(int(text))
        assert isinstance(value, int | float)
        return value
    return float(text)
