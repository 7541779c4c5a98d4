"""The machine and the programs that figures were taken with."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers import PACKAGES
from core.clock import SystemClock
from core.message import NS_PER_SECOND
from mqtt.mosquitto import find_mosquitto


@dataclass(frozen=True, slots=True)
class Machine:
    """What has to be known to judge a figure."""

    taken_at: str
    cpu: str
    cores: int
    memory_gb: float
    system: str
    python: str
    mosquitto: str
    packages: tuple[str, ...]
    fsync_ms: float
    """Until the disk confirms 4 kB: what a recorder pays that commits each message."""
    load_before: float
    """Processes that wanted a core in the minute before: above 0.5 the machine was not quiet."""

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"{self.cpu}, {self.cores} cores, {self.memory_gb:.0f} GB; {self.system}",
            f"Python {self.python}, Mosquitto {self.mosquitto}, {', '.join(self.packages)}",
            f"disk: {self.fsync_ms:.2f} ms until 4 kB are safe; load before the run: {self.load_before:.2f}; "
            f"taken {self.taken_at}",
        ]


def describe(folder: Path) -> Machine:
    """This machine; the disk is that of `folder`."""
    return Machine(
        taken_at=datetime.fromtimestamp(SystemClock().now_ns() // NS_PER_SECOND, UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cpu=_cpu(),
        cores=os.cpu_count() or 0,
        memory_gb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9,
        system=f"{platform.system()} {platform.release()}",
        python=sys.version.split()[0],
        mosquitto=_mosquitto(),
        packages=(f"paho-mqtt {version('paho-mqtt')}", *(name.replace("==", " ") for name in PACKAGES)),
        fsync_ms=_fsync_ms(folder),
        load_before=os.getloadavg()[0],
    )


def _cpu() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _mosquitto() -> str:
    program = find_mosquitto()
    if program is None:
        return "?"
    said = subprocess.run([program, "-h"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"version (\S+)", said)
    return found[1] if found else "?"


def _fsync_ms(folder: Path) -> float:
    """The median of 20."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(20):
            file.write(b"x" * 4096)
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - started)
    return sorted(took)[10] * 1000
