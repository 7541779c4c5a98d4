"""What the fault tests of replays share: a session, a run with a witness, and its report."""

from __future__ import annotations

from pathlib import Path

from core.clock import SystemClock
from core.message import Message
from core.ports import MessageSource, Publisher
from replay.player import Player, ReplayReport, ReplayRequest
from replay.proof import Proof
from tests.fakes import eventually
from tests.replay.sessions import message, session

PATIENCE = 60.0


def recorded(folder: Path, topic: str, count: int = 300, step_s: float = 0.01, qos: int | None = None) -> Path:
    """Messages of all QoS (or one), each on topics of its own, with and without the retain flag; heartbeats, too."""
    return session(folder, [_message(topic, number, step_s, qos) for number in range(count)])


def _message(topic: str, number: int, step_s: float, qos: int | None) -> Message:
    level = number % 3 if qos is None else qos
    if number % 5 == 4:
        return message(number * step_s, f"{topic}/{level}/alive", b"{}", level)
    return message(number * step_s, f"{topic}/{level}/state", b"%d" % number, level, retain=number % 2)


class Replay:
    """A replay that a test disturbs."""

    def __init__(self, give_up_s: float = PATIENCE) -> None:
        self.player = Player(SystemClock(), give_up_s)

    def start(
        self,
        request: ReplayRequest,
        publisher: Publisher,
        source: MessageSource | None = None,
        witness: MessageSource | None = None,
    ) -> None:
        self.player.start(request, publisher, source=source, witness=witness)

    def await_confirmed(self, count: int) -> None:
        eventually(lambda: self.player.status().confirmed >= count, f"{count} confirmations", PATIENCE)

    def report(self) -> ReplayReport:
        """When it has ended."""
        assert self.player.wait(PATIENCE), self.player.status()
        report = self.player.report()
        assert report is not None
        return report


def proof_of(report: ReplayReport) -> Proof:
    assert report.proof is not None
    return report.proof
