"""The parts of one replay, put together: what the player's thread drives and everyone else looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.clock import Clock
from core.errors import BrokerError
from core.message import NS_PER_SECOND
from core.ports import ConnectionStatus, MessageSource, Publisher
from replay.barrier_gate import BarrierGate, Barriers
from replay.barriers import BarrierKind
from replay.fault_plan import FaultPlan
from replay.guard import why_mixed
from replay.pacing import ReplayClock
from replay.pipeline import Pipeline
from replay.playing import Playing
from replay.program import Program
from replay.proof import in_words
from replay.publishing import Publishing
from replay.report import Facts, Preload, StateChanges
from replay.speeds import Speed, Speeds
from replay.stage import Stage
from replay.status import ReplayRequest, ReplayState, ReplayStatus, StateBefore, state_of
from replay.steering import Steering
from replay.time_fields import fields_of
from replay.unused import unused_rules
from replay.watchers import Watchers

LOOKS: Final = 3
"""How often it is tried to see what the broker stores: a connection that has just come can go again."""

CLEARING: Final = "Deleting what the replay has left stored at the broker."


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of the wire."""

    publisher: Publisher
    source: MessageSource | None = None
    """The same connection, for what it hears: barriers, foreign publishers, what the broker stores."""
    witness: MessageSource | None = None
    """An independent connection that proves the delivery."""
    closing: Callable[[], None] | None = None
    """What is called, once, when the replay has ended: for connections that were made for it."""


class Deck:
    """Made and driven by the player's thread; `status` and the steering may be called from any other."""

    def __init__(
        self, request: ReplayRequest, run_id: str, program: Program, ends: Ends, clock: Clock, give_up_s: float
    ) -> None:
        self._request = request
        self._run_id = run_id
        self._ends = ends
        self._clock = clock
        self._started_ns = clock.now_ns()
        self._ended_ns: int | None = None
        self._playing_ns = 0
        self._unseen: tuple[str, ...] = ()
        self._left: tuple[str, ...] = ()
        self._unused = unused_rules(request, program.topics())
        self.program = program
        self.pace = ReplayClock(clock, request.speed)
        self._speeds = Speeds(request.speed)
        if request.paused:
            self.pace.pause()
        self.steering = Steering()
        fields = fields_of(request, [track.reader for track in program.tracks])
        self.pipeline = Pipeline(request, run_id, fields)
        self.publishing = Publishing(ends.publisher, clock, self.pace, self.pipeline, give_up_s, request.shift)
        self.gate = BarrierGate(ends.source, clock, run_id, request.barriers)
        send, stored = self.publishing.send_confirmed, self.publishing.stored
        self.stage = Stage(request, program, self.pipeline, ends.source, send, run_id, stored)
        self.watchers = Watchers(ends.publisher, ends.source, ends.witness, clock, run_id)
        self.faults = FaultPlan(request.faults, request.seed)
        self.loop = Playing(
            program,
            ends.publisher,
            self.publishing,
            self.pace,
            self.steering,
            self.stage,
            Barriers(request.barriers),
            self.gate,
            self.faults,
        )
        self._before = ends.publisher.connection()

    @property
    def stopped(self) -> bool:
        return self.pace.stopped

    def set_speed(self, speed: Speed) -> None:
        """Goes on at another speed. One thread at a time."""
        published, _, _ = self.publishing.window.counts()
        self._speeds.change(speed, published)
        self.pace.set_speed(speed)

    def play(self) -> None:
        """From the state before the first message to the last confirmation. Raises BrokerError, UsageError."""
        self.publishing.observers = (self.gate,)
        if not self._is_begun():
            return
        self.watchers.open(self.stage.topics())
        self.publishing.observers = (self.gate, *self.watchers.observers)
        try:
            self.gate.open()
            began_ns = self._clock.now_ns()
            self.loop.play()
            self.publishing.await_confirmations()
            self._playing_ns = self._clock.now_ns() - began_ns
        finally:
            self.publishing.await_processed()  # also after a barrier that stayed closed: the broker is well
            self._clear()

    def _clear(self) -> None:
        """Also after a replay that has failed; that it could not clear up must not hide why."""
        if not self._request.clear_retained:
            return
        try:
            if self.publishing.clears_up():
                self.publishing.waits_for = CLEARING
                self.stage.clear()
                return
            reason = "It does not answer."
        except BrokerError as error:
            reason = str(error)
        finally:
            self.publishing.waits_for = ""
        self._left = (f"What the replay has left stored at the broker could not be deleted. {reason}",)

    def _is_begun(self) -> bool:
        """Waits for the connection, and for a look at what the broker stores; False if it was stopped before."""
        for _ in range(LOOKS):
            if not self.loop.await_connection():
                return False
            self._before = self._ends.publisher.connection()
            if self.stage.look():
                return True
        self._unseen = ("What the broker stored before the replay could not be seen: a seek takes it for nothing.",)
        return True

    def close(self) -> None:
        """What waits in line must not go out later, perhaps in the middle of the next replay."""
        self.publishing.close()
        self.steering.close()
        self.gate.close()
        self._ended_ns = self._clock.now_ns()
        self.watchers.close(self.publishing.withdrawn())

    def facts(self, *, stopped: bool, problem: str) -> Facts:
        """What the report is made of, after `close`."""
        published, confirmed, failed = self.publishing.window.counts()
        now: ConnectionStatus = self._ends.publisher.connection()
        timing = self.publishing.timing
        return Facts(
            planned=self.loop.planned,
            published=published,
            confirmed=confirmed,
            failed=failed,
            refused=self.publishing.refused,
            stripped=self.publishing.stripped,
            unstored=self.publishing.unstored,
            reconnects=now.reconnects - self._before.reconnects,
            duration_seconds=self._elapsed_s(),
            playing_seconds=self._playing_ns / NS_PER_SECOND,
            timing_error_ms=timing.error_ms(),
            drift_ms=timing.drift_ms(),
            stopped=stopped,
            problem=problem,
            dropped=self.faults.dropped,
            extra=self.faults.extra,
            unproven=self.publishing.unproven,
            run_id=self._run_id,
            sessions=self.program.names,
            environment=self._ends.publisher.label,
            speed=self.pace.speed,
            speeds=self._speeds.until(published),
            preload=Preload(self._state_name(), self.stage.preloaded),
            state_changes=self._state_changes(),
            transforms=self.pipeline.describe(),
            faults=self.faults.counts(),
            barriers=tuple(self.loop.passed),
            warnings=(*self._unused, *self._unseen, *self._left, *self._stepped(), *self._cut_short()),
            foreign=self.watchers.foreign(),
            histogram=timing.columns(),
            proof=self.watchers.proof,
        )

    def _state_name(self) -> str:
        state = state_of(self._request)
        return str(self._request.preload_folder if state is StateBefore.FOLDER else state)

    def _state_changes(self) -> StateChanges:
        changed = self.stage.changed
        return StateChanges(self.loop.seeks, changed.published, changed.deleted + self.stage.cleared, changed.unchanged)

    def _cut_short(self) -> tuple[str, ...]:
        early = self.faults.cut_short
        return (f"{in_words(early)} went out before the delay was over: too many were held back.",) if early else ()

    def _stepped(self) -> tuple[str, ...]:
        """Who steps decides when messages go out: they have no due time."""
        steps = self.loop.steps
        return (f"{in_words(steps)} went out step by step, by hand.",) if steps else ()

    def status(self, state: ReplayState, *, active: bool, problem: str) -> ReplayStatus:
        published, confirmed, failed = self.publishing.window.counts()
        following = self.loop.following
        return ReplayStatus(
            state=state,
            active=active,
            run_id=self._run_id,
            session_name=self.program.name,
            session=self._request.session,
            environment=self._ends.publisher.label,
            speed=self.pace.speed,
            planned=self.loop.planned,
            published=published,
            confirmed=confirmed,
            failed=failed + self.publishing.refused,
            preloaded=self.stage.preloaded,
            pass_number=self.loop.pass_number,
            passes=self._request.loop,
            start_s=self._request.start_s,
            position_s=self._position_s(active=active),
            duration_s=max(0, self.program.end_ns) / NS_PER_SECOND,
            next_topic="" if following is None or following.dropped else following.message.topic,
            waits_for_key=self.waits_for_key,
            warnings=(*self._unused, *self._unseen, *self._left),
            started_ns=self._started_ns,
            elapsed_s=self._elapsed_s(),
            problem=self._waits_for() if active else problem,
            mixed=why_mixed(self.watchers.foreign()) or "",
        )

    @property
    def waits_for_key(self) -> bool:
        """Whether it stands at a barrier that a person opens."""
        held = self.loop.held
        return held is not None and held[0].until is BarrierKind.KEY

    def _waits_for(self) -> str:
        held = self.loop.held
        return self.publishing.waits_for or ("" if held is None else f"Waiting at the barrier '{held[0]}'.")

    def _elapsed_s(self) -> float:
        now_ns = self._clock.now_ns() if self._ended_ns is None else self._ended_ns
        return (now_ns - self._started_ns) / NS_PER_SECOND

    def _position_s(self, *, active: bool) -> float:
        """Runs on during silences, but not at a barrier, nor past the next message while that one is held up.

        Of a silence that is shortened the end is left out.
        """
        following, reached, now_ns = self.loop.following, self.loop.reached, self.pace.position_ns()
        if active and (held := self.loop.held) is not None:
            return held[1] / NS_PER_SECOND
        if following is None:
            return self._request.start_s
        ahead_ns = max(0, following.offset_ns - now_ns) if active else 0
        position_ns = following.position_ns - ahead_ns
        if ahead_ns and reached is not None:
            offset_ns, reached_ns = reached
            position_ns = min(position_ns, reached_ns + max(0, now_ns - offset_ns))
        return max(0, position_ns) / NS_PER_SECOND
