"""Places in JSON documents, what lies there, and whether it fulfils a condition. No I/O."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Step = str | int | None
"""A key, the position in an array (from the end if negative), or None: any element of an array."""
Steps = tuple[Step, ...]
Literal = str | int | float | bool | None

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
    """One thing that a payload has to fulfil; see core.json_conditions for its meaning."""

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
        same_kind = kind_of(found) == kind_of(self.literal)
        if self.operator in ORDER:
            return same_kind and ORDER[self.operator](as_sql(found), self.literal)
        equal = same_kind and as_sql(found) == self.literal
        return equal == (self.operator is Operator.EQUAL)


def kind_of(value: object) -> str:
    """What can be compared with each other has the same kind."""
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


def value_at(value: object, steps: Steps) -> object:
    """The value at a path without "any element"; None if there is none, as if it were null."""
    try:
        for step in steps:
            value = _below(value, step)
    except LookupError:
        return None
    return value


def _below(value: object, step: Step) -> object:
    """What an object or an array holds under a key or at a position. LookupError if that is nothing."""
    if isinstance(value, dict) and isinstance(step, str):
        return value[step]
    if isinstance(value, list) and isinstance(step, int):
        return value[step]
    raise LookupError


_PLAIN_NAME = re.compile(r"[^\W\d][\w-]*")


def path_text(steps: Steps) -> str:
    """The path as people write it; core.json_conditions.parse reads it back."""
    return "$" + "".join(_step_text(step) for step in steps)


def _step_text(step: Step) -> str:
    if step is None:
        return "[*]"
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_NAME.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"
