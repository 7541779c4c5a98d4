"""What every importable format offers to whoever copies it into a session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from core.errors import SessionFileError
from core.message import Message
from store.events import Event
from store.metadata import SessionMetadata

_TIME_IN_NAME = re.compile(r"_\d{8}_\d{6}$")


class Source(Protocol):
    """A recording in some format. Read once, from its beginning to its end."""

    def items(self) -> Iterator[Message | Event]:
        """Messages and events in their order; what cannot be read is kept out and listed in `problems`."""

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:
        """What is known so far: a first version once the first message is read, the final one after the last.

        `first_ns` is the time of the first message, `last_ns` of the latest one; None if there is none. Raises
        SessionFileError if there is nothing to make a session of.
        """

    def assumptions(self) -> list[str]:
        """What had to be assumed, as sentences; complete after the last item."""

    def problems(self) -> list[str]:
        """What was kept out and why, as sentences; complete after the last item."""


def name_from(path: Path) -> str:
    """A session name from a file name: without its extension and the time stamp at its end."""
    return _TIME_IN_NAME.sub("", path.stem) or path.stem


def without_messages(path: Path) -> SessionFileError:
    """The error for a file of another program in which there is no message to be found."""
    return SessionFileError(f"{path} holds no message that can be read, so there is nothing to import.")


def flags_assumption(count: int) -> list[str]:
    """The sentence for messages without QoS or retain flag."""
    if not count:
        return []
    return [f"{count:,} messages had no QoS or retain flag: QoS 0 and not retained were assumed."]


def zone_assumption(count: int, timezone: str) -> list[str]:
    """The sentence for times without a zone."""
    if not count:
        return []
    return [f"{count:,} times had no time zone: {timezone} was assumed."]
