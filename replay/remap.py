"""Where a message goes: topics renamed by rules, and a prefix before all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import UsageError
from core.topics import matches, why_invalid_filter, why_invalid_topic

Rule = Callable[[str], str | None]
"""The new topic; None if the rule does not fit."""

REGULAR: Final = "re:"
"""What a rule with a regular expression begins with."""
EXAMPLE: Final = "Write 'factory/#=test/#', or 're:^factory/(.*)=test/\\1'."
MAX_CACHED: Final = 10_000
"""Topics whose new name is remembered: more than a plant has, and still a few megabytes only."""


class Remap:
    """Renames topics. The first rule that fits is applied, and no other; then comes the prefix."""

    def __init__(self, rules: Sequence[str] = (), prefix: str = "") -> None:
        """Raises UsageError, naming the rule, for what cannot be understood."""
        self._rules = tuple(parse_rule(rule) for rule in rules)
        self._prefix = with_slash(prefix)
        self.known: dict[str, str | None] = {}
        """What was asked before: to be read, not changed."""

    def __call__(self, topic: str) -> str | None:
        """The topic to publish to; None if that is none, or was none before (an imported file may hold anything)."""
        try:
            return self.known[topic]
        except KeyError:
            if len(self.known) >= MAX_CACHED:
                self.known.clear()
            renamed = self.known[topic] = self._renamed(topic)
            return renamed

    def _renamed(self, topic: str) -> str | None:
        if why_invalid_topic(topic) is not None:
            return None
        found = next((new for rule in self._rules if (new := rule(topic)) is not None), topic)
        renamed = self._prefix + found
        return renamed if why_invalid_topic(renamed) is None else None


def with_slash(prefix: str) -> str:
    """A prefix is whole levels: `test` and `test/` mean the same. Raises UsageError."""
    if not prefix:
        return ""
    if (reason := why_invalid_topic(prefix)) is not None:
        raise UsageError(f"The prefix cannot be used: {reason}. Write for example 'test/'.")
    return prefix if prefix.endswith("/") else f"{prefix}/"


def parse_rule(text: str) -> Rule:
    """`from/+/#=to/+/#`: what a wildcard stands for takes the place of the same wildcard, the first of the first.

    `re:PATTERN=REPLACEMENT`: each part of a topic that PATTERN finds is replaced; \\1 is its first group. In both the
    first '=' counts that leaves something valid on both sides. Raises UsageError.
    """
    regular = text.startswith(REGULAR)
    body = text.removeprefix(REGULAR)
    read = _regular if regular else _by_levels
    first_reason = "there is no '=' between the old and the new topic"
    for number, (old, new) in enumerate(_splits(body)):
        try:
            return read(old.strip(), new.strip())
        except ValueError as error:
            if number == 0:
                first_reason = str(error)
    raise UsageError(f"The topic rule '{text}' cannot be used: {first_reason}. {EXAMPLE}")


def pattern_of(text: str) -> str | None:
    """The regular expression of a rule; None if it is one of levels. Raises UsageError."""
    rule = parse_rule(text)
    return rule.pattern.pattern if isinstance(rule, _Expression) else None


def _splits(body: str) -> Iterator[tuple[str, str]]:
    for place, character in enumerate(body):
        if character == "=":
            yield body[:place], body[place + 1 :]


def _regular(old: str, new: str) -> Rule:
    if not old:
        raise ValueError("the regular expression before '=' is empty")
    try:
        pattern = re.compile(old)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"'{old}' is not a regular expression ({error})") from error
    try:
        pattern.sub(new, "")  # looks at the replacement, also where nothing is found
    except (re.error, IndexError) as error:
        raise ValueError(f"'{new}' does not fit the regular expression ({error})") from error
    return _Expression(pattern, new)


@dataclass(frozen=True, slots=True)
class _Expression:
    pattern: re.Pattern[str]
    new: str

    def __call__(self, topic: str) -> str | None:
        renamed, times = self.pattern.subn(self.new, topic)
        return renamed if times else None


def _by_levels(old: str, new: str) -> Rule:
    for topic_filter in (old, new):
        if (reason := why_invalid_filter(topic_filter)) is not None:
            raise ValueError(reason)
    if _wildcards(old) != _wildcards(new):
        raise ValueError(f"'{old}' and '{new}' must have the same wildcards ('+' and '#'), in the same number")
    levels, new_levels = old.split("/"), new.split("/")
    wild = [place for place, level in enumerate(levels) if level == "+"]

    def rename(topic: str) -> str | None:
        if not matches(old, topic):
            return None
        parts = topic.split("/")
        stand_for = iter([parts[place] for place in wild])
        renamed = [next(stand_for) if level == "+" else level for level in new_levels if level != "#"]
        return "/".join([*renamed, *parts[len(levels) - 1 :]] if levels[-1] == "#" else renamed)

    return rename


def _wildcards(topic_filter: str) -> list[str]:
    return sorted(level for level in topic_filter.split("/") if level in ("+", "#"))
