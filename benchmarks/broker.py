"""The Mosquitto of a benchmark: a free loopback port, the project's settings, and a log of who subscribed."""

from __future__ import annotations

import getpass
from pathlib import Path
from types import TracebackType
from typing import Final

from benchmarks.load import ROOT
from core.errors import BrokerError
from mqtt.local_broker import free_port
from mqtt.mosquitto import Mosquitto, find_mosquitto, with_listeners

SETTINGS: Final = ROOT / "mosquitto.conf"
MISSING: Final = (
    "The benchmarks need Mosquitto: `apt-get install mosquitto mosquitto-clients` or `brew install mosquitto`."
)


class BenchmarkBroker:
    """One Mosquitto; use it as a context manager. Raises BrokerError if it cannot be started."""

    def __init__(self, folder: Path, window: int, queue: int) -> None:
        """The two limits of a subscriber are in place of the project's: see `Case`."""
        program = find_mosquitto()
        if program is None:
            raise BrokerError(MISSING)
        self.port = free_port()
        self._log = folder / f"mosquitto-{self.port}.log"
        conf = folder / f"mosquitto-{self.port}.conf"
        conf.write_text(_settings(window, queue, self._log, self.port), encoding="utf-8")
        self._process = Mosquitto(program, conf, self.port)

    def __enter__(self) -> BenchmarkBroker:
        self._process.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.stop()

    @property
    def pid(self) -> int:
        """Of its process, while it runs."""
        assert self._process.pid is not None
        return self._process.pid

    def subscriptions(self) -> int:
        """How many subscriptions to everything it has granted since its start."""
        lines = self._log.read_text("utf-8").splitlines() if self._log.exists() else []
        return sum(line.endswith(" #") for line in lines)


def _settings(window: int, queue: int, log: Path, port: int) -> str:
    changed = {
        "user": getpass.getuser(),  # as root Mosquitto would become another one, who cannot write the log
        "log_dest": f"file {log}",
        "max_inflight_messages": str(window),
        "max_queued_messages": str(queue),
    }
    lines = SETTINGS.read_text("utf-8").splitlines()
    kept = [line for line in lines if line.split(" ")[0] not in changed]
    own = [f"{word} {value}" for word, value in changed.items()]
    return with_listeners("\n".join([*kept, *own, "log_type subscribe"]), port, None)
