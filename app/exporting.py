"""Every format in which a session can be taken away, for the command line and the pages alike."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

from analysis.progress import Progress, reading
from core.errors import UsageError
from store.export import MEDIA_TYPES, ExportFormat, export
from store.formats.foxglove_schema import SchemaOf
from store.part_files import parts_of
from store.parts import open_session
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader
from store.whole_file import whole_file


class Format(StrEnum):
    """What a file can be; the value is also the ending of its name."""

    LOG = "log"
    CSV = "csv"
    PARQUET = "parquet"
    MCAP = "mcap"
    HTML = "html"


MEDIA: Final = {**{Format(kind.value): media for kind, media in MEDIA_TYPES.items()}, Format.HTML: "text/html"}
"""The media type of each."""


def export_session(
    path: Path,
    file: Path,
    wanted: Format,
    progress: Progress,
    *,
    query: MessageQuery = EVERYTHING,
    zone: str = "UTC",
) -> int:
    """Writes the session at `path`, or what `query` finds of it, to `file`; returns how many messages there were.

    The report is always about the whole session, with its times in `zone`. `file` appears when it is complete; what
    `progress` raises is raised, and nothing is left behind. Raises UsageError if `file` is one of the session's own.
    """
    own = {part.with_suffix(suffix).resolve() for part in parts_of(path) for suffix in (".db", ".log")}
    if file.resolve() in own:
        raise UsageError(f"{file} is a file of the session itself. Give the export another name.")
    with open_session(path) as reader:
        if wanted is Format.HTML:
            return _report(reader, file, progress, zone)
        schema_of = None
        if wanted is Format.MCAP:
            schema_of, progress = _learned(reader, query, progress)
        return export(reader, file, ExportFormat(wanted.value), progress, query=query, schema_of=schema_of)


def _learned(reader: Reader, query: MessageQuery, progress: Progress) -> tuple[SchemaOf, Progress]:
    """The schemas that the messages themselves suggest, and how to report the rest of the work."""
    from analysis.templates.json_schema import schema_of
    from analysis.templates.learning import learn
    from analysis.templates.topic_pattern import PatternIndex

    found = learn([reader], query, reading(0, 2, progress))
    schemas = PatternIndex((one.topic, schema_of(one)) for one in found.templates)
    return schemas.find, reading(1, 2, progress)


def _report(reader: Reader, file: Path, progress: Progress, zone: str) -> int:
    from app.report import report

    text, messages = report(reader, zone, progress)
    with whole_file(file) as output:
        output.write(text.encode("utf-8", "replace"))
    return messages
