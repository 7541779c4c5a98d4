"""The loop of a replay: waits for what is due next, carries out orders, and holds where it has to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from core.errors import BrokerError, SessionManagerError, StateError
from core.ports import Publisher
from core.topics import matches
from replay.barrier_gate import BarrierGate, Barriers
from replay.barriers import Barrier
from replay.fault_plan import FaultPlan
from replay.pacing import ReplayClock
from replay.program import Program
from replay.publishing import MAX_BATCH, MAX_BATCH_BYTES, Publishing
from replay.reel import Reel
from replay.schedule import Due
from replay.stage import Stage
from replay.steering import Order, Seek, Steering, Step

MAX_PASSED: Final = 100
"""Barriers that a report lists: a barrier before every message of a topic can open a million times."""


class Playing:
    """Plays a program. One thread runs it; its attributes may be read by others."""

    def __init__(
        self,
        program: Program,
        publisher: Publisher,
        publishing: Publishing,
        pace: ReplayClock,
        steering: Steering,
        stage: Stage,
        barriers: Barriers,
        gate: BarrierGate,
        faults: FaultPlan,
    ) -> None:
        self._program = program
        self._publisher = publisher
        self._publishing = publishing
        self._pace = pace
        self._steering = steering
        self._stage = stage
        self._barriers = barriers
        self._gate = gate
        self._faults = faults
        # With these the place of every single message counts, so each goes out by itself.
        self._batch = 1 if barriers.any or faults.outages else MAX_BATCH
        self._reel = Reel(iter(()))
        self.pass_number = 0
        """Which loop, from 0."""
        self.following: Due | None = None
        """What comes next, or was the last."""
        self.reached: tuple[int, int] | None = None
        """Offset and position of what was published last, or sought; None: a pass begins."""
        self.held: tuple[Barrier, int] | None = None
        """What it waits at, and the position."""
        self.planned = program.planned
        """Messages to be published in all: changes with a seek, and with every pass if there is no end to them."""
        self.seeks = 0
        self.steps = 0
        self.passed: deque[str] = deque(maxlen=MAX_PASSED)
        """The newest barriers that have been opened."""

    def play(self) -> None:
        """Until the end, or until it is stopped. Raises BrokerError when nothing moves for too long."""
        self._barriers.rewind(self._program.start_ns)
        self._faults.rewind(self._program.start_ns)
        self._load(0, None, 0)
        self._shift_to(self._reel.peek(), 0)  # what has to be read first is read before the clock starts
        self._stage.before_start()
        self._pace.anchor(0)
        while not self._pace.stopped:
            if order := self._steering.take():
                self._carry_out(order)
            elif due := self._reel.peek():
                self._go_on_to(due)
            elif self._pace.paused:  # at its end it can still be taken back
                self._pace.wait_while_paused()
            else:
                return

    def await_connection(self) -> bool:
        """Blocks until there is somebody to take a message; False if the replay was stopped before."""
        while not self._publishing.ready():
            if self._pace.stopped:
                return False
            self._publishing.await_ready()
            self._pace.notice()
        return not self._pace.stopped

    def _load(self, offset_ns: int, position_ns: int | None, pass_number: int) -> None:
        dues = self._program.dues(offset_ns, position_ns, pass_number)
        self._reel = Reel(self._faults.apply(dues))
        self.pass_number = pass_number

    def _shift_to(self, first: Due | None, offset_ns: int) -> None:
        """Times in payloads of the state before a message are as much older than it as they were."""
        self._pace.anchor(offset_ns)
        if first is not None:
            self._publishing.shift_to(first)

    def _go_on_to(self, due: Due) -> None:
        """Publishes it and what is due with it, if its time has come and nothing holds it."""
        self.following = due
        if due.pass_number != self.pass_number:
            self._begin_pass(due.pass_number)
        if self._pace.horizon_ns() < due.offset_ns:  # there is time
            self._publishing.window.account()
        if not self._pace.sleep_until(due.offset_ns) or not self._may_pass(due):
            return
        horizon_ns = self._pace.horizon_ns()
        if horizon_ns >= 0:  # else it was paused a moment ago
            self._publish(horizon_ns)

    def _begin_pass(self, pass_number: int) -> None:
        if self._program.endless:
            self.planned += self._program.per_pass
        self.pass_number = pass_number
        self.reached = None
        self._barriers.rewind(self._program.start_ns)
        self._faults.rewind(self._program.start_ns)

    def _publish(self, horizon_ns: int) -> None:
        """What is due up to this offset; then waits at the barriers behind it."""
        batch = self._reel.take(horizon_ns, self._batch, MAX_BATCH_BYTES)
        self._send(batch)
        while (barrier := self._barriers.after(batch[-1])) is not None:
            self._hold(barrier, batch[-1])

    def _send(self, batch: Sequence[Due]) -> None:
        """Publishes what is not to be left out on purpose."""
        if kept := [due for due in batch if not due.dropped]:
            self._publishing.publish(kept)
        self.reached = (batch[-1].offset_ns, batch[-1].position_ns)
        self.following = self._reel.peek() or batch[-1]

    def _may_pass(self, due: Due) -> bool:
        """Whether `due` can go out now; if not, waits for what it lacks, and the clock goes on from there."""
        if not self._publishing.ready():
            was_cut = not self._publishing.connected()
            self._publishing.await_ready()
            if was_cut and self._publishing.connected():
                self._pace.anchor(due.offset_ns)
            return False
        if (outage := self._faults.outage_before(due.position_ns)) is not None:
            self._publisher.interrupt(outage.seconds)
            self._publishing.expect_silence(outage.seconds)
            return False
        if (barrier := self._barriers.before(due)) is not None:
            self._hold(barrier, due)
            return False
        return True

    def _hold(self, barrier: Barrier, due: Due) -> None:
        """Waits at a barrier; the clock goes on from there. A barrier that stays closed raises BrokerError."""
        self.held = (barrier, due.position_ns)
        try:
            reason = self._gate.wait(barrier, self._has_to_leave)
        finally:
            self.held = None
        if reason:
            raise BrokerError(reason)
        if not self._has_to_leave(0):
            self.passed.append(str(barrier))
            self._pace.anchor(due.offset_ns)

    def _has_to_leave(self, timeout: float) -> bool:
        """Waits for so many seconds at most, for something that ends a barrier before it opens."""
        if self._pace.wait_steered(timeout):
            self._pace.notice()
        while isinstance(order := self._steering.peek(), Step) and (reason := self._why_no_step(order.topic_filter)):
            self._steering.take()  # what cannot be done opens no barrier
            order.done.set_exception(StateError(reason))
        return self._pace.stopped or self._steering.peek() is not None

    def _carry_out(self, order: Order) -> None:
        """What goes wrong is said to whoever gave the order; what ends the replay is raised, too."""
        doing: Callable[[], None]
        match order:
            case Seek():
                doing = lambda: self._seek(order.position_ns)  # noqa: E731
            case Step():
                doing = lambda: self._step(order.topic_filter)  # noqa: E731
            case _:
                raise TypeError(order)
        try:
            doing()
        except SessionManagerError as error:
            order.done.set_exception(error)
            if not isinstance(error, StateError):
                raise
        else:
            order.done.set_result(None)

    def _seek(self, position_ns: int) -> None:
        """First the broker is put into the state of that moment; then what comes after it is due."""
        position_ns = min(max(position_ns, self._program.start_ns), self._program.end_ns)
        offset_ns = self._pace.position_ns()
        self._publishing.take_back()
        if not self.await_connection():  # without one nobody can say what the broker stores
            raise StateError("The replay has ended; start it again.")
        published, _, _ = self._publishing.window.counts()
        done = published + self._publishing.refused + self._faults.dropped - self._faults.extra
        self._barriers.rewind(position_ns)
        self._faults.rewind(position_ns)
        self._load(offset_ns, position_ns, self.pass_number)
        following = self._reel.peek() or self.following
        self._shift_to(following, offset_ns)
        self._stage.seek(position_ns)  # whoever sees the new place can rely on what the broker stores
        self.seeks += 1
        self.planned = done + self._program.messages_from(position_ns, self.pass_number)
        self.reached = (offset_ns, position_ns)
        self.following = following
        self._pace.anchor(offset_ns)

    def _step(self, topic_filter: str | None) -> None:
        """Raises StateError if no message follows, or none that the filter matches."""
        due, reason = self._reel.peek(), self._why_no_step(topic_filter)
        if due is None or reason:
            raise StateError(reason)
        last_pass = due.pass_number + 1
        while not self._pace.stopped:
            if due is None or due.pass_number > last_pass:
                raise StateError(
                    "No message followed: all are left out by a fault on purpose. Seek, or stop the replay."
                )
            self._publishing.await_ready()
            if not self._publishing.ready():
                self._pace.notice()
                continue
            if due.pass_number != self.pass_number:
                self._begin_pass(due.pass_number)
            (due,) = self._reel.take(due.offset_ns, 1, MAX_BATCH_BYTES)
            self._send([due])
            self._pace.anchor(due.offset_ns)
            self.steps += not due.dropped
            if not due.dropped and (topic_filter is None or matches(topic_filter, due.message.topic)):
                return
            due = self._reel.peek()

    def _why_no_step(self, topic_filter: str | None) -> str:
        """Why there is nothing to step to; empty if there is."""
        if (due := self._reel.peek()) is None:
            return "The replay is at its end; seek back, or stop it."
        if topic_filter is None or self._program.comes(topic_filter, due.position_ns, due.pass_number):
            return ""
        return f"No message on '{topic_filter}' follows in this replay; choose another topic."
