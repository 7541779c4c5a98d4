"""Faults on purpose: what is done to a replay so that its receivers can be tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import UsageError
from core.topics import why_invalid_filter
from replay.phrases import Words, number_text, share, share_text, topic_text


class FaultKind(StrEnum):
    """What goes wrong."""

    DROP = "drop"
    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    """Overtaken by one to three of the messages after it that the fault's filter matches."""
    CORRUPT = "corrupt"
    """One bit of the payload is another one, or its end is missing. An empty payload stays empty."""
    OUTAGE = "outage"
    """The connection is cut, and comes back."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault, and which messages it hits."""

    kind: FaultKind
    topic: str = "#"
    """A topic filter, for topics as recorded."""
    probability: float = 1.0
    """Above 0, at most 1; for each matching message. Without meaning for an outage."""
    seconds: float = 0.0
    """DELAY: by how much, in the session's time. OUTAGE: how long, in real time."""
    at_s: float | None = None
    """OUTAGE: seconds since the session's start."""

    def __str__(self) -> str:
        """As `parse_fault` reads it."""
        if self.kind is FaultKind.OUTAGE:
            return f"outage {number_text(self.seconds)}s at {number_text(self.at_s or 0.0)}s"
        words = [str(self.kind)]
        if self.kind is FaultKind.DELAY:
            words.append(f"{number_text(self.seconds)}s")
        if self.probability != 1:
            words.append(share_text(self.probability))
        if self.topic != "#":
            words += ["of", topic_text(self.topic)]
        return " ".join(words)


MAX_DELAY_S: Final = 3600.0
MAX_OUTAGE_S: Final = 3600.0
EXAMPLES: Final = {
    FaultKind.DROP: "drop 1% of factory/#",
    FaultKind.DELAY: "delay 0.5s 10% of factory/#",
    FaultKind.DUPLICATE: "duplicate 5% of factory/#",
    FaultKind.REORDER: "reorder 5% of factory/#",
    FaultKind.CORRUPT: "corrupt 0.1% of factory/#",
    FaultKind.OUTAGE: "outage 5s at 30s",
}
"""For each kind a text that `parse_fault` reads."""


def parse_fault(text: str) -> Fault:
    """`drop 1% of a/#`, `delay 500ms 10%`, `outage 5s at 1:30`: the share, the topics, or both may be left out.

    Raises UsageError, naming what is wrong, with an example.
    """
    example = EXAMPLES[FaultKind.DROP]
    try:
        words = Words(text)
        kind = _kind(words.take("what goes wrong (drop, delay, duplicate, reorder, corrupt or outage)"))
        example = EXAMPLES[kind]
        fault = _outage(words) if kind is FaultKind.OUTAGE else _of_messages(kind, words)
        if words:
            raise ValueError(f"'{words.peek()}' is not understood")
        if (reason := _why_invalid(fault)) is not None:
            raise ValueError(reason)
    except ValueError as error:
        raise UsageError(f"The fault '{text}' cannot be used: {error}. Write for example '{example}'.") from error
    return fault


def check_faults(faults: Sequence[Fault]) -> None:
    """Raises UsageError if one of these cannot be done, naming it."""
    for fault in faults:
        if (reason := _why_invalid(fault)) is not None:
            raise UsageError(
                f"The fault '{fault}' cannot be used: {reason}. Write for example '{EXAMPLES[fault.kind]}'."
            )


def _kind(word: str) -> FaultKind:
    try:
        return FaultKind(word.lower())
    except ValueError:
        kinds = ", ".join(FaultKind)
        raise ValueError(f"'{word}' is none of the faults {kinds}") from None


def _outage(words: Words) -> Fault:
    length_s = words.take_seconds("the length of the outage")
    if words.take("'at' and the moment at which it begins") != "at":
        raise ValueError("after its length comes 'at' and the moment at which it begins")
    return Fault(FaultKind.OUTAGE, seconds=length_s, at_s=words.take_seconds("the moment at which it begins"))


def _of_messages(kind: FaultKind, words: Words) -> Fault:
    length_s = words.take_seconds("the length of the delay") if kind is FaultKind.DELAY else 0.0
    probability, topic = 1.0, "#"
    if (found := share(words.peek())) is not None:
        probability = found
        words.take("the share")
    if words.peek() == "of":
        words.take("of")
        topic = words.take("the topic filter after 'of'")
    elif words:
        raise ValueError(f"'{words.peek()}' is neither a share as 1% nor 'of' and a topic filter")
    return Fault(kind, topic, probability, length_s)


def _why_invalid(fault: Fault) -> str | None:
    if fault.kind is FaultKind.OUTAGE:
        if not 0 < fault.seconds <= MAX_OUTAGE_S:
            return f"an outage must be longer than 0 s and at most {MAX_OUTAGE_S:g} s long"
        if fault.at_s is None or not 0 <= fault.at_s < float("inf"):
            return "an outage must begin 0 or more seconds after the session's start"
        return None
    if not 0 < fault.probability <= 1:
        return "the share must be more than 0% and at most 100%"
    if fault.kind is FaultKind.DROP and fault.probability == 1 and fault.topic == "#":
        return "nothing would be left to replay"
    if fault.kind is FaultKind.DELAY and not 0 < fault.seconds <= MAX_DELAY_S:
        return f"a delay must be longer than 0 s and at most {MAX_DELAY_S:g} s long"
    return why_invalid_filter(fault.topic)
