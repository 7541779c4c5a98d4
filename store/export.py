"""Export: a session, or what a query finds of it, as one file in another format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from core.message import Message
from store.connection import explained
from store.copying import batches
from store.events import Event
from store.formats.foxglove_schema import SchemaOf
from store.formats.own import merged_items
from store.metadata import SessionMetadata
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader
from store.whole_file import whole_file


class ExportFormat(StrEnum):
    """The formats of files that hold every message; the value is also the ending of their names."""

    LOG = "log"
    CSV = "csv"
    PARQUET = "parquet"
    MCAP = "mcap"


MEDIA_TYPES: Final = {
    ExportFormat.LOG: "application/x-ndjson",
    ExportFormat.CSV: "text/csv",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
    ExportFormat.MCAP: "application/octet-stream",
}

Progress = Callable[[int, int], None]
"""Is told how many of how many messages are written, batch by batch; what it raises ends the export."""


class Export(Protocol):
    """Writes one file of a format, in the order of the session."""

    def write(self, messages: Sequence[Message]) -> None:
        """Messages."""

    def add_event(self, event: Event) -> None:
        """An event, before the first message that came after it."""

    def close(self) -> None:
        """The end of the file, which itself is not closed. Also when the rest is not going to be written."""


def export(
    reader: Reader,
    file: Path,
    wanted: ExportFormat,
    progress: Progress,
    *,
    query: MessageQuery = EVERYTHING,
    schema_of: SchemaOf | None = None,
) -> int:
    """Writes `file`, which appears only when it is complete, and returns its number of messages.

    Memory holds a batch, in Parquet a row group. `schema_of` gives MCAP the JSON Schema of a topic. What `progress`
    raises is raised; like StorageError it leaves nothing behind.
    """
    total = reader.count(query)
    done = 0
    progress(done, total)
    with (
        whole_file(file) as output,
        explained(file),
        closing(export_to(output, wanted, reader.metadata, schema_of)) as writer,
    ):
        for item in batches(merged_items(reader, query)):
            if isinstance(item, Event):
                writer.add_event(item)
                continue
            writer.write(item)
            done += len(item)
            progress(min(done, total), total)  # more may have arrived since
    return done


def export_to(
    file: BinaryIO, wanted: ExportFormat, metadata: SessionMetadata, schema_of: SchemaOf | None = None
) -> Export:
    """What writes such a file."""
    if wanted is ExportFormat.CSV:
        from store.formats.csv_export import CsvExport

        return CsvExport(file, metadata)
    if wanted is ExportFormat.PARQUET:
        from store.formats.parquet import ParquetExport

        return ParquetExport(file, metadata)
    if wanted is ExportFormat.MCAP:
        from store.formats.mcap_export import McapExport, no_schema

        return McapExport(file, metadata, schema_of or no_schema)
    from store.formats.log_export import LogExport

    return LogExport(file, metadata)
