"""Import: any known recording becomes a session of the folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from core.errors import SessionFileError
from store.copying import Counting, copy, quiet
from store.entries import SessionEntry
from store.formats.detect import source_for, zone_named
from store.locking import is_locked
from store.metadata import SessionMetadata
from store.naming import shortened


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did."""

    entry: SessionEntry
    messages: int
    assumptions: tuple[str, ...]
    problems: tuple[str, ...]
    """What was kept out, with its line."""
    notes: tuple[str, ...] = ()
    """What else is worth knowing, such as that it was imported before."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A new session in the folder."""

    db_path: Path
    messages: int
    assumptions: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def import_recording(
    path: Path,
    folder: Path,
    timezone: str,
    name: str,
    present: Sequence[SessionEntry],
    progress: Counting = quiet,
    base64: bool | None = None,
) -> Imported:
    """Copies the recording in `path` into `folder`, which holds the sessions `present`. `base64`: see `source_for`.

    Raises UsageError for an unknown time zone, SessionFileError for a file that cannot be imported, StorageError, and
    what `progress` raises. Then nothing is left in the folder.
    """
    source = source_for(path, zone_named(timezone), base64)
    if is_locked(path.with_suffix(".log")):
        raise SessionFileError(f"{path} is being recorded. Import it when the recording has ended.")
    taken = {known for entry in present for known in (entry.id, entry.path.stem)}
    fresh_id = uuid4().hex
    earlier = [e.name for e in present if e.metadata is not None and e.metadata.imported_from == path.name]
    again = (f"A file of this name was imported before, as '{shortened(earlier[0])}'.",) if earlier else ()

    def change(metadata: SessionMetadata) -> SessionMetadata:
        return metadata.with_changes(
            id=fresh_id if metadata.id in taken else metadata.id,
            name=name or metadata.name,
            imported_from=path.name,
            assumptions=(*metadata.assumptions, *source.assumptions()),
        )

    done = copy(source, folder, change, progress)
    return Imported(done.db_path, done.messages, tuple(source.assumptions()), tuple(source.problems()), again)
