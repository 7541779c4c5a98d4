"""Rebuild one file of a session from the other."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from core.errors import StateError
from store.connection import explained
from store.copying import batches, copy
from store.events import Event
from store.formats.detect import source_for
from store.formats.own import merged_items
from store.locking import is_locked
from store.log import LineEncoder, encode_end, encode_event, encode_metadata
from store.reader import SessionReader


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """What was rebuilt."""

    path: Path
    messages: int
    problems: list[str]


def rebuild_log(db: Path) -> RebuildResult:
    """Writes the `.log` anew from the `.db`, replacing what is there.

    Raises StateError while the session is being recorded, SessionFileError, StorageError.
    """
    log = db.with_suffix(".log")
    _refuse_while_recording(log)
    new = log.with_suffix(".log.new")
    messages = 0
    encoder = LineEncoder()
    with SessionReader.open(db) as reader, explained(new):
        with new.open("wb") as file:
            file.write(encode_metadata(reader.metadata))
            for item in batches(merged_items(reader)):
                if isinstance(item, Event):
                    file.write(encode_event(item))
                else:
                    file.write(encoder.encode(item))
                    messages += len(item)
            if not reader.metadata.status.active:
                file.write(encode_end(reader.metadata, messages))
        new.replace(log)
    return RebuildResult(log, messages, [])


def rebuild_db(log: Path) -> RebuildResult:
    """Writes the `.db` anew from the `.log`, replacing what is there.

    Lines that cannot be read are reported and kept out; then the log is written anew as well, and the old one stays
    beside it as `.log.damaged`. Raises StateError while the session is being recorded, SessionFileError, StorageError.
    """
    _refuse_while_recording(log)
    db = log.with_suffix(".db")
    source = source_for(log, ZoneInfo("UTC"))
    with explained(log):
        workshop = log.with_name(f".{log.stem}.rebuild")
        shutil.rmtree(workshop, ignore_errors=True)
        try:
            done = copy(source, workshop, lambda metadata: metadata)
            for suffix in (".db-wal", ".db-shm", ".db-journal"):
                db.with_suffix(suffix).unlink(missing_ok=True)
            done.db_path.replace(db)
            if source.problems() or source.assumptions():
                log.rename(log.with_suffix(".log.damaged"))
                rebuild_log(db)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    return RebuildResult(db, done.messages, source.problems())


def _refuse_while_recording(log: Path) -> None:
    if is_locked(log):
        raise StateError(f"The session {log.stem} is being recorded. Stop the recording first.")
