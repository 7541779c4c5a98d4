"""One replay from its start to its end, in a thread of its own."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from core.clock import Clock
from core.errors import BrokerError, PublishRefused, SessionFileError, StateError, StorageError, UsageError
from core.punctual import punctual
from replay.deck import Deck, Ends
from replay.expression_time import why_slow
from replay.program import program_of
from replay.report import ReplayReport, report_of
from replay.status import ReplayRequest, ReplayState, ReplayStatus
from replay.steering import Order
from store.parts import open_session

NOTHING_CHOSEN: Final = "No message of the session lies in the chosen range and topics, so there is nothing to replay."
UNEXPECTED: Final = "The replay ended because of an error in the program itself; report what the program printed."


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: ReplayState
    problem: str = ""


class ReplayRun:
    """One replay. `start` is called once; everything else may be called from any thread after it."""

    def __init__(self, request: ReplayRequest, ends: Ends, clock: Clock, give_up_s: float) -> None:
        self.request = request
        self._ends = ends
        self._clock = clock
        self._give_up_s = give_up_s
        self._opened: Future[Deck] = Future()
        self._steering = threading.Lock()
        self._ended = threading.Event()
        self._outcome = _Outcome(ReplayState.FAILED, UNEXPECTED)
        self._report: ReplayReport | None = None

    def start(self) -> None:
        """Reads the program and begins. Raises SessionFileError if a session cannot be read, UsageError."""
        threading.Thread(target=self._run, name="player", daemon=True).start()
        self._opened.result()

    @property
    def active(self) -> bool:
        """Whether it plays or is paused."""
        return not self._ended.is_set()

    @property
    def report(self) -> ReplayReport | None:
        """None while it is active."""
        return self._report

    def pause(self) -> None:
        """Raises StateError unless it is playing."""
        with self._steering:
            if self._deck.pace.paused:
                raise StateError("The replay is paused already; resume or stop it.")
            self._deck.pace.pause()

    def hold(self) -> None:
        """Like `pause`, but it may be paused already."""
        self._deck.pace.pause()

    def resume(self) -> None:
        """Raises StateError unless it is paused."""
        with self._steering:
            if not self._deck.pace.paused:
                raise StateError("The replay is not paused.")
            self._deck.pace.resume()

    def set_speed(self, speed: float | None) -> None:
        """Takes effect at once."""
        with self._steering:
            self._deck.set_speed(speed)

    def give(self, order: Order) -> None:
        """For the player's thread; `order.done` says when it has been carried out."""
        self._deck.steering.give(order)
        self._deck.pace.interrupt()

    def release(self) -> None:
        """Opens the barrier that waits for a key. Raises StateError if none does."""
        if not self._deck.waits_for_key:
            raise StateError("The replay does not wait for a key.")
        self._deck.gate.release()

    def stop(self) -> None:
        """Lets the thread end; see `wait`."""
        self._deck.pace.stop()

    def wait(self, timeout: float) -> bool:
        """Blocks until it has ended; False when `timeout` (seconds) is over first."""
        return self._ended.wait(timeout)

    def status(self) -> ReplayStatus:
        """A snapshot."""
        active = self.active
        playing = ReplayState.PAUSED if self._deck.pace.paused else ReplayState.PLAYING
        return self._deck.status(
            playing if active else self._outcome.state, active=active, problem=self._outcome.problem
        )

    @property
    def _deck(self) -> Deck:
        """There is one once `start` has returned."""
        return self._opened.result()

    def _run(self) -> None:
        """The thread. What goes wrong before it plays is raised in the thread that called `start`."""
        with ExitStack() as stack:
            try:
                deck = self._open(stack)
            except BaseException as error:  # noqa: BLE001 - whatever it is, `start` waits for it
                self._opened.set_exception(error)
                return
            self._opened.set_result(deck)
            try:
                self._outcome = self._play(deck)
            except (BrokerError, PublishRefused, SessionFileError, StorageError, UsageError) as error:
                self._outcome = _Outcome(ReplayState.FAILED, str(error))
            finally:  # also after an error that nobody expects: a status must not say `playing` for ever
                self._finish(deck)

    def _open(self, stack: ExitStack) -> Deck:
        paths = (self.request.session, *self.request.more)
        readers = [stack.enter_context(open_session(path)) for path in paths]
        program = program_of(self.request, readers)
        if self.request.remap and (reason := why_slow(self.request.remap, tuple(program.topics()))):
            raise UsageError(reason)
        return Deck(self.request, uuid4().hex, program, self._ends, self._clock, self._give_up_s)

    def _play(self, deck: Deck) -> _Outcome:
        if not deck.program.planned:
            return _Outcome(ReplayState.FINISHED, NOTHING_CHOSEN)
        with punctual():
            deck.play()
        return _Outcome(ReplayState.STOPPED if deck.stopped else ReplayState.FINISHED)

    def _finish(self, deck: Deck) -> None:
        try:
            deck.close()
            stopped = self._outcome.state is ReplayState.STOPPED
            self._report = report_of(deck.facts(stopped=stopped, problem=self._outcome.problem))
        finally:
            self._ended.set()
            if self._ends.closing is not None:
                self._ends.closing()
