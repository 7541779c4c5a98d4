"""A ring at a thousand messages a second: its process does not grow, and what it saves leaves nothing out."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.brokers import ROOT
from tests.faults.checker import in_database, numbers
from tests.faults.conftest import Lab

KEEP_S = 20
GROWTH_MB = 12.0
"""What the garbage collector and SQLite's cache may take more, or less, from one moment to the next."""
LONG = [pytest.mark.nightly, pytest.mark.timeout(600)]


@contextmanager
def ring_process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.faults.ring_process", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def memory_mb(process: subprocess.Popen[str]) -> float:
    """Resident memory."""
    text = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    assert found
    return int(found[1]) / 1_000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the memory of a process is not told here")
@pytest.mark.parametrize("seconds", [8, pytest.param(300, marks=LONG)])
def test_at_a_thousand_messages_a_second_the_memory_stays_where_it_was(lab: Lab, tmp_path: Path, seconds: int):
    broker = lab.persistent_broker()
    folder = tmp_path / "rings"
    folder.mkdir()
    keep_s = KEEP_S if seconds > KEEP_S else 3
    with ring_process(broker.url, f"{lab.topic}/#", str(folder), str(keep_s)) as ring:
        assert ring.stdout is not None
        assert ring.stdin is not None
        assert ring.stdout.readline() == "keeping\n"
        publisher = lab.publisher(broker, rate=1_000)
        lab.wait(keep_s * 1.2)
        before = memory_mb(ring)
        lab.wait(seconds - keep_s * 1.2)
        after = memory_mb(ring)
        ring.stdin.write("save\n")
        ring.stdin.flush()
        stem = ring.stdout.readline().strip()
        sent = publisher.stop()
        ring.stdin.close()
        assert ring.wait(30) == 0
    sys.stdout.write(f"{sent.numbers:,} numbers in {seconds} s: {before:.1f} MB, then {after:.1f} MB\n")
    got = numbers(in_database(folder / f"{stem}.db"), sent.topic)
    assert got == list(range(got[0], got[0] + len(got))), "none missing, doubled or out of order"
    assert len(got) > 0.5 * keep_s * 1_000
    assert after - before <= GROWTH_MB
