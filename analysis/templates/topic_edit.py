"""What people change in the topic of a template: what its variable parts are called, and what its messages say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from analysis.templates.model import Template
from analysis.templates.topic_pattern import Part, TopicPattern
from core.errors import UsageError

_FORBIDDEN: Final = re.compile(r"[{}/+#\x00-\x1f\x7f]")
LONGEST_NAME: Final = 60
"""Characters."""


@dataclass(frozen=True)
class TopicEdit:
    """What the topic of one template shall be."""

    parts: tuple[str, ...]
    """The names of its variable parts, in order."""
    description: str = ""


def topic_edit_of(template: Template) -> TopicEdit:
    """What leaves a template as it is."""
    return TopicEdit(template.topic.parts, template.description)


def with_topic_edit(template: Template, edit: TopicEdit | None) -> Template:
    """The template as it shall be; it matches the same topics. None, or another number of names: as it is.

    Raises UsageError for names that cannot be written into a topic, and for two equal ones.
    """
    if edit is None or len(edit.parts) != len(template.topic.parts):
        return template
    for name in edit.parts:
        _refuse_unwritable(name)
    names = iter(edit.parts)
    levels = tuple(Part(next(names)) if isinstance(level, Part) else level for level in template.topic.levels)
    topic = TopicPattern.parse(str(TopicPattern(levels)))
    called = dict(zip(template.topic.parts, edit.parts, strict=True))
    parts = tuple((called.get(name, name), examples) for name, examples in template.parts)
    return replace(template, topic=topic, parts=parts, description=edit.description)


def renamed_alike(templates: Iterable[Template], names: Mapping[str, str]) -> dict[str, TopicEdit]:
    """By topic filter: what gives the parts of these templates their new names, by the old ones.

    Raises UsageError where that would give a template two parts of one name.
    """
    found = {}
    for template in templates:
        edit = TopicEdit(tuple(names.get(part, part) for part in template.topic.parts), template.description)
        with_topic_edit(template, edit)
        found[template.topic.filter] = edit
    return found


def _refuse_unwritable(name: str) -> None:
    if not name.strip():
        raise UsageError("A variable part of the topic needs a name. Type one, such as serialNumber.")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"The name of a variable part has at most {LONGEST_NAME} characters. Shorten it.")
    wrong = _FORBIDDEN.search(name)
    if wrong:
        raise UsageError(f"The name of a variable part cannot have {wrong[0]!a} in it: take letters, digits and '_'.")
