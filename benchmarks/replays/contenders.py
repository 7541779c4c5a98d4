"""Who replays: how each is started, and what it says of what it has done."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import peers
from benchmarks.wire import HOST

OURS: Final = "session-manager replay"
PLAYER: Final = "its player alone"
PEER: Final = "mqtt-recorder"
LOOP: Final = "paho, publish() loop"
WIDE: Final = "paho, the same with 1,000 in flight"
SLEEPING: Final = "paho, sleep and publish()"


@dataclass(frozen=True, slots=True)
class Files:
    """The messages, in the form that each takes."""

    session: Path
    csv: Path


@dataclass(frozen=True, slots=True)
class Replayer:
    """One row of a table."""

    name: str
    command: Callable[[int, Files], list[str]]
    """Port and files -> what is started. It ends by itself."""
    pace: int = 0
    """About how many messages it replays in a second, as fast as it can."""
    tells: bool = True
    """Whether it says how many messages were confirmed."""
    why_not: Callable[[], str] = lambda: ""
    """Why it cannot take part, empty if it can."""


def told(output: str) -> tuple[int, float]:
    """From what a replayer printed: messages confirmed, and in how many seconds. Raises ValueError.

    Connecting does not count, for anybody, nor what the command line looks at before its first message.
    """
    found: dict[str, Any] = json.loads(output[output.index("{") :])
    return int(found["confirmed"]), float(found["seconds"] if "seconds" in found else found["playing_seconds"])


def _ours(*options: str) -> Callable[[int, Files], list[str]]:
    program = Path(sys.executable).with_name("session-manager")
    return lambda port, files: [
        *(str(program), "replay", str(files.session), "--broker", f"mqtt://{HOST}:{port}"),
        *("--json", *options),
    ]


def _publisher(kind: str) -> Callable[[int, Files], list[str]]:
    def command(port: int, files: Files) -> list[str]:
        path = files.session if kind.startswith("player") else files.csv
        return [sys.executable, "-m", "benchmarks.replays.publishers", kind, str(port), str(path)]

    return command


def _mqtt_recorder(port: int, files: Files) -> list[str]:
    program = str(peers.program("mqtt-recorder"))
    return [program, "--host", HOST, "--port", str(port), "--mode", "replay", "--file", str(files.csv)]


TIMED: Final = (
    Replayer(OURS, _ours()),
    Replayer(PLAYER, _publisher("player")),
    Replayer(PEER, _mqtt_recorder, tells=False, why_not=peers.install),
    Replayer(SLEEPING, _publisher("paho-timed")),
)
FASTEST: Final = (
    Replayer(OURS, _ours("--speed", "max"), pace=50_000),
    Replayer(PLAYER, _publisher("player-max"), pace=50_000),
    Replayer(PEER, _mqtt_recorder, pace=10_000, tells=False, why_not=peers.install),
    Replayer(LOOP, _publisher("paho"), pace=12_000),
    Replayer(WIDE, _publisher("paho-1000"), pace=8_000),
)
