"""A process under measurement: when it works and when it is idle, its CPU time, its memory, its end. Linux only."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import IO, Final

POLL_S: Final = 0.02
BUSY: Final = 0.15
"""From this part of a core on, between two looks, a process is working. What ours costs idle is far below, the slowest
peer, which waits for the disk after each message, is above."""
QUIET_S: Final = 0.5
"""Idle for so long, with nothing on the way to it, it has got everything."""
END_PATIENCE_S: Final = 60.0

_TICKS: Final = os.sysconf("SC_CLK_TCK")


class MeasurementError(Exception):
    """A contender could not be measured; says why."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process has cost in all."""

    cpu_s: float
    closing_s: float
    """From the signal to its end."""
    peak_bytes: int
    code: int


class MeasuredProcess:
    """A child with a session of its own, so that Ctrl-C does not reach it; leaving the context ends it in any case."""

    def __init__(self, command: Sequence[str], folder: Path, output: Path, environment: Mapping[str, str]) -> None:
        self._command = command
        self._folder = folder
        self._output = output
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self.peak_bytes = 0

    def __enter__(self) -> MeasuredProcess:
        with self._output.open("wb") as output:
            self._process = _start(self._command, self._folder, output, self._environment)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            self._process.wait()

    @property
    def _pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def cpu_s(self) -> float:
        """User and system time until now, in steps of 10 ms."""
        return cpu_s(self._pid)

    def require_alive(self) -> None:
        """Raises MeasurementError with its last word if it has ended."""
        if (self._proc() / "stat").read_text().rpartition(") ")[2].startswith("Z"):
            raise MeasurementError(f"ended by itself: {_last_line(self._output)}")

    def freeze(self) -> None:
        """From now on it takes nothing, while its connection stays."""
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was frozen."""
        os.kill(self._pid, signal.SIGCONT)

    def resident_bytes(self) -> int:
        """Memory in use; notes the peak."""
        found = re.findall(r"^Vm(?:HWM|RSS):\s+(\d+) kB", (self._proc() / "status").read_text(), re.MULTILINE)
        if not found:  # it has ended, and waits to be collected
            return 0
        self.peak_bytes = max(self.peak_bytes, int(found[0]) * 1024)
        return int(found[1]) * 1024

    def await_idle(
        self, port: int, quiet_s: float, patience_s: float, more: Callable[[], bool] = lambda: False
    ) -> float:
        """Returns when it was last seen working (time.monotonic), once it is idle for `quiet_s`, no byte is on its way
        to or from the broker's `port`, and `more` (asked all the time) does not say that more comes.

        Raises MeasurementError after `patience_s`, and when the process ends.
        """
        last_active = before = time.monotonic()
        deadline, spent, pause = before + patience_s, self._running_ns(), Event()
        while (now := time.monotonic()) - last_active < quiet_s:
            if now > deadline:
                raise MeasurementError(f"still at work after {patience_s:g} s")
            pause.wait(POLL_S)
            now, ran = time.monotonic(), self._running_ns()
            if more() or ran - spent > BUSY * (now - before) * 1e9 or in_flight(port):
                last_active = now
            before, spent = now, ran
            self.resident_bytes()
        return last_active

    def await_end(self, patience_s: float) -> None:
        """Returns when it has ended by itself; its memory is watched until then. Raises MeasurementError if it has not
        after `patience_s`.
        """
        pause, deadline = Event(), time.monotonic() + patience_s
        while self.resident_bytes():
            if time.monotonic() > deadline:
                raise MeasurementError(f"still at work after {patience_s:g} s")
            pause.wait(POLL_S)

    def end(self) -> Ended:
        """Ctrl-C, then what it has cost. Raises MeasurementError if it does not end."""
        assert self._process is not None
        pid, pause, started = self._pid, Event(), time.monotonic()
        os.kill(pid, signal.SIGINT)
        while time.monotonic() - started < END_PATIENCE_S:
            self.resident_bytes()
            found, status, usage = os.wait4(pid, os.WNOHANG)
            if found:
                self._process.returncode = os.waitstatus_to_exitcode(status)
                closing_s = time.monotonic() - started
                cpu_s = usage.ru_utime + usage.ru_stime
                return Ended(cpu_s, closing_s, self.peak_bytes, self._process.returncode)
            pause.wait(0.005)
        raise MeasurementError(f"does not end within {END_PATIENCE_S:g} s after SIGINT")

    def _proc(self) -> Path:
        return Path("/proc") / str(self._pid)

    def _running_ns(self) -> int:
        """CPU time of the threads that live, exact."""
        self.require_alive()
        found = 0
        for path in (self._proc() / "task").glob("*/schedstat"):
            try:
                found += int(path.read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):  # the thread has just ended
                continue
        return found


def cpu_s(pid: int) -> float:
    """User and system time of a process until now, with that of threads that have ended, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def in_flight(port: int) -> bool:
    """Whether a socket of the broker's port on this machine has bytes that were not read, or not sent."""
    local_or_remote = f":{port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if (
            local_or_remote in (fields[1][-5:], fields[2][-5:])
            and fields[3] == "01"
            and fields[4] != "00000000:00000000"
        ):
            return True
    return False


def _start(
    command: Sequence[str], folder: Path, output: IO[bytes], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise MeasurementError(f"cannot be started: {error}") from error


def _last_line(output: Path) -> str:
    lines = output.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"
