"""Barriers: places where a replay waits for whoever receives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import UsageError
from core.topics import why_invalid_filter
from replay.phrases import Words, number_text, seconds, topic_text

FOR_EVER: Final = float("inf")
ANY_TOPIC: Final = "#"
QUIET_S: Final = 1.0


class BarrierKind(StrEnum):
    """What a barrier waits for."""

    MESSAGE = "message"
    QUIET = "quiet"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Barrier:
    """One place, or several, where the replay waits. One of `at_s`, `before` and `after` is given."""

    until: BarrierKind
    at_s: float | None = None
    """Seconds since the session's start."""
    before: str = ""
    """A topic filter, for topics as recorded: before every message that it matches."""
    after: str = ""
    """A topic filter, for topics as recorded: after every message that it matches."""
    topic: str = ANY_TOPIC
    """MESSAGE: where a message must come. QUIET: where none may come. The replay's own do not count."""
    quiet_s: float = QUIET_S
    timeout_s: float = 60.0
    """Then the replay has failed. FOR_EVER: never."""

    def __str__(self) -> str:
        """As `parse_barrier` reads it."""
        if self.at_s is not None:
            words = ["at", number_text(self.at_s)]
        else:
            words = ["before", topic_text(self.before)] if self.before else ["after", topic_text(self.after)]
        words += ["until", str(self.until)]
        if self.until is BarrierKind.MESSAGE:
            words.append(topic_text(self.topic))
        if self.until is BarrierKind.QUIET:
            words.append(number_text(self.quiet_s))
            words += [] if self.topic == ANY_TOPIC else ["of", topic_text(self.topic)]
        if self.timeout_s != _usual_timeout_s(self.until):
            words += ["within", number_text(self.timeout_s)]
        return " ".join(words)


EXAMPLES: Final = {
    BarrierKind.MESSAGE: "before ccu/order/request until message dashboard/ready",
    BarrierKind.QUIET: "at 12.5 until quiet 2",
    BarrierKind.KEY: "after fts/# until key",
}
"""For each kind a text that `parse_barrier` reads."""


def parse_barrier(text: str) -> Barrier:
    """`before a/# until message b`, `at 1:30 until quiet 2 of c/#`, `after d until key`; then maybe `within 30`.

    Without it a key is waited for as long as it takes, all else for a minute. Raises UsageError, naming what is wrong,
    with an example.
    """
    example = EXAMPLES[BarrierKind.MESSAGE]
    try:
        words = Words(text)
        at_s, before, after = _place(words)
        if words.take("'until' and what to wait for (message, quiet or key)") != "until":
            raise ValueError("after the place comes 'until' and what to wait for (message, quiet or key)")
        until = _kind(words.take("what to wait for (message, quiet or key)"))
        example = EXAMPLES[until]
        topic, quiet_s = _condition(until, words)
        timeout_s = _usual_timeout_s(until)
        if words.peek() == "within":
            words.take("within")
            timeout_s = words.take_seconds("the time after 'within'")
        if words:
            raise ValueError(f"'{words.peek()}' is not understood")
        barrier = Barrier(until, at_s, before, after, topic, quiet_s, timeout_s)
        if (reason := _why_invalid(barrier)) is not None:
            raise ValueError(reason)
    except ValueError as error:
        raise UsageError(f"The barrier '{text}' cannot be used: {error}. Write for example '{example}'.") from error
    return barrier


def check_barriers(barriers: Sequence[Barrier]) -> None:
    """Raises UsageError if one of these cannot be used, naming it."""
    for barrier in barriers:
        if (reason := _why_invalid(barrier)) is not None:
            example = EXAMPLES[barrier.until]
            raise UsageError(f"The barrier '{barrier}' cannot be used: {reason}. Write for example '{example}'.")


def _place(words: Words) -> tuple[float | None, str, str]:
    """Position, filter before, filter after: one of them."""
    match words.take("where it is ('at', 'before' or 'after')"):
        case "at":
            return words.take_seconds("the position of the barrier"), "", ""
        case "before":
            return None, words.take("the topic filter after 'before'"), ""
        case "after":
            return None, "", words.take("the topic filter after 'after'")
        case other:
            raise ValueError(f"'{other}' does not say where to wait; that begins with 'at', 'before' or 'after'")


def _kind(word: str) -> BarrierKind:
    try:
        return BarrierKind(word)
    except ValueError:
        raise ValueError(f"'{word}' cannot be waited for, only message, quiet or key") from None


def _condition(until: BarrierKind, words: Words) -> tuple[str, float]:
    """What must come or be quiet, and for how long."""
    if until is BarrierKind.MESSAGE:
        return words.take("the topic filter after 'message'"), QUIET_S
    topic, quiet_s = ANY_TOPIC, QUIET_S
    if until is BarrierKind.QUIET:
        if seconds(words.peek()) is not None:
            quiet_s = words.take_seconds("the quiet time")
        if words.peek() == "of":
            words.take("of")
            topic = words.take("the topic filter after 'of'")
    return topic, quiet_s


def _usual_timeout_s(until: BarrierKind) -> float:
    """A person may take as long as it takes."""
    return FOR_EVER if until is BarrierKind.KEY else 60.0


def _why_invalid(barrier: Barrier) -> str | None:
    if (barrier.at_s is not None) + bool(barrier.before) + bool(barrier.after) != 1:
        return "it must have one place: a position, or a topic filter before or after whose messages it is"
    if barrier.at_s is not None and not 0 <= barrier.at_s < FOR_EVER:
        return "its position must be 0 or more seconds after the session's start"
    for topic_filter in (barrier.before or barrier.after or ANY_TOPIC, barrier.topic):
        if (reason := why_invalid_filter(topic_filter)) is not None:
            return reason
    if not barrier.timeout_s > 0:
        return "the time after 'within' must be longer than 0 s"
    if barrier.until is BarrierKind.QUIET and not 0 < barrier.quiet_s < barrier.timeout_s:
        return f"the quiet time must be longer than 0 s and shorter than the {barrier.timeout_s:g} s that it may take"
    return None
