"""What is asked of a ring, and what can be seen of it."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import UsageError
from core.topics import why_invalid_filter
from recorder.ring_rules import RingRule


@dataclass(frozen=True, slots=True)
class RingRequest:
    """What is kept, and when it is made a session."""

    filters: tuple[str, ...] = ("#",)
    exclude: tuple[str, ...] = ()
    qos: int = 1
    keep_s: float = 600.0
    """How much is kept at any time."""
    before_s: float = 120.0
    """What a rule saves: so many seconds before it came true, at most `keep_s`, ..."""
    after_s: float = 30.0
    """... and so many after."""
    rules: tuple[RingRule, ...] = ()
    max_bytes: int = 2_000_000_000
    """Payloads of at most so many bytes are kept, on disk."""

    def __post_init__(self) -> None:
        if not 1 <= self.keep_s <= 86_400:
            raise UsageError(f"The ring keeps between 1 s and a day, not {self.keep_s:g} s.")
        if not (0 <= self.before_s <= self.keep_s and 0 <= self.after_s <= 86_400):
            raise UsageError(
                f"The ring keeps {self.keep_s:g} s: what is saved can begin 0 to {self.keep_s:g} s before and end 0 to "
                "86,400 s after."
            )
        for topic_filter in (*self.filters, *self.exclude):
            if reason := why_invalid_filter(topic_filter):
                raise UsageError(f"The ring cannot keep this: {reason}.")


@dataclass(frozen=True, slots=True)
class SavedWindow:
    """A session that was made of what the ring held, or the reason why it could not be."""

    at_ns: int
    """When it was asked for."""
    reason: str
    stem: str = ""
    problem: str = ""
    """Empty if it worked."""


@dataclass(frozen=True, slots=True)
class RingStatus:
    """A snapshot of the ring."""

    active: bool = False
    environment: str = ""
    keep_s: float = 0.0
    since_ns: int | None = None
    """From when on everything is held; None while it is not running."""
    messages: int = 0
    bytes: int = 0
    """Of the payloads."""
    queued: int = 0
    saving_until_ns: int | None = None
    """When the window that is being saved will be complete; None if none is."""
    saving_reason: str = ""
    saving_by_hand: bool = False
    """Somebody has asked for that window; else a rule. Of two the former is told."""
    saved: tuple[SavedWindow, ...] = ()
    """In the order in which they were done."""
    in_gap: bool = False
    problem: str = ""
    """Why it has ended by itself, as a sentence; empty if it has not."""
