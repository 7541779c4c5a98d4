"""The recorder as a process of its own, which a test may kill, freeze and start again."""

from __future__ import annotations

import json
import os
import queue
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from tests.app.cli.program import Result, ended
from tests.warm import start

PATIENCE_S = 60.0
"""Seconds after which something is broken rather than slow."""


class RecorderProcess:
    """`session-manager record`, on one session, in one process after another."""

    def __init__(self, folder: Path, broker: str) -> None:
        self.folder = folder
        self._broker = broker
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._errors: list[str] = []
        self._readers: list[threading.Thread] = []
        self.said: list[str] = []
        """What all processes printed."""

    @property
    def database(self) -> Path:
        """The one session's database."""
        found = list(self.folder.glob("*.db"))
        assert len(found) == 1, f"one session was to be there: {found}"
        return found[0]

    def record(self, *arguments: str) -> None:
        """Begins a session; returns when the broker has confirmed the subscription."""
        self._launch("record", "--broker", self._broker, "--output", str(self.folder), "--name", "faults", *arguments)

    def resume(self) -> None:
        """Goes on with the session; returns when it says so, with the broker or still without."""
        self._launch("record", "--resume", str(self.database))

    def kill(self) -> None:
        """kill -9"""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(PATIENCE_S)
        self._join()
        self._process = None

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self) -> int:
        """Ends it in order, if it has not ended by itself; returns its exit code."""
        process = self._process
        if process is None:
            return 0
        if process.poll() is None:
            self.thaw()
            self._signal(signal.SIGINT)
        try:
            return process.wait(PATIENCE_S)
        finally:
            process.kill()
            self._join()
            self._process = None

    def await_payload(self, payload: bytes, timeout: float) -> bool:
        """Blocks until a message with this payload is stored; False when `timeout` (seconds) is over first."""
        pause, deadline = threading.Event(), time.monotonic() + timeout
        while time.monotonic() < deadline:
            self._still_runs()
            with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
                # From the end: what is waited for is among the last.
                newest = connection.execute("SELECT payload FROM messages ORDER BY id DESC LIMIT 50").fetchall()
            if any(row[0] == payload for row in newest):
                return True
            pause.wait(0.05)
        return False

    def losses(self) -> dict[str, Any]:
        """What the ledger in the session says by now."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            (extra,) = connection.execute("SELECT value FROM metadata WHERE key = 'extra'").fetchone()
        return dict(json.loads(extra).get("losses", {}))

    def info(self) -> Any:
        """What `info --json` says about the session."""
        done = self._run("info", str(self.database), "--json")
        assert done.code == 0, done
        return json.loads(done.out)

    # --- the processes

    def _run(self, *arguments: str) -> Result:
        pipe = subprocess.PIPE
        folder, environment = self.folder.parent, self._environment()
        process = start(*arguments, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)
        return ended(process)

    def _environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SESSION_MANAGER_")}
        return {**clean, "SESSION_MANAGER_SESSIONS_FOLDER": str(self.folder), "PYTHONIOENCODING": "utf-8"}

    def _launch(self, *arguments: str) -> None:
        assert self._process is None, "it runs already"
        process = start(
            *arguments,
            cwd=self.folder.parent,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._process = process
        assert process.stdout is not None
        assert process.stderr is not None
        self._lines, self._errors = queue.SimpleQueue(), []
        self._readers = [
            self._reader(process.stdout, self._heard),
            self._reader(process.stderr, self._errors.append),
        ]
        try:
            first = self._lines.get(timeout=PATIENCE_S)
        except queue.Empty:
            first = ""
        assert first.startswith(("Recording", "Continuing")), f"it does not record: {first} {''.join(self._errors)}"

    def _heard(self, line: str) -> None:
        self._lines.put(line)
        if line:
            self.said.append(line)

    def _reader(self, stream: IO[str], take: Callable[[str], None]) -> threading.Thread:
        def read() -> None:
            with stream:
                for line in stream:
                    take(line)
            take("")

        thread = threading.Thread(target=read, name="recorder-output", daemon=True)
        thread.start()
        return thread

    def _still_runs(self) -> None:
        if self._process is None or self._process.poll() is not None:
            raise ProcessLookupError(f"the recorder has ended: {self.said[-3:]} {''.join(self._errors)}")

    def _join(self) -> None:
        for thread in self._readers:
            thread.join(10)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "it does not run"
        os.kill(self._process.pid, number)
