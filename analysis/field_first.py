"""Which fields are drawn before anybody has chosen: what measures, and what says how things stand; never an id."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from analysis.field_choice import FieldInfo, FieldKind
from analysis.templates.evidence import looks_like_identifier
from analysis.templates.names import says_identifier

_SAYS_STATE: Final = re.compile(r"(?:^|[a-z0-9_-])(?:state|status|mode)$|[a-z0-9](?:State|Status|Mode)$")
_COUNTS: Final = re.compile(
    r"(?:^|[_-])(?:number|count|counter|index|seq|sequence|ts)$|[a-z0-9](?:Number|Count|Index)$"
)


def first_fields(found: Iterable[FieldInfo]) -> list[FieldInfo]:
    """At most one number and one state that change, each the most telling one; of equals the first."""
    telling = [one for one in found if not one.constant and not _is_identifier(one)]
    numbers = sorted((one for one in telling if one.field.kind is FieldKind.NUMBER), key=_number_rank)
    states = sorted((one for one in telling if one.field.kind is FieldKind.STATE), key=_state_rank)
    return [*numbers[:1], *states[:1]]


def _is_identifier(one: FieldInfo) -> bool:
    return says_identifier(_name(one)) or any(map(looks_like_identifier, one.states))


def _number_rank(one: FieldInfo) -> tuple[bool, bool, bool]:
    """Before all a measurement, and what belongs to the message itself rather than to one element of a list."""
    return bool(_COUNTS.search(_name(one))), _in_list(one), not one.fractions


def _state_rank(one: FieldInfo) -> tuple[bool, bool, bool]:
    """What is called a state in words before what is true or false."""
    return _in_list(one), not _SAYS_STATE.search(_name(one)), set(one.states) <= {"true", "false"}


def _name(one: FieldInfo) -> str:
    """Of the field, or of the list that it is an element of."""
    return next((step for step in reversed(one.field.steps) if isinstance(step, str)), "")


def _in_list(one: FieldInfo) -> bool:
    return any(isinstance(step, int) for step in one.field.steps)
