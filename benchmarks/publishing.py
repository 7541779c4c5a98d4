"""The load generator's process, from the side that starts it."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from benchmarks.generator import Published
from benchmarks.load import ROOT
from benchmarks.measuring import MeasurementError


class Generator:
    """The load generator's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def go(self) -> None:
        """Now it publishes."""
        _pipe(self._process.stdin).write("go\n")
        _pipe(self._process.stdin).flush()

    def done(self) -> bool:
        """Whether it has published all, or has ended."""
        return bool(select.select([_pipe(self._process.stdout)], [], [], 0)[0])

    def report(self) -> Published:
        """What it did. Raises MeasurementError if it could not."""
        line = _pipe(self._process.stdout).readline()
        if not line:
            raise MeasurementError("the load generator failed")
        return Published(**json.loads(line))


@contextmanager
def generator(port: int, name: str, count: int, rate: float | None) -> Iterator[Generator]:
    """A generator that is connected and has its packets ready."""
    command = [sys.executable, "-m", "benchmarks.generator", "--port", str(port), "--load", name, "--count", str(count)]
    process = subprocess.Popen(
        [*command, *([] if rate is None else ["--rate", str(rate)])],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        if _pipe(process.stdout).readline() != "ready\n":
            raise MeasurementError("the load generator could not be started")
        yield Generator(process)
    finally:
        process.kill()
        process.wait()
        _pipe(process.stdin).close()
        _pipe(process.stdout).close()


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
