"""The log of the older in-house recorder, and any JSON lines with topic, payload and timestamp."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from core.message import Message
from store.events import Event
from store.formats.source import flags_assumption, name_from, without_messages, zone_assumption
from store.log import KIND, SESSION_META, LineParser, Record
from store.log_file import LogReader
from store.metadata import SessionMetadata, Status, new_metadata


class InhouseLog:
    """One JSON object per line; a session_meta line may come first, `qos`, `retain` and time zones may be missing."""

    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        self._path = path
        self._zone = zone
        self._parser = LineParser(zone)
        self._lines = LogReader(path, self._parser)
        self._meta: Record = {}
        self._without_topic = 0

    def items(self) -> Iterator[Message | Event]:
        for item in self._lines:
            if isinstance(item, Message):
                yield item
            elif item.get(KIND) == SESSION_META:
                self._meta |= item
            else:
                self._without_topic += 1

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:
        """Times are those of the messages: the meta line's are local without saying of which zone."""
        if first_ns is None:
            raise without_messages(self._path)
        meta = self._meta
        host, port = meta.get("brokerHost"), meta.get("brokerPort") or 1883
        return new_metadata(
            _text(meta, "sessionName", "session_name") or name_from(self._path),
            first_ns,
            status=Status.COMPLETED,
            ended_ns=last_ns,
            source=_text(meta, "source") or "Unknown",
            broker=f"mqtt://{host}:{port}" if host else "",
            note=_text(meta, "note", "ccuOrdersDescription"),
            recorder_version=_text(meta, "sessionRecorderVersion"),
            extra={key: value for key, value in meta.items() if key != KIND},
        )

    def assumptions(self) -> list[str]:
        return [
            *zone_assumption(self._parser.times.naive, self._zone.key),
            *flags_assumption(self._parser.without_flags),
            *self._payload_assumption(),
        ]

    def _payload_assumption(self) -> list[str]:
        count = self._parser.not_text
        return [f"{count:,} payloads were JSON values: their compact text was taken."] if count else []

    def problems(self) -> list[str]:
        left_out = f"{self._without_topic:,} lines without a topic were left out."
        return [*self._lines.problems, *([left_out] if self._without_topic else [])]


def _text(meta: Record, *keys: str) -> str:
    """The first of these that is a text with something in it."""
    return next((value for key in keys if isinstance(value := meta.get(key), str) and value.strip()), "")
