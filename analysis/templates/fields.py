"""The fields of a template one by one: a flat list of what is nested, and how one of them is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum

from analysis.templates.checking import joined
from analysis.templates.model import Field


class Step(Enum):
    """From a field to one in it that has no name."""

    ELEMENT = "[*]"
    OTHER = ".*"


FieldPath = tuple[str | Step, ...]
"""From the payload down: names of members, elements of arrays, fields whose names are data."""


def fields_of(field: Field, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Field]]:
    """A field and all that are in it, each after the one that it is in."""
    yield path, field
    for name, member in field.members:
        yield from fields_of(member, (*path, name))
    if field.others is not None:
        yield from fields_of(field.others, (*path, Step.OTHER))
    if field.items is not None:
        yield from fields_of(field.items, (*path, Step.ELEMENT))


def written(path: FieldPath) -> str:
    """As JSON path: `$.loads[*].type`."""
    text = "$"
    for step in path:
        text = text + step.value if isinstance(step, Step) else joined(text, step)
    return text


def with_field(root: Field, path: FieldPath, new: Field) -> Field:
    """`root` with the field at `path` replaced. Raises KeyError if there is none."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if step is Step.ELEMENT and root.items is not None:
        return replace(root, items=with_field(root.items, rest, new))
    if step is Step.OTHER and root.others is not None:
        return replace(root, others=with_field(root.others, rest, new))
    if step not in dict(root.members):
        raise KeyError(written(path))
    return replace(
        root,
        members=tuple(
            (name, with_field(member, rest, new) if name == step else member) for name, member in root.members
        ),
    )
