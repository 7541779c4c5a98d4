"""One field that may count messages: follows its values, and remembers where they jump."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

MIN_STEPS: Final = 10
"""A field that went up by one less often may have done so by chance."""
FEW_STEPS: Final = 3
"""So many are enough beside a gap of the recording, where nothing but that gap interrupts them."""
MOSTLY: Final = 0.6
"""This part of a counter's steps at least is by one: what jumps more often counts something else than messages."""
TRIAL: Final = 40
"""After so many steps a field that does not look like a counter is not looked at any more."""
LARGEST_JUMP: Final = 1_000_000
"""More than that at once is a counter that was set anew, not a loss."""
MAX_JUMPS: Final = 1_000
"""So many jumps of a field are kept in detail, and so many holes are waited for to be filled by a late message."""


@dataclass(frozen=True, slots=True)
class Jump:
    """One place where a counter leaves numbers out."""

    at_ns: int
    """When the message after the hole arrived."""
    before: int
    after: int
    """The numbers on both sides of the hole."""
    message_id: int = 0
    """The message after the hole."""

    @property
    def missing(self) -> int:
        return self.after - self.before - 1


@dataclass(slots=True)
class SequenceCounter:
    """What is known of one field, while messages go by."""

    last: int
    last_ns: int
    messages: int = 1
    by_one: int = 0
    steps: int = 0
    over_gaps: int = 0
    """Those of the steps that left numbers out while the connection was away."""
    restarts: int = 0
    missing: int = 0
    jumps: list[Jump] = field(default_factory=list)
    holes: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=MAX_JUMPS))
    """First and last of numbers that may still come late."""
    sure: bool = False
    """Whether `last` belongs to a series: a jump from a single number, such as a stored message's, says nothing.

    Over a gap it does: that a message came before it is certain.
    """
    aside: int | None = None
    """The series before the latest restart ended here: it may go on."""

    def add(self, value: int, at_ns: int, *, paused: bool, gap: bool = False, message_id: int = 0) -> None:
        """Takes the number of the next message; `paused`, `gap`: there was one since the one before."""
        self.messages += 1
        step = value - self.last
        if (
            step != 1 and self.aside is not None and value == self.aside + 1
        ):  # one message counted otherwise: no restart
            self.restarts -= 1
            step = 1
        self.aside = None
        if step == 1:
            self.by_one += 1
            self.sure = True
        elif step <= 0 and self._fill(value):
            return
        elif step <= 0 or step > LARGEST_JUMP:
            self.restarts += 1
            self.aside = self.last if self.sure else None
            self.sure = False
        elif (self.sure or gap) and not paused:
            self._jump(value, at_ns, message_id)
            self.over_gaps += gap
        self.steps += step >= 0
        self.last, self.last_ns = value, at_ns

    def _jump(self, value: int, at_ns: int, message_id: int) -> None:
        jump = Jump(at_ns, self.last, value, message_id)
        self.missing += jump.missing
        self.holes.append((self.last + 1, value - 1))
        if len(self.jumps) < MAX_JUMPS:
            self.jumps.append(jump)

    def _fill(self, value: int) -> bool:
        """Whether this number was missed before, and is not missing any more."""
        for place, (first, last) in enumerate(self.holes):
            if first <= value <= last:
                del self.holes[place]
                self.holes.extend(hole for hole in ((first, value - 1), (value + 1, last)) if hole[0] <= hole[1])
                self.missing -= 1
                return True
        return False

    @property
    def hopeless(self) -> bool:
        """Whether this is surely no counter of messages."""
        return self.steps + self.restarts >= TRIAL and self.by_one < self.steps / 2

    @property
    def counts(self) -> bool:
        """Whether this is a counter of messages."""
        enough = self.by_one >= MIN_STEPS and self.by_one >= MOSTLY * self.steps
        few = self.over_gaps > 0 and self.by_one >= FEW_STEPS and self.by_one + self.over_gaps == self.steps
        return (enough or few) and self.restarts <= self.by_one / 10
