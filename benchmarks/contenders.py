"""Who is measured: how each is started, and how it is counted what it has kept."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import peers
from benchmarks.wire import HOST

RECORDER: Final = "session-manager"
PEER: Final = "mqtt-recorder"
LIMIT: Final = "counting subscriber"

OUTPUT: Final = "output.txt"
"""What a contender prints, beside the folder that it keeps messages in."""

Command = Callable[[int, int, Path], list[str]]
"""Port, QoS and the folder for its files -> what is started."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One row of the table."""

    name: str
    keeps: str
    """What of a message it keeps, for people."""
    command: Command
    kept: Callable[[Path], int]
    """The folder of its files -> how many messages it has kept."""
    pace: int
    """About how many small messages it takes in a second: how many it is sent follows from that."""
    why_not: Callable[[int], str] = lambda _: ""
    """QoS -> why it cannot take part, empty if it can."""
    counts_bytes: bool = False
    """At QoS 0 `kept` is in bytes."""


def _module(name: str) -> Command:
    return lambda port, qos, _: [sys.executable, "-m", f"benchmarks.subscribers.{name}", str(port), str(qos)]


def _recorder(port: int, qos: int, folder: Path) -> list[str]:
    program = Path(sys.executable).with_name("session-manager")
    broker = f"mqtt://{HOST}:{port}"
    return [str(program), "record", "--broker", broker, "--qos", str(qos), "--output", str(folder)]


def _mqtt_recorder(port: int, qos: int, folder: Path) -> list[str]:
    # It prints a line for each message; on a terminal or in a file that would make it slower still.
    options = f"--host {HOST} --port {port} --qos {qos} --mode record"
    line = f'exec "$0" {options} --file "$1" 2>/dev/null'
    return ["sh", "-c", line, str(peers.program("mqtt-recorder")), str(folder / "recording.csv")]


def _mqtt_logger(port: int, _: int, folder: Path) -> list[str]:
    script = Path(__file__).parent / "subscribers" / "mqtt_logger_script.py"
    return [str(peers.program("python")), str(script), str(port), str(folder / "log.db")]


def _mosquitto_sub(port: int, qos: int, folder: Path) -> list[str]:
    # A shell only to open the file, as a user would; exec: the process that is measured is mosquitto_sub itself.
    line = f'exec mosquitto_sub -h {HOST} -p {port} -q {qos} -t "#" -F %J > "$0"'
    return ["sh", "-c", line, str(folder / "messages.jsonl")]


def _rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names


def _in_session(folder: Path) -> int:
    """What is in both files: the smaller number."""
    in_db = sum(_rows(path, "messages") for path in folder.glob("*.db"))
    in_log = 0
    for path in folder.glob("*.log"):
        with path.open("rb") as lines:
            in_log += sum(line.startswith(b'{"timestamp"') for line in lines)
    return min(in_db, in_log)


def _in_csv(folder: Path) -> int:
    csv.field_size_limit(1 << 27)
    with (folder / "recording.csv").open(newline="", encoding="utf-8") as lines:
        return sum(1 for _ in csv.reader(lines))


def _in_lines(folder: Path) -> int:
    with (folder / "messages.jsonl").open("rb") as lines:
        return sum(1 for line in lines if json.loads(line))


def _printed(folder: Path) -> int:
    return int((folder.parent / OUTPUT).read_text("utf-8").split()[-1])


def _peer_missing(_: int) -> str:
    return peers.install()


def _logger_missing(qos: int) -> str:
    return "it subscribes at QoS 0 only" if qos else peers.install()


def _no_mosquitto_sub(_: int) -> str:
    return "" if shutil.which("mosquitto_sub") else "mosquitto_sub is not installed (package mosquitto-clients)"


CONTENDERS: Final = (
    Contender(RECORDER, "SQLite and JSON lines", _recorder, _in_session, 60_000),
    Contender(PEER, "CSV, at the end", _mqtt_recorder, _in_csv, 10_000, _peer_missing),
    Contender(
        "mqtt-logger", "SQLite", _mqtt_logger, lambda folder: _rows(folder / "log.db", "LOG"), 1_000, _logger_missing
    ),
    Contender("mosquitto_sub -F %J", "JSON lines", _mosquitto_sub, _in_lines, 60_000, _no_mosquitto_sub),
    Contender("paho, empty callback", "nothing", _module("paho_empty"), _printed, 30_000),
    Contender(LIMIT, "nothing", _module("counting"), _printed, 60_000, counts_bytes=True),
)
