"""Verify a session, and repair it from what is left of it."""

from __future__ import annotations

from pathlib import Path

from core.errors import NewerVersion, SessionFileError
from store import recovery
from store.connection import explained
from store.log import messages_at_end
from store.log_file import read_end_line
from store.part_files import parts_of
from store.reader import SessionReader
from store.rebuild import RebuildResult, rebuild_db, rebuild_log
from store.verify import VerifyResult, verify, verify_part

__all__ = ["RebuildResult", "VerifyResult", "rebuild_db", "rebuild_log", "repair", "verify"]


def repair(path: Path) -> RebuildResult:
    """Makes a session whole, with all its parts: `path` is either file of the first. See `repair_part`."""
    parts = parts_of(path.with_suffix(".db"))
    found = [repair_part(part) for part in parts]
    problems = [
        problem if number == 1 else f"Part {number}: {problem}"
        for number, result in enumerate(found, 1)
        for problem in result.problems
    ]
    return RebuildResult(parts[0], sum(result.messages for result in found), problems)


def repair_part(path: Path) -> RebuildResult:
    """Makes one part of a session whole, or a session in one piece: `path` is either of its files.

    The database counts as the truth where it can be read from one end to the other; else it is rebuilt from the log.
    Nothing is done to a session of a newer version. Raises StateError while the session is being recorded,
    SessionFileError if neither file can be read, StorageError.
    """
    db, log = path.with_suffix(".db"), path.with_suffix(".log")
    promised = _messages_at_end(log)
    try:
        _read_through(db)
    except NewerVersion:  # whole, but beyond us: its log may lack what its database holds
        raise
    except SessionFileError:
        if not log.is_file():
            raise
        problems = rebuild_db(log).problems
    else:
        problems = _bring_together(db, log)
    with SessionReader.open(db) as reader:
        messages = reader.summary().messages
    if messages < promised:
        problems = [*problems, f"{promised - messages:,} messages that the session had at its end are in neither file."]
    return RebuildResult(db, messages, problems)


def _bring_together(db: Path, log: Path) -> list[str]:
    """Makes both files agree, by ever more rewriting. Returns what is wrong even then."""
    recovery.finish(db)
    if not verify_part(db).ok:
        rebuild_log(db)
    if not verify_part(db).ok:  # what is wrong lies in the database itself, such as its samples
        rebuild_db(log)
    return verify_part(db).problems


def _messages_at_end(log: Path) -> int:
    """How many messages the log's end speaks of; 0 if it does not."""
    if not log.is_file():
        return 0
    with explained(log):
        return messages_at_end(read_end_line(log) or {}) or 0


def _read_through(db: Path) -> None:
    """Raises SessionFileError for what cannot be read."""
    with SessionReader.open(db) as reader:
        reader.events()
        for _ in reader.stream():
            pass
