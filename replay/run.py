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
from core.message import NS_PER_SECOND
from core.ports import Publisher
from replay.pacing import ReplayClock
from replay.plan import Plan, plan_of
from replay.publishing import Publishing
from replay.report import Facts, ReplayReport, report_of
from replay.status import ReplayRequest, ReplayState, ReplayStatus
from replay.transforms import ReplayTransform
from store.parts import open_session
from store.reading import Reader

NOTHING_CHOSEN: Final = "No message of the session lies in the chosen range and topics, so there is nothing to replay."
UNEXPECTED: Final = "The replay ended because of an error in the program itself; report what the program printed."


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: ReplayState
    problem: str = ""


class ReplayRun:
    """One replay. `start` is called once; everything else may be called from any thread after it."""

    def __init__(self, request: ReplayRequest, publisher: Publisher, clock: Clock, give_up_s: float) -> None:
        self._run_id = uuid4().hex
        self._request = request
        self._publisher = publisher
        self._clock = clock
        self._pace = ReplayClock(clock, request.speed)
        transform = ReplayTransform(self._run_id, request.qos, request.retain)
        self._publishing = Publishing(publisher, clock, self._pace, transform, give_up_s)
        self._opened: Future[Plan] = Future()
        self._plan: Plan | None = None
        self._steering = threading.Lock()
        self._ended = threading.Event()
        self._outcome = _Outcome(ReplayState.FAILED, UNEXPECTED)
        self._started_ns = clock.now_ns()
        self._ended_ns: int | None = None
        self._reconnects_before = publisher.connection().reconnects
        self._report: ReplayReport | None = None

    def start(self) -> None:
        """Reads the plan and begins. Raises SessionFileError if the session cannot be read."""
        threading.Thread(target=self._run, name="player", daemon=True).start()
        self._plan = self._opened.result()

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
            if self._pace.paused:
                raise StateError("The replay is paused already; resume or stop it.")
            self._pace.pause()

    def resume(self) -> None:
        """Raises StateError unless it is paused."""
        with self._steering:
            if not self._pace.paused:
                raise StateError("The replay is not paused.")
            self._pace.resume()

    def set_speed(self, speed: float | None) -> None:
        """Takes effect at once."""
        self._pace.set_speed(speed)

    def stop(self) -> None:
        """Lets the thread end; see `wait`."""
        self._pace.stop()

    def wait(self, timeout: float) -> bool:
        """Blocks until it has ended; False when `timeout` (seconds) is over first."""
        return self._ended.wait(timeout)

    def status(self) -> ReplayStatus:
        """A snapshot."""
        plan = self._plan
        assert plan is not None, "a run is handed out after its start only"
        active = self.active
        playing = ReplayState.PAUSED if self._pace.paused else ReplayState.PLAYING
        published, confirmed, failed = self._publishing.window.counts()
        now_ns = self._clock.now_ns() if self._ended_ns is None else self._ended_ns
        return ReplayStatus(
            state=playing if active else self._outcome.state,
            active=active,
            run_id=self._run_id,
            session_name=plan.session_name,
            session=self._request.session,
            environment=self._publisher.label,
            speed=self._pace.speed,
            planned=plan.planned,
            published=published,
            confirmed=confirmed,
            failed=failed + self._publishing.refused,
            position_s=self._position_s(active=active),
            duration_s=plan.duration_s,
            started_ns=self._started_ns,
            elapsed_s=(now_ns - self._started_ns) / NS_PER_SECOND,
            problem=self._publishing.waits_for if active else self._outcome.problem,
        )

    def _position_s(self, *, active: bool) -> float:
        """Runs on during silences, but not past the next message while that one is held up."""
        following = self._publishing.following
        if following is None:
            return self._request.start_s
        ahead_ns = max(0, following.offset_ns - self._pace.position_ns()) if active else 0
        return max(0, following.position_ns - ahead_ns) / NS_PER_SECOND

    def _run(self) -> None:
        """The thread. What goes wrong before it plays is raised in the thread that called `start`."""
        with ExitStack() as stack:
            try:
                reader = stack.enter_context(open_session(self._request.session))
                plan = plan_of(reader, self._request)
            except BaseException as error:  # noqa: BLE001 - whatever it is, `start` waits for it
                self._opened.set_exception(error)
                return
            self._opened.set_result(plan)
            self._replay(plan, reader)

    def _replay(self, plan: Plan, reader: Reader) -> None:
        try:
            self._outcome = self._play(plan, reader)
        except (BrokerError, PublishRefused, SessionFileError, StorageError, UsageError) as error:
            self._outcome = _Outcome(ReplayState.FAILED, str(error))
        finally:  # also after an error that nobody expects: a status must not say `playing` for ever
            self._finish(plan)

    def _play(self, plan: Plan, reader: Reader) -> _Outcome:
        if not plan.planned:
            return _Outcome(ReplayState.FINISHED, NOTHING_CHOSEN)
        if self._publishing.await_first_connection():
            self._reconnects_before = self._publisher.connection().reconnects
            self._pace.start()
            self._publishing.publish(plan.dues(reader))
            self._publishing.await_confirmations()
        return _Outcome(ReplayState.STOPPED if self._pace.stopped else ReplayState.FINISHED)

    def _finish(self, plan: Plan) -> None:
        self._publishing.close()  # what waits in line must not go out later, perhaps in the middle of the next replay
        self._ended_ns = self._clock.now_ns()
        published, confirmed, failed = self._publishing.window.counts()
        timing = self._publishing.timing
        facts = Facts(
            planned=plan.planned,
            published=published,
            confirmed=confirmed,
            failed=failed,
            refused=self._publishing.refused,
            stripped=self._publishing.stripped,
            reconnects=self._publisher.connection().reconnects - self._reconnects_before,
            duration_seconds=(self._ended_ns - self._started_ns) / NS_PER_SECOND,
            timing_error_ms=timing.error_ms(),
            drift_ms=timing.drift_ms(),
            stopped=self._outcome.state is ReplayState.STOPPED,
            problem=self._outcome.problem,
        )
        self._report = report_of(facts)
        self._ended.set()
