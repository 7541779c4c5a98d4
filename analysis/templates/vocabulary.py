"""Words that fields of the same name share, wherever they are: what is seen in one place may occur in the others."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.templates.model import JsonType
from analysis.templates.observed import Observed


@dataclass
class Words:
    """The values of one vocabulary: how often each has appeared in that of its fields where it did most often.

    Not in all together: many a thing that happens is told on several topics.
    """

    appearances: dict[str, int] = field(default_factory=dict)

    def add(self, values: dict[str, int]) -> None:
        """What one more field has seen."""
        for value, count in values.items():
            self.appearances[value] = max(self.appearances.get(value, 0), count)


class Vocabularies:
    """Fields of the same name share one vocabulary if a value of the one is a value of the other, too."""

    def __init__(self) -> None:
        self._words: dict[tuple[str, str], Words] = {}
        """By the name of a field and a value of it."""

    def learn(self, name: str, seen: Observed) -> None:
        """Looks at a field and all that are in it."""
        values = texts_of(seen)
        if values and not seen.more_values:
            self._add(name, values)
        for member_name, member in seen.members.items():
            self.learn(member_name, member)
        for part in (seen.items, seen.others):
            if part is not None:
                self.learn(name, part)

    def _add(self, name: str, values: dict[str, int]) -> None:
        shared = {id(found): found for value in values if (found := self._words.get((name, value)))}
        together = max(shared.values(), key=lambda words: len(words.appearances), default=Words())
        for addition in [values, *(words.appearances for words in shared.values() if words is not together)]:
            together.add(addition)
            for value in addition:
                self._words[name, value] = together

    def of(self, name: str, values: dict[str, int]) -> dict[str, int]:
        """All values of the vocabulary that these belong to, with their appearances."""
        found = (self._words[name, value].appearances for value in values if (name, value) in self._words)
        return next(found, values)


def texts_of(seen: Observed) -> dict[str, int]:
    """The texts that a field has been, with how often each has appeared; the empty text does not count."""
    return {
        str(value): found.appearances
        for (kind, value), found in seen.values.items()
        if kind is JsonType.STRING and value != ""
    }
