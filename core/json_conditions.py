r"""Conditions on what lies at a path of a JSON document, as people write them: `$.actionState.state == "RUNNING"`.

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
import re
from collections.abc import Iterator
from typing import Final

from core.errors import UsageError
from core.json_path import ORDER, JsonCondition, Literal, Operator, Step, as_sql, kind_of

MAX_CHARS: Final = 1_000
"""Longer conditions are refused: nobody writes them, and SQLite takes no endless patterns."""
MAX_INDEX: Final = 1_000_000_000
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
        if compares in ORDER and kind_of(literal) == "constant":
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
