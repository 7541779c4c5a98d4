"""What an independent subscriber can say about a replay: every message accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.timing import TimingError


@dataclass(frozen=True, slots=True)
class ForeignTopic:
    """A replayed topic on which somebody else published, too."""

    topic: str
    messages: int


@dataclass(frozen=True, slots=True)
class Changed:
    """Messages that arrived, but not as they were published: each counts once, for the first that differs."""

    payload: int = 0
    qos: int = 0
    retain: int = 0
    properties: int = 0
    """But for the message expiry interval, which brokers count down."""

    @property
    def messages(self) -> int:
        return self.payload + self.qos + self.retain + self.properties


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of the published messages: `expected` is `delivered` + `missing` + `changed.messages`."""

    expected: int
    """How many were sent."""
    delivered: int
    """How many of them arrived as they were published, in whatever order."""
    missing: int = 0
    duplicated: int = 0
    """How many arrived once more."""
    unexpected: int = 0
    """Messages of this run that it did not publish like that, in addition to all that it did."""
    wrong_order: int = 0
    """Came after one that was published later on the same topic with the same QoS."""
    overtaken: int = 0
    """Came after one that was published later on the same topic with another QoS: MQTT keeps no order between them."""
    changed: Changed = field(default_factory=Changed)
    foreign: tuple[ForeignTopic, ...] = ()
    """Of other publishers, on the replayed topics; most messages first."""
    lateness_ms: TimingError = field(default_factory=TimingError)
    """How late messages arrived against the moment they were due; all 0 at speed `max`. Where equal messages are
    missing it cannot be told which: then this is the least that it was."""
    incomplete: tuple[str, ...] = ()
    """Why messages may have passed by unseen, as sentences; empty if none can have."""
    unchecked: tuple[str, ...] = ()
    """What could not be compared, as sentences: it is not in the verdict."""

    def reasons(self, tolerance_ms: float) -> list[str]:
        """Why what arrived is not what was published, as sentences; foreign messages left out. Empty if it is."""
        counted = [
            (self.missing, "did not arrive at the witness"),
            (self.duplicated, "arrived more than once"),
            (self.unexpected, "arrived that the replay did not publish like that"),
            (self.wrong_order, "arrived in the wrong order"),
            (self.changed.payload, "arrived with another payload"),
            (self.changed.qos, "arrived with another QoS"),
            (self.changed.retain, "arrived with another retain flag"),
            (self.changed.properties, "arrived with other MQTT 5 properties"),
        ]
        said = [f"{in_words(count)} {what}." for count, what in counted if count]
        if self.lateness_ms.p99 > tolerance_ms:
            said.append(
                f"One message in a hundred arrived at the witness {self.lateness_ms.p99:.0f} ms late or more; "
                f"up to {tolerance_ms:.0f} ms are tolerated."
            )
        return [*said, *self.incomplete]


def in_words(count: int) -> str:
    """`1 message`, `2,000 messages`."""
    return "1 message" if count == 1 else f"{count:,} messages"
