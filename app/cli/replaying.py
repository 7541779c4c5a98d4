"""One replay under the command line: connect, replay, report, end in order."""

from __future__ import annotations

import contextlib
import json as json_format
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from app import format as fmt
from app.cli import output
from app.cli.connecting import STOP_TIMEOUT_S, TICK_S, check_reachable, connected, environment_for
from app.cli.exit_codes import FAILED, INTERRUPTED, NOT_AS_IT_SHOULD_BE, OK
from app.cli.interrupts import Interrupts, interruptible
from app.cli.keys import Keys, keys
from app.cli.progress import Progress
from app.cli.replay_keys import HELP, ReplayKeys
from app.cli.replay_options import ReplayOptions
from app.preflights import Preflights, broker_words
from app.replay_words import published_of, share_of, speeds_of, where
from app.settings import Settings
from core.clock import SystemClock
from core.errors import PublishRefused, StateError, StorageError, UsageError
from mqtt.client import SharedClient
from mqtt.environments import Environment
from replay.barriers import FOR_EVER, BarrierKind
from replay.player import Player, ReplayReport, ReplayRequest, ReplayState, ReplayStatus
from replay.preload import preload_files
from replay.schedule import query_of
from store.naming import shortened
from store.parts import open_session

CLEARING_TIMEOUT_S = 60.0
"""Thousands of stored messages take a broker with a small window ten seconds to delete."""
PREFLIGHT_S = 3.0
"""A preflight ends by itself before that."""


class ReplayCommand:
    """Runs one replay in the foreground."""

    def __init__(self, settings: Settings, options: ReplayOptions) -> None:
        environment = environment_for(options.broker, settings, "replay")
        self._environment = publishable(environment, allowed=options.allow_live)
        self._report_file = options.report
        self._prove = options.prove
        self._json = options.json
        self._stream = sys.stderr if options.json else sys.stdout
        self._clock = SystemClock()
        self._said = {""}
        self._preflight_said = self._mixed_said = False
        self._preflights = Preflights(self._clock)

    def run(self, request: ReplayRequest) -> int:
        """Returns the exit code. Raises SessionManagerError."""
        if self._report_file is not None:
            _check_writable(self._report_file)
        if not request.more:
            _check_not_empty(request)
        _check_keys(request)
        if request.preload_folder is not None:
            preload_files(request.preload_folder)  # raises for what is no message, before anything is sent
        player = Player(self._clock)
        check_reachable(self._environment)
        self._preflights.of(self._environment)
        with (
            interruptible() as interrupts,
            connected(self._environment, self._clock, interrupts, hears_itself=False) as client,
            self._witness(interrupts) as witness,
            keys() as keyboard,
        ):
            started = player.start(request, client, source=client, witness=witness)
            try:
                with Progress(self._clock, self._stream) as progress:
                    progress.say(_first_line(started))
                    if keyboard.active:
                        progress.say(HELP)
                    self._watch(player, progress, interrupts, keyboard)
                    self._preflights.wait(PREFLIGHT_S)
                    self._say_preflight(progress)
            finally:
                with contextlib.suppress(StateError):  # it takes longer than that: the process ends
                    player.stop(CLEARING_TIMEOUT_S if request.clear_retained else STOP_TIMEOUT_S)
        return self._report(player.status(), player.report(), interrupted=interrupts.requested)

    @contextlib.contextmanager
    def _witness(self, interrupts: Interrupts) -> Iterator[SharedClient | None]:
        """A second client of its own, if the delivery is to be proved."""
        if not self._prove:
            yield None
            return
        with connected(self._environment, self._clock, interrupts) as client:
            yield client

    def _watch(self, player: Player, progress: Progress, interrupts: Interrupts, keyboard: Keys) -> None:
        keyed = ReplayKeys(player)
        while not interrupts.wait(TICK_S):
            for key in keyboard.pressed():
                if answer := keyed.press(key):
                    progress.say(answer)
            status = player.status()
            if not status.active:
                return
            self._say_preflight(progress)
            for sentence in (status.problem, *status.warnings):
                if sentence not in self._said:
                    progress.say(sentence)
            self._said = {"", status.problem, *status.warnings}
            if status.mixed and not self._mixed_said:
                self._mixed_said = True  # the counts go on rising: the report has the last ones
                progress.say(status.mixed)
            progress.update(keyed.typing or _progress_line(status), share_of(status), 1.0)

    def _say_preflight(self, progress: Progress) -> None:
        """What the broker is, and whether another one could be taken for it: once, when it is known."""
        found = self._preflights.of(self._environment)
        if found is not None and not self._preflight_said:
            self._preflight_said = True
            for sentence in (broker_words(found, output.local_zone(self._clock.now_ns())), *found.warnings):
                progress.say(sentence)

    def _report(self, status: ReplayStatus, report: ReplayReport | None, *, interrupted: bool) -> int:
        if report is not None:
            text = json_format.dumps(report.to_json(), indent=2, ensure_ascii=False)
            if self._report_file is not None:
                _write(self._report_file, text + "\n")
            if self._json:
                output.as_json(report.to_json())
            failed = status.problem if status.state is ReplayState.FAILED else ""
            output.line(_last_line(report, failed), self._stream)
        if interrupted:
            return INTERRUPTED
        if status.state is ReplayState.FAILED or report is None:
            output.error(status.problem or "The replay failed.")
        if report is None:
            return FAILED
        return OK if report.faithful else NOT_AS_IT_SHOULD_BE


def publishable(environment: Environment, *, allowed: bool) -> Environment:
    """The environment, if it may be published to. Raises PublishRefused, naming the broker and the way around."""
    if environment.may_publish:
        return environment
    if allowed:
        return replace(environment, may_publish=True)
    raise PublishRefused(
        f"{environment.display_url} is not marked for publishing, because it may be a real factory, so nothing was "
        "sent. Use another broker, such as --broker replay, or --allow-live if you are sure."
    )


def _check_not_empty(request: ReplayRequest) -> None:
    """Raises UsageError if there is nothing to replay."""
    with open_session(request.session) as reader:
        name = shortened(reader.metadata.name)
        if not reader.summary().messages:
            raise UsageError(f"'{name}' has no messages, so there is nothing to replay. Choose another session.")
        if not reader.count(query_of(request, reader.metadata.started_ns)):
            raise UsageError(
                f"No message of '{name}' matches --topic, --exclude, --start and --end, so there is nothing to replay. "
                f"'session-manager topics {request.session.stem}' shows what is in it."
            )


def _check_keys(request: ReplayRequest) -> None:
    """Raises UsageError for what would wait for a key that nobody can press."""
    wants_key = request.paused or any(
        barrier.until is BarrierKind.KEY and barrier.timeout_s == FOR_EVER for barrier in request.barriers
    )
    if wants_key and not sys.stdin.isatty():
        raise UsageError(
            "--paused and barriers 'until key' wait for a key, and there is no terminal to press it on. Leave them "
            "out, give the barrier a time with 'within', or start the replay over HTTP, where it can be steered."
        )


def _check_writable(file: Path) -> None:
    """Before an hour of replay, not after it."""
    folder = file.resolve().parent
    if file.is_dir() or not folder.is_dir() or not os.access(file if file.exists() else folder, os.W_OK):
        raise StorageError(f"The report {file} cannot be written. Choose another place with --report.")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"The report {file} cannot be written: {error.strerror}.") from error


def _first_line(status: ReplayStatus) -> str:
    speed = "as fast as the broker confirms" if status.speed is None else f"at {status.speed:g}x"
    return (
        f"Replaying '{shortened(status.session_name)}', {fmt.counted(status.planned, 'message')}, {speed} "
        f"to {status.environment}. Ctrl-C ends it."
    )


def _progress_line(status: ReplayStatus) -> str:
    paused = "paused, " if status.state is ReplayState.PAUSED else "waits for Enter, " * status.waits_for_key
    place = f"{where(status)} at {fmt.speed(status.speed)}"
    return f"{paused}{place}, {published_of(status)} published, {status.confirmed:,} confirmed"


def _last_line(report: ReplayReport, failed: str) -> str:
    """`failed`: why it failed, which is said as the error, and not here once more."""
    reason = report.reason.removeprefix(failed).strip()
    verdict = "faithful" if report.faithful else f"not faithful: {reason}"
    timed = any(speed is not None for speed in report.speeds)
    timing = f", timing error p99 {report.timing_error_ms.p99:.2f} ms" if timed else ""
    changed = f" at {speeds_of(report.speeds)}" if len(report.speeds) > 1 else ""
    if report.proof is not None:
        timing += f", {report.proof.delivered:,} of {report.proof.expected:,} sent ones seen by an independent witness"
    return (
        f"Replayed {report.published:,} of {fmt.counted(report.planned, 'message')} in "
        f"{fmt.duration(report.duration_seconds)}{changed}, {report.confirmed:,} confirmed, {report.failed:,} failed"
        f"{timing}: {verdict}"
    )
