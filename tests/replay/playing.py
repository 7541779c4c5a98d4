"""What the tests of the player share: when they begin, and how their clock is moved."""

from __future__ import annotations

from core.clock import ManualClock
from core.message import NS_PER_SECOND
from replay.player import Player
from tests.fakes import FakePublisher, eventually

S = NS_PER_SECOND
BEGIN = 5_000 * S
"""When the replays of these tests begin: long after they were recorded or long before, it does not matter."""


def asleep_until(clock: ManualClock, at_ns: int) -> None:
    eventually(lambda: clock.waiting_until_ns == at_ns, f"sleeping until {at_ns / S:g} s")


def moments(publisher: FakePublisher) -> list[float]:
    """When each message was published, in seconds since the replay's begin."""
    return [(at_ns - BEGIN) / S for at_ns, _ in publisher.sent]


def play_through(clock: ManualClock, player: Player) -> None:
    """Moves the clock from one due time to the next until the replay has ended."""
    last_ns = None

    def moved_or_ended() -> bool:
        return not player.status().active or clock.waiting_until_ns not in (None, last_ns)

    while True:
        eventually(moved_or_ended, "the next due time, or the end")
        due_ns = clock.waiting_until_ns
        if not player.status().active or due_ns is None:
            return
        last_ns = due_ns
        clock.advance(max(0, due_ns - clock.now_ns()))
