"""The loss ledger: what may be missing in a recording, and how that is known."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Final

from store.events import Event, EventKind
from store.metadata import SessionMetadata

LOSSES: Final = "losses"
"""The key in the metadata's `extra`."""


@dataclass(frozen=True, slots=True)
class Losses:
    """What is known about losses, but for what the messages themselves tell: see analysis.quality."""

    dropped: int | None = None
    """How many messages the broker has dropped since the recording began, by its own count, which is for all its
    clients together. None: it does not say."""
    counter: int | None = None
    """The broker's count when it was last heard, since the broker's start."""
    undated: int = 0
    """Of `dropped` so many that the broker may have dropped before the recording began, too: it told them in its first
    count, which came during the recording."""
    gaps: int = 0
    """How often the connection was missing, gaps that have ended."""
    gap_s: float = 0.0
    """Seconds of these gaps together."""
    unkept: int = 0
    """Of these gaps those after which the broker had kept nothing for the recording."""
    unkept_s: float = 0.0
    doubtful: int = 0
    """Of the other gaps those after which it was not certain whether the broker had."""
    doubtful_s: float = 0.0
    queue_peak: int = 0
    """The most messages that waited for the disk at once."""

    @property
    def noteworthy(self) -> bool:
        """Whether there is a sign that something may be missing."""
        return bool(self.gaps or self.dropped)

    def to_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: object) -> Losses | None:
        """What `to_json` made; None if this is something else. Unknown keys are ignored."""
        if not isinstance(value, Mapping):
            return None
        known = {one.name: value[one.name] for one in fields(cls) if one.name in value}
        right = all(
            type(one) in (int, float) or (one is None and name in ("dropped", "counter")) for name, one in known.items()
        )
        return cls(**known) if right else None


class LossLedger:
    """Gathers what may be missing. Thread-safe."""

    def __init__(self, earlier: Losses | None = None) -> None:
        """`earlier`: of the same session, before an interruption."""
        self._losses = earlier or Losses()
        self._heard_ns = 0
        self._lock = threading.Lock()

    def losses(self, queue_peak: int = 0) -> Losses:
        """What is known now; the peak is that of this run of the program."""
        losses = self._losses
        return replace(losses, queue_peak=max(losses.queue_peak, queue_peak))

    def noted(self, metadata: SessionMetadata, queue_peak: int, *, final: bool = False) -> SessionMetadata | None:
        """The metadata with what is known now; None if that is in them, but for the peak: that counts if `final`."""
        now, noted = self.losses(queue_peak), Losses.from_json(metadata.extra.get(LOSSES)) or Losses()
        if now == (noted if final else replace(noted, queue_peak=now.queue_peak)):
            return None
        return metadata.with_changes(extra={**metadata.extra, LOSSES: now.to_json()})

    def unchanged(self) -> None:
        """The broker has a count, which has not changed lately, so that it does not say what it is."""
        with self._lock:
            self._losses = replace(self._losses, dropped=self._losses.dropped or 0)

    def heard(self, counter: int, at_ns: int) -> Event | None:
        """Takes the broker's count, as it arrived at `at_ns`. Returns what the session notes if it has dropped more.

        The first count is what the broker had dropped before, unless it was silent until then: see `unchanged`. One
        that is smaller than the last comes from a broker that has been started anew meanwhile. One that arrived before
        another that is known already is ignored.
        """
        with self._lock:
            if at_ns < self._heard_ns:
                return None
            now, self._heard_ns = self._losses, at_ns
            undated = counter if now.counter is None and now.dropped is not None else 0
            more = undated if now.counter is None else counter - now.counter if counter >= now.counter else counter
            self._losses = replace(
                now, dropped=(now.dropped or 0) + more, counter=counter, undated=now.undated + undated
            )
            return _dropped_event(more, at_ns, dated=not undated) if more else None

    def gap(self, ended: Event) -> None:
        """A gap has ended, by this event: see `recorder.gaps`."""
        data = ended.data or {}
        duration_s, kept, doubtful = float(str(data["duration_s"])), bool(data["kept"]), bool(data.get("doubtful"))
        with self._lock:
            now = self._losses
            self._losses = replace(
                now,
                gaps=now.gaps + 1,
                gap_s=round(now.gap_s + duration_s, 3),
                unkept=now.unkept + (not kept),
                unkept_s=round(now.unkept_s + (0.0 if kept else duration_s), 3),
                doubtful=now.doubtful + doubtful,
                doubtful_s=round(now.doubtful_s + (duration_s if doubtful else 0.0), 3),
            )


def _dropped_event(more: int, at_ns: int, *, dated: bool) -> Event:
    """What a session notes when the broker has dropped `more` messages; not `dated`: it is not known since when."""
    what = "1 message" if more == 1 else f"{more:,} messages"
    when = "" if dated else " since it was started, some of them just now,"
    text = f"The broker has dropped {what}{when} because a queue was full, for this recording or for another client."
    return Event(at_ns, EventKind.WARNING, text, {"dropped": more})


def verdict(losses: Losses | None, missing: int | None = None) -> str:
    """One or two sentences: what is missing for certain, what may be, or that nothing is known to be missing.

    `missing`: so many numbers are left out in the messages; None: nobody has looked, or nothing is numbered.
    """
    possible = [] if losses is None else _possible(losses, missing or 0)
    said = [f"{_counted(missing)} missing for certain: the numbers in the messages leave them out."] if missing else []
    if possible:
        said.append(f"Possibly missing{' besides' if said else ''}: {'; '.join(possible)}.")
    if not said:
        said.append("No message is known to be missing.")
    if losses is not None and losses.dropped is None:
        said.append("The broker does not say whether it has dropped any.")
    return " ".join(said)


def _possible(losses: Losses, missing: int) -> list[str]:
    found = []
    if more := max(0, (losses.dropped or 0) - missing):
        earlier = ", some of them perhaps before it began" if losses.undated else ""
        found.append(
            f"up to {more:,} that the broker dropped when a queue was full, for this recording or for another client"
            f"{earlier}"
        )
    if losses.unkept:
        found.append(
            f"what was published during {_gaps(losses.unkept, losses.unkept_s)} for which the broker kept nothing"
        )
    if losses.doubtful:
        during = _gaps(losses.doubtful, losses.doubtful_s)
        found.append(f"what was published during {during} for which the broker has perhaps kept nothing")
    if kept := losses.gaps - losses.unkept - losses.doubtful:
        seconds = losses.gap_s - losses.unkept_s - losses.doubtful_s
        found.append(f"what was published at QoS 0 during {_gaps(kept, seconds)}")
    return found


def _gaps(count: int, seconds: float) -> str:
    return f"{count:,} {'gap' if count == 1 else 'gaps'} ({seconds:.1f} s)"


def _counted(count: int) -> str:
    return "1 message is" if count == 1 else f"{count:,} messages are"
