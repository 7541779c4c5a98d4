"""What is published: made payloads of a fixed size, or the messages of real recordings."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
REAL: Final = "real"
SIZES: Final = ("20", "200", "4000")
TOPICS: Final = 25
"""About as many as a small plant has."""
CYCLE: Final = 10_000
"""Different messages of a made load; then they repeat."""

Load = list[tuple[str, bytes]]


def load(name: str) -> Load:
    """Topics and payloads in the order of publishing. `name`: a payload's size in bytes, or `real`."""
    return list(_recorded()) if name == REAL else list(_made(int(name)))


def real_recordings() -> Path | None:
    """The folder with real recordings, None where there is none."""
    named = os.environ.get("SESSION_MANAGER_REAL_RECORDINGS")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if any(folder.glob("*.log")) else None


def _made(size: int) -> Iterator[tuple[str, bytes]]:
    """JSON objects, as devices send them; each exactly `size` bytes."""
    for number in range(CYCLE):
        start = f'{{"n":{100_000 + number},"v":"'
        yield f"plant/line-{number % TOPICS:02d}/state", (start + "x" * (size - len(start) - 2) + '"}').encode()


def _recorded() -> Iterator[tuple[str, bytes]]:
    folder = real_recordings()
    if folder is None:
        return
    for path in sorted(folder.glob("*.log")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                if isinstance(record.get("payload"), str) and record.get("encoding") is None:
                    yield record["topic"], record["payload"].encode()
