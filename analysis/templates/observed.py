"""What was seen of one field: a summary of any number of values whose size is bounded."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

from analysis.templates.model import JsonType, Scalar
from analysis.templates.moment import NOT_YET, Budget, Moment, Value
from core.message import NS_PER_SECOND
from core.time_values import moment_ns

MAX_VALUES: Final = 40
"""Different values that are counted one by one; a field with more is no enumeration."""
LONGEST_VALUE: Final = 80
"""Characters; longer texts are no values of an enumeration."""
MAX_EXAMPLES: Final = 5
MAX_MEMBERS: Final = 200
"""Fields of one object that are told apart; further ones are taken together: their names are data."""
MAX_DEPTH: Final = 24
"""Levels of nesting that are looked at."""
MAX_ELEMENTS: Final = 1_000
"""Elements of one array that are looked at."""
_YEAR_NS: Final = 366 * 86_400 * NS_PER_SECOND
_DATE: Final = re.compile(r"2[0-2]\d\d-[01]\d-[0-3]\d[Tt ]")


class Observed:
    """The values of one field."""

    __slots__ = ("blanks", "calm", "epochs", "examples", "high", "isos", "items", "last", "longest", "low", "members",
                 "messages", "more_members", "more_values", "others", "seen", "types", "values")  # fmt: skip

    def __init__(self) -> None:
        self.seen = 0
        self.messages = 0
        """How many messages had it; fewer than `seen` if it is in an array."""
        self.last = NOT_YET
        self.types: Counter[JsonType] = Counter()
        self.values: dict[tuple[JsonType, Scalar], Value] = {}
        """Strings, numbers and booleans by their type."""
        self.more_values = False
        """There were more than MAX_VALUES, or too long ones: `values` is empty."""
        self.examples: list[Scalar] = []
        self.calm = 0
        """Messages that had it since the last one with a new value."""
        self.blanks = 0
        """Empty strings and zeros."""
        self.isos = 0
        """Strings that are times in ISO 8601."""
        self.epochs = 0
        """Strings and numbers that count time since 1970, and are within a year of their message."""
        self.low: int | float = math.inf
        self.high: int | float = -math.inf
        self.members: dict[str, Observed] = {}
        self.more_members = False
        self.others: Observed | None = None
        self.items: Observed | None = None
        self.longest = 0
        """Elements of the longest array."""

    def add(self, value: object, moment: Moment, depth: int = 0) -> None:
        """One more value, as json.loads returns it."""
        self.seen += 1
        if moment.number != self.last:
            self.messages += 1
            self.calm += 1
            self.last = moment.number
        if value is None:
            self.types[JsonType.NULL] += 1
        elif isinstance(value, str):
            self._add_text(value, moment)
        elif isinstance(value, bool):
            self.types[JsonType.BOOLEAN] += 1
            self._count(JsonType.BOOLEAN, value, moment)
        elif isinstance(value, int | float):
            self._add_number(value, moment)
        elif isinstance(value, dict):
            self.types[JsonType.OBJECT] += 1
            if depth < MAX_DEPTH:
                self._add_members(value, moment, depth + 1)
        elif isinstance(value, list):
            self.types[JsonType.ARRAY] += 1
            if depth < MAX_DEPTH:
                self._add_items(value, moment, depth + 1)

    def _add_text(self, value: str, moment: Moment) -> None:
        self.types[JsonType.STRING] += 1
        if len(value) > LONGEST_VALUE:
            self._give_up_values()
            if len(self.examples) < MAX_EXAMPLES:
                self._exemplify(f"{value[: LONGEST_VALUE // 2]}…")
            return
        if not _is_unicode(value):
            self._give_up_values()
            return
        if not value:
            self.blanks += 1
        elif _DATE.match(value):
            self.isos += _is_iso(value)
        elif value.isdecimal() and _is_near(value, moment.at_ns):
            self.epochs += 1
        self._count(JsonType.STRING, value, moment)

    def _add_number(self, value: int | float, moment: Moment) -> None:
        whole = isinstance(value, int) or value.is_integer()
        kind = JsonType.INTEGER if whole else JsonType.NUMBER
        self.types[kind] += 1
        if isinstance(value, float) and not math.isfinite(value):
            return  # neither a range nor an example: JSON knows no such numbers
        if not value:
            self.blanks += 1
        self.low, self.high = min(self.low, value), max(self.high, value)
        if abs(value) >= 1_000_000_000 and _is_near(str(value), moment.at_ns):
            self.epochs += 1
        self._count(kind, value, moment)

    def _count(self, kind: JsonType, value: Scalar, moment: Moment) -> None:
        if self.more_values:
            return
        found = self.values.get((kind, value))
        if found is None:
            if len(self.values) >= MAX_VALUES:
                self._give_up_values()
                return
            self._exemplify(value)
            found = self.values[kind, value] = Value()
            self.calm = 0
        found.add(moment.number)

    def _give_up_values(self) -> None:
        self.more_values = True
        self.values.clear()

    def _exemplify(self, value: Scalar) -> None:
        if len(self.examples) < MAX_EXAMPLES and value not in self.examples:
            self.examples.append(value)

    def _add_members(self, value: dict[str, object], moment: Moment, depth: int) -> None:
        members = self.members
        for name, one in value.items():
            field = members.get(name)
            if field is None:
                field = self._new_member(name, moment.budget)
                if field is None:
                    continue
            field.add(one, moment, depth)

    def _new_member(self, name: str, budget: Budget) -> Observed | None:
        """A place for a field that is new; None if there is none left."""
        if len(self.members) < MAX_MEMBERS and len(name) <= LONGEST_VALUE and _is_unicode(name):
            if not budget.take():
                return None
            return self.members.setdefault(name, Observed())
        self.more_members = True
        if self.others is None and budget.take():
            self.others = Observed()
        return self.others

    def _add_items(self, value: list[object], moment: Moment, depth: int) -> None:
        if not value:
            return
        if self.items is None:
            if not moment.budget.take():
                return
            self.items = Observed()
        self.longest = max(self.longest, len(value))
        for one in value[:MAX_ELEMENTS]:
            self.items.add(one, moment, depth)

    def merge(self, other: Observed) -> None:
        """Takes over what another one has seen; `other` must not be used any more."""
        if not self.seen or self.values.keys() == other.values.keys():
            self.calm += other.calm
        else:
            self.calm = min(self.calm, other.calm)
        self.seen += other.seen
        self.messages += other.messages
        self.longest = max(self.longest, other.longest)
        self.types += other.types
        self.blanks += other.blanks
        self.isos += other.isos
        self.epochs += other.epochs
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self._merge_values(other)
        for name, field in other.members.items():
            own = self.members.get(name)
            if own is not None:
                own.merge(field)
            elif len(self.members) < MAX_MEMBERS:
                self.members[name] = field
            else:
                self.more_members = True
        self.more_members |= other.more_members
        self.others = merged(self.others, other.others)
        self.items = merged(self.items, other.items)

    def _merge_values(self, other: Observed) -> None:
        for key, value in other.values.items():
            own = self.values.setdefault(key, value)
            if own is not value:
                own.appearances += value.appearances
        if self.more_values or other.more_values or len(self.values) > MAX_VALUES:
            self._give_up_values()
        for example in other.examples:
            self._exemplify(example)


def merged(first: Observed | None, second: Observed | None) -> Observed | None:
    """Both together; neither must be used any more."""
    if first is None or second is None:
        return first or second
    first.merge(second)
    return first


def _is_unicode(text: str) -> bool:
    """JSON can say half a surrogate pair (`"\\ud800"`), which no file and no browser takes."""
    return text.isascii() or not any("\ud800" <= one <= "\udfff" for one in text)


def _is_iso(text: str) -> bool:
    found = moment_ns(text)
    return found is not None and found[1]


def _is_near(text: str, at_ns: int) -> bool:
    found = moment_ns(text)
    return found is not None and not found[1] and abs(found[0] - at_ns) <= _YEAR_NS
