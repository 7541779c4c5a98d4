"""When the connection was missing during a recording: then messages may be missing, and the session says so."""

from __future__ import annotations

from typing import Final

from core.message import NS_PER_SECOND
from store.events import Event, EventKind

BACK: Final = "The connection to the broker is back."
NOTHING_KEPT: Final = "It had kept nothing for this recording: what was published meanwhile is missing."
PERHAPS_NOTHING_KEPT: Final = (
    "It knows this recording, but perhaps only since an attempt to connect that was not answered: it is not certain"
    " that it has kept what was published meanwhile."
)


class GapTracker:
    """Turns a connection's ups and downs into gap events. Not thread-safe."""

    def __init__(self) -> None:
        self.count = 0
        self.since_ns: int | None = None
        """When the present gap began; None if there is none."""

    def lost(self, at_ns: int, reason: str) -> Event | None:
        """The event that begins a gap; None if one has begun already."""
        if self.since_ns is not None:
            return None
        self.since_ns = at_ns
        self.count += 1
        return Event(at_ns, EventKind.GAP_START, reason or "The connection to the broker is missing.")

    def regained(self, at_ns: int, text: str = BACK, *, kept: bool = False, doubtful: bool = False) -> Event | None:
        """The event that ends the present gap, with `duration_s` and `kept` in its data; None if there is none.

        `kept`: the broker has held back what it takes QoS 1 or 2 for, so that it comes now; `doubtful`, which is in the
        data where it is so: or it has not.
        """
        if self.since_ns is None:
            return None
        duration_s = (at_ns - self.since_ns) / NS_PER_SECOND
        self.since_ns = None
        data = {"duration_s": duration_s, "kept": kept, **({"doubtful": True} if doubtful else {})}
        return Event(at_ns, EventKind.GAP_END, text, data)


def back(*, kept: bool, doubtful: bool) -> str:
    """What is said when the connection is back: see `GapTracker.regained`."""
    if not kept:
        return f"{BACK} {NOTHING_KEPT}"
    return f"{BACK} {PERHAPS_NOTHING_KEPT}" if doubtful else BACK
