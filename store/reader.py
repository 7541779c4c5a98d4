"""SessionReader: a session's messages, figures and events, without ever writing to it."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from core.errors import SessionManagerError
from core.message import NS_PER_SECOND
from store.connection import explained, open_readonly
from store.event_rows import read_events
from store.events import Event, EventKind
from store.message_reader import MessageReader
from store.metadata_table import read_metadata
from store.results import SampleRow, SessionSummary, TopicSummary
from store.rollup import busiest_second, seconds_of
from store.sample_rows import read_activity, read_samples
from store.statistics import scan_topics


class SessionReader(MessageReader):
    """Reads one session; one thread at a time uses it."""

    @classmethod
    def open(cls, path: Path) -> SessionReader:
        """Opens a session's `.db`. Raises SessionFileError."""
        connection = open_readonly(path)
        try:
            with explained(path):
                return cls(path, connection, read_metadata(connection, path))
        except SessionManagerError:
            connection.close()
            raise

    def close(self) -> None:
        """Closes the file; closing twice does no harm."""
        self._connection.close()

    def __enter__(self) -> SessionReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def summary(self) -> SessionSummary:
        """The whole session in figures."""
        statistics = self._kept.statistics()
        with explained(self.path):
            gaps = self._connection.execute(
                "SELECT count(*) FROM events WHERE kind = ?", (EventKind.GAP_START,)
            ).fetchone()[0]
            topics = (
                len(statistics.cells)
                if statistics.cells is not None
                else self._connection.execute("SELECT count(*) FROM topics").fetchone()[0]
            )
        messages, size, first, last, *_ = statistics.total or (0, 0, None, None)
        end = self.metadata.ended_ns if self.metadata.ended_ns is not None else last
        return SessionSummary(
            messages=messages,
            bytes=size,
            topics=int(topics),
            first_ns=first,
            last_ns=last,
            gaps=int(gaps),
            duration_s=max(0, (end or self.metadata.started_ns) - self.metadata.started_ns) / NS_PER_SECOND,
        )

    def topics(self) -> list[TopicSummary]:
        """Each topic's figures, sorted by topic."""
        cells = self._kept.statistics().cells
        with explained(self.path):
            if cells is None:
                cells = scan_topics(self._connection)
            names = self._names.of(cells)
        rows = [TopicSummary(names[topic_id], *cell) for topic_id, cell in cells.items()]
        return sorted(rows, key=lambda row: row.topic)

    def samples(self, bucket_s: int = 1, start_s: int | None = None, end_s: int | None = None) -> list[SampleRow]:
        """One row per topic and bucket of `bucket_s` seconds in which something arrived, in the order of time.

        Buckets begin at multiples of `bucket_s`; only samples in [start_s, end_s) count, None is open.
        """
        with explained(self.path):
            return read_samples(self._connection, self._names, self._kept.rollup(), bucket_s, start_s, end_s)

    def activity(
        self, start_s: int | None = None, end_s: int | None = None, bucket_s: int = 1
    ) -> list[tuple[int, int, int]]:
        """Second, messages and bytes of all topics together, for every second in which something arrived, in order.

        Only seconds in [start_s, end_s), None is open. With `bucket_s` for every bucket, named by its start; buckets
        begin at multiples of it.
        """
        with explained(self.path):
            return read_activity(self._connection, self._kept.rollup(), bucket_s, start_s, end_s)

    def seconds(self) -> tuple[int, int] | None:
        """The first and the last second in which something arrived, since the start; None without messages."""
        with explained(self.path):
            return seconds_of(self._connection)

    def busiest_second(self) -> tuple[int, int] | None:
        """The second in which the most messages arrived, the first of equals, and how many; None without messages."""
        with explained(self.path):
            rollup = self._kept.rollup()
            return busiest_second(self._connection) if rollup is None else rollup.busiest

    def events(self) -> list[Event]:
        """All events in the order in which they were written."""
        with explained(self.path):
            return read_events(self._connection, self.path)
