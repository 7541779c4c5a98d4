"""Templates learned from one recording of a real factory hold for the others, and notice what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from random import Random

import pytest

from analysis.templates.checking import violations
from analysis.templates.learning import Learner
from analysis.templates.model import Template, TemplateSet
from analysis.templates.topic_pattern import PatternIndex
from core.message import Message
from core.payload import PayloadKind
from tests.analysis.templates.changes import Change, changed
from tests.analysis.test_real_recordings import EXPECTED, messages_of

pytestmark = pytest.mark.real_data

NAMES = [entry[0] for entry in EXPECTED]
MADE_UP = "synthetic-arduino-sensors_20260508_091000.log"
"""30 messages that a program made. Fields that real sensors send are not in them: of their types it teaches nothing."""
ACCEPTED, REJECTED = 0.99, 0.95
ACCEPTED_EACH = 0.97
"""Of one other recording: a start-up, or the software of half a year before, has messages that others never showed."""
CHANGES_EACH = 200
MOST_BYTES = 50_000
"""Pictures are left alone: to change one takes long and shows nothing new."""


@cache
def messages(folder: Path, name: str) -> list[Message]:
    return messages_of(folder / name)


@cache
def learned(folder: Path, name: str) -> TemplateSet:
    learner = Learner()
    learner.begin_session(name)
    for message in messages(folder, name):
        learner.add(message)
    return learner.templates()


def known(folder: Path, name: str, others: Iterable[str]) -> list[tuple[Message, Template]]:
    """The messages of the other recordings on topics for which `name` has a template."""
    index = PatternIndex((template.topic, template) for template in learned(folder, name).templates)
    found = ((message, index.find(message.topic)) for other in others for message in messages(folder, other))
    return [(message, template) for message, template in found if template is not None]


@pytest.mark.parametrize("name", NAMES)
def test_templates_of_one_recording_hold_for_the_others(real_recordings: Path, name: str) -> None:
    own = Counter(_right(known(real_recordings, name, [name])))
    assert own[False] == 0, "what it was learned from"
    each = {other: Counter(_right(known(real_recordings, name, [other]))) for other in NAMES if other != name}
    others = sum(each.values(), Counter[bool]())
    assert others[True] >= ACCEPTED * others.total(), others
    for other, verdicts in each.items():
        assert other == MADE_UP or verdicts[True] >= ACCEPTED_EACH * verdicts.total(), (other, verdicts)


@pytest.mark.parametrize("name", [name for name in NAMES if name != MADE_UP])
def test_templates_of_one_recording_refuse_what_is_wrong_in_the_others(real_recordings: Path, name: str) -> None:
    """Each kind of change alone, on messages of the other recordings that are right."""
    right = [
        (message, template)
        for message, template in known(real_recordings, name, [other for other in NAMES if other != name])
        if PayloadKind.JSON in template.payloads
        and len(message.payload) <= MOST_BYTES
        and not any(violations(template, message.payload))
    ]
    shares = {change: _refused(right, change) for change in Change}
    for share in shares.values():
        assert share is None or share >= REJECTED, shares


def _right(pairs: list[tuple[Message, Template]]) -> Iterator[bool]:
    return (not any(violations(template, message.payload)) for message, template in pairs)


def _refused(right: list[tuple[Message, Template]], change: Change) -> float | None:
    """Share of the changed messages that are refused; None if no message has anything to be changed like that."""
    random = Random(0)
    verdicts: Counter[bool] = Counter()
    for message, template in random.sample(right, min(len(right), CHANGES_EACH)):
        wrong = changed(message.payload.decode(), template.payload, change, random)
        if wrong is not None:
            verdicts[any(violations(template, wrong))] += 1
    return verdicts[True] / verdicts.total() if verdicts else None
