"""Catalog: which sessions a folder holds, and what can be done to them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import SessionFileError, SessionManagerError, SessionNotFound, StateError, UsageError
from store import recovery
from store.connection import explained
from store.copying import Counting, quiet
from store.entries import SessionEntry, files_of, read_entry, state_of_files, with_unique_ids
from store.importer import ImportResult, import_recording
from store.locking import is_locked
from store.metadata import UNKNOWN_SOURCE, Outcome
from store.naming import shortened
from store.part_files import first_part, is_further_part, parts_of
from store.session_files import delete_session_files, open_locked_log

__all__ = ["Catalog", "ImportResult", "SessionEntry"]

_NAMES_SHOWN = 5


class RecoveryWatch:
    """Looks on at `Catalog.recover`. Its methods are called in the thread that recovers."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        """Set: no further session is begun with."""

    def wants(self, entry: SessionEntry) -> bool:  # noqa: ARG002  all of them
        """Whether this session is to be looked after."""
        return True

    def begins(self, entry: SessionEntry) -> None:
        """This session was left open, and gets its end now: that takes a while if it is long."""

    def recovered(self, entry: SessionEntry) -> None:
        """It has its end, or a problem."""


class Catalog:
    """The sessions of one folder. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._cache: dict[Path, tuple[object, SessionEntry]] = {}

    def sessions(self) -> list[SessionEntry]:
        """All sessions, newest first. An absent folder is an empty one."""
        with explained(self.folder):
            if not self.folder.is_dir():
                return []
            databases = {path for path in self.folder.glob("*.db") if path.is_file()}
            logs = {path for path in self.folder.glob("*.log") if path.is_file()}
            lonely = {path for path in logs if path.with_suffix(".db") not in databases}
        paths = {path for path in databases | lonely if not is_further_part(path)}
        with self._lock:
            self._cache = {path: known for path, known in self._cache.items() if path in paths}
        return sorted(with_unique_ids([self._entry(path) for path in paths]), key=_age, reverse=True)

    def get(self, session_id: str) -> SessionEntry:
        """The session of this folder with exactly this stem or id; never a path. Raises SessionNotFound."""
        sessions = self.sessions()
        return self._only(_exactly(session_id, sessions), session_id, sessions)

    def find(self, text: str) -> SessionEntry:
        """The session that `text` names: a path, a stem, an id, or a unique part of a name, looked for in this order.

        Raises SessionNotFound, and SessionFileError for the path of anything else.
        """
        path = _session_path(text)
        if path is not None:
            return self._listed(path)
        sessions = self.sessions()
        folded = text.casefold()
        exact = _exactly(text, sessions)
        file_name = [e for e in sessions if text in (f"{e.path.stem}.db", f"{e.path.stem}.log")]
        same_name = [entry for entry in sessions if entry.name.casefold() == folded]
        part = [e for e in sessions if text and (folded in e.name.casefold() or folded in e.path.stem.casefold())]
        found = exact or file_name or same_name or part
        if not found and _exists(text):
            raise SessionFileError(f"{text} is no session: give the .db or the .log of one, or a name.")
        return self._only(found, text, sessions)

    def update(
        self,
        session_id: str,
        *,
        name: str | None = None,
        source: str | None = None,
        tags: Sequence[str] | None = None,
        note: str | None = None,
        outcome: Outcome | None = None,
    ) -> SessionEntry:
        """Changes what is given; quick however long the session. Its files keep their names.

        Empty tags and repetitions are dropped; an empty source is "Unknown". Raises UsageError for an empty name,
        StateError while the session is being recorded, SessionNotFound.
        """
        if name is not None and not name.strip():
            raise UsageError("A session needs a name: it must not be empty.")
        given: dict[str, object] = {
            "name": None if name is None else name.strip(),
            "source": None if source is None else source.strip() or UNKNOWN_SOURCE,
            "tags": None if tags is None else tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip())),
            "note": note,
            "outcome": outcome,
        }
        changes = {field: value for field, value in given.items() if value is not None}
        entry = self.get(session_id)
        if entry.problem:
            raise StateError(f"'{shortened(entry.name)}' cannot be changed. {entry.problem}")
        if entry.recording:
            raise StateError(f"The session {entry.path.stem} is being recorded. Stop the recording first.")
        if changes:
            recovery.change(entry.path, lambda metadata: metadata.with_changes(**changes))
        return self._listed(entry.path)

    def delete(self, session_id: str) -> None:
        """Deletes all its files. Raises StateError while the session is being recorded, by whichever process."""
        parts = parts_of(self.get(session_id).path.with_suffix(".db"))
        for part in parts:
            if part.with_suffix(".log").exists():
                open_locked_log(part.with_suffix(".log")).close()
        for part in reversed(parts):  # if one cannot be deleted, those before it are still a session
            with explained(part):
                delete_session_files(part)

    def import_file(
        self,
        path: Path,
        timezone: str = "UTC",
        name: str = "",
        progress: Counting = quiet,
        base64: bool | None = None,
    ) -> ImportResult:
        """Copies a recording into the folder. `timezone` (IANA) is assumed for times without one.

        `progress` is told how many messages are copied; what it raises ends the import, of which nothing is left.
        `base64` says whether the payloads of a mqtt-recorder file are; None: that is seen from them.
        """
        done = import_recording(path, self.folder, timezone, name, self.sessions(), progress, base64)
        return ImportResult(self._listed(done.db_path), done.messages, done.assumptions, done.problems, done.notes)

    def recover(self, watch: RecoveryWatch | None = None) -> list[SessionEntry]:
        """Finalises as failed what a crash left open, not what is being recorded now; returns those sessions.

        What a session that has ended still lacks, such as the end of its log after a full disk, it gets too. Those
        with which either did not work are among them with their problem: none keeps the others, or the program, from
        going on. `watch` may leave some out, and is told how far it is.
        """
        watch = watch or RecoveryWatch()
        recovered = []
        for entry in self.sessions():
            if watch.stop.is_set():
                break
            if entry.metadata is None or not watch.wants(entry):
                continue
            done = self._recover(entry, watch)
            if done is not None:
                recovered.append(done)
                watch.recovered(done)
        return recovered

    def _recover(self, entry: SessionEntry, watch: RecoveryWatch) -> SessionEntry | None:
        """The session, if it had been left open; None if there was nothing to be told."""
        *before, last = parts_of(entry.path)
        if is_locked(last.with_suffix(".log")):
            return None
        try:
            for part in before:
                recovery.settle(part)
            if not entry.interrupted:
                recovery.settle(last)
                return None
            watch.begins(entry)
            recovery.finish(last)
        except StateError:  # another process is faster, or has begun to record
            return None
        except SessionManagerError as error:
            return replace(entry, problem=str(error))
        return self._listed(entry.path)

    def _listed(self, path: Path) -> SessionEntry:
        """The entry of a session's file, of any of its parts, with its id among the others if it is in the folder."""
        path = first_part(path) if is_further_part(path) else path
        if path.parent.resolve() != self.folder.resolve():
            return self._entry(path)
        here = (entry for entry in self.sessions() if entry.path.name == path.name)
        return next(here, None) or self._entry(path)

    def _entry(self, path: Path) -> SessionEntry:
        state = state_of_files(path)
        with self._lock:
            known = self._cache.get(path)
        if known is not None and known[0] == state:
            return known[1]
        entry = read_entry(path)
        with self._lock:
            self._cache[path] = (state, entry)
        return entry

    def _only(self, found: list[SessionEntry], text: str, sessions: list[SessionEntry]) -> SessionEntry:
        if len(found) == 1:
            return found[0]
        text = shortened(text)
        shown = (found or sessions)[:_NAMES_SHOWN]
        names = ", ".join(f"'{shortened(entry.name)}' ({entry.path.stem})" for entry in shown)
        if found:
            raise SessionNotFound(f"'{text}' fits {len(found)} sessions: {names}. Use the name in brackets.")
        there = f"There are: {names}" if names else "The folder holds no sessions yet"
        more = ", …" if len(sessions) > _NAMES_SHOWN else "."
        raise SessionNotFound(f"There is no session '{text}' in {self.folder}. {there}{more}")


def _exactly(text: str, sessions: list[SessionEntry]) -> list[SessionEntry]:
    """The session with this stem, else the one with this id; no two have the same."""
    return [e for e in sessions if e.path.stem == text] or [e for e in sessions if e.id == text]


def _session_path(text: str) -> Path | None:
    """The session file that `text` is the path of: the `.db`, or the `.log` if only that is there."""
    path = Path(text)
    try:
        if path.suffix not in (".db", ".log") or not path.is_file():
            return None
    except (OSError, ValueError):  # too long for a file name, or with a null character
        return None
    database = path.with_suffix(".db")
    return database if database.is_file() else path


def _exists(text: str) -> bool:
    """Whether this is the path of anything at all."""
    try:
        return Path(text).exists() and Path(text) != Path()
    except (OSError, ValueError):  # too long for a file name, or with a null character
        return False


def _age(entry: SessionEntry) -> tuple[int, str]:
    """Sorts by start, or by the time of the file where that is not known."""
    if entry.metadata is not None:
        return entry.metadata.started_ns, entry.path.name
    return max((stat.st_mtime_ns for stat in files_of(entry.path).values()), default=0), entry.path.name
