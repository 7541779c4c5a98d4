"""Reads nested values that people may have edited: each error names its place."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from analysis.templates.model import Scalar
from core.errors import UsageError

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


def parsed(parse: Callable[[str], T], text: str, place: Place) -> T:
    """`parse(text)`; its error names the place, too."""
    try:
        return parse(text)
    except UsageError as error:
        raise UsageError(f"{place.path}: {error}") from error


class Place:
    """A value that has members by name, and where it is. Every method raises UsageError for what does not fit."""

    def __init__(self, value: Any, path: str) -> None:
        self.path = path
        if value is not None and not (isinstance(value, dict) and all(isinstance(name, str) for name in value)):
            raise UsageError(f"{path} must be names with values (name: value), not {_kind(value)}.")
        self._value: dict[str, Any] = value or {}

    def names(self) -> list[str]:
        """What members there are."""
        return list(self._value)

    def has(self, name: str) -> bool:
        """Whether there is such a member."""
        return name in self._value

    def only(self, *names: str) -> None:
        """No other members than these are understood."""
        for name in self._value:
            if name not in names:
                raise UsageError(f"{self.path}: '{name}' is not understood here. There are: {', '.join(names)}.")

    def member(self, name: str) -> Place:
        """A member that has members itself; without any where it is absent."""
        return Place(self._value.get(name), f"{self.path}.{name}")

    def places(self, name: str) -> list[Place]:
        """The elements of a list of such; none where it is absent."""
        return [Place(one, f"{self.path}.{name}[{number}]") for number, one in enumerate(self._list(name))]

    def text(self, name: str, *, needed: bool = False) -> str:
        """A text; empty where it is absent."""
        if needed and not self._value.get(name):
            raise UsageError(f"{self.path}: '{name}' is missing.")
        return self._typed(name, str, "", "a text")

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        found = self._list(name)
        if not all(isinstance(one, str) for one in found):
            self._refuse(name, "a list of texts", found)
        return tuple(found)

    def flag(self, name: str) -> bool:
        """True or false; false where it is absent."""
        return self._typed(name, bool, False, "true or false")  # noqa: FBT003  the default

    def whole(self, name: str, default: int) -> int:
        """A whole number from 0 on."""
        found = self.number(name)
        if found is not None and (not isinstance(found, int) or found < 0):
            self._refuse(name, "a whole number, 0 or more", found)
        return default if found is None else int(found)

    def number(self, name: str) -> int | float | None:
        """A number; None where it is absent."""
        return None if self._value.get(name) is None else self._number(name, self._value[name])

    def numbers(self, name: str) -> tuple[int | float, ...]:
        """A list of numbers."""
        return tuple(self._number(name, one) for one in self._list(name))

    def scalars(self, name: str) -> tuple[Scalar, ...]:
        """A list of texts, numbers, true, false and null."""
        found = self._list(name)
        if not all(one is None or isinstance(one, str | bool | int | float) for one in found):
            self._refuse(name, "a list of texts, numbers, true, false or null", found)
        return tuple(found)

    def choices(self, name: str, of: type[E]) -> tuple[E, ...]:
        """One or several of the words of an enumeration; none where it is absent."""
        found = self._value.get(name)
        words = found if isinstance(found, list) else [] if found is None else [found]
        known = {choice.value: choice for choice in of}
        for word in words:
            if word not in known:
                self._refuse(name, f"one of {', '.join(known)}", word)
        return tuple(known[word] for word in words)

    def _list(self, name: str) -> list[Any]:
        return self._typed(name, list, [], "a list")

    def _typed(self, name: str, wanted: type[T], default: T, words: str) -> T:
        found = self._value.get(name)
        if found is None:
            return default
        if not isinstance(found, wanted):
            self._refuse(name, words, found)
        return found

    def _number(self, name: str, found: Any) -> int | float:
        if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
            self._refuse(name, "a number", found)
        number: int | float = found
        return number

    def _refuse(self, name: str, wanted: str, found: Any) -> NoReturn:
        raise UsageError(f"{self.path}.{name} must be {wanted}, not {_kind(found)}.")


def _kind(value: Any) -> str:
    if isinstance(value, str | bool | int | float):
        return repr(value)[:60]
    return "empty" if value is None else "a list" if isinstance(value, list) else "names with values"
