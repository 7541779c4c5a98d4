"""Imports of uploaded files in the background, so that a long one shows how far it is and can be cancelled."""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from uuid import uuid4

from analysis.progress import Cancelled
from core.errors import SessionManagerError
from store.catalog import Catalog

REMEMBERED: Final = 20
"""Imports whose end is known; a visitor who comes back later finds the sessions in the list."""
CANCELLED: Final = "The import was cancelled; nothing of this file is left."


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody has uploaded."""

    name: str
    """As the visitor knows it."""
    copy: Path | None
    """Where it lies; None if no copy could be made."""
    failed: str = ""
    """Why there is none, as a sentence."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    file: str
    failed: str = ""
    """A sentence; empty if it was imported."""
    id: str = ""
    name: str = ""
    messages: int = 0
    assumptions: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportStatus:
    """Where an import stands."""

    files: int
    file: str = ""
    """The one that is being read."""
    messages: int = 0
    """So many of it are copied."""
    outcomes: tuple[Outcome, ...] = ()
    ended: bool = False
    error: BaseException | None = None


@dataclass(slots=True)
class _Import:
    status: ImportStatus
    cancel: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


class Imports:
    """Runs them, each in a thread of its own. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._imports: OrderedDict[str, _Import] = OrderedDict()
        self._closed = False

    def start(self, folder: Path, uploads: Sequence[Upload], zone: str) -> str:
        """Imports files one after the other, and then deletes `folder` with their copies. Returns the import's id."""
        one, name = _Import(ImportStatus(len(uploads))), uuid4().hex
        one.thread = threading.Thread(
            target=self._run, args=(one, folder, uploads, zone), name=f"import-{name[:8]}", daemon=True
        )
        with self._lock:
            self._imports[name] = one
            if self._closed:
                one.cancel.set()
            for known in [key for key, old in self._imports.items() if old.ended.is_set()][:-REMEMBERED]:
                del self._imports[known]
        one.thread.start()
        return name

    def status(self, name: str, wait_s: float = 0.0) -> ImportStatus | None:
        """Where it stands, after waiting up to `wait_s` for its end; None if it is not known any more."""
        with self._lock:
            one = self._imports.get(name)
        if one is None:
            return None
        one.ended.wait(wait_s)
        return one.status

    def cancel(self, name: str) -> None:
        """Ends it; files that are done stay."""
        with self._lock:
            one = self._imports.get(name)
        if one is not None:
            one.cancel.set()

    def close(self, timeout: float) -> None:
        """Cancels all, and waits up to `timeout` seconds for each."""
        with self._lock:
            self._closed = True
            running = list(self._imports.values())
        for one in running:
            one.cancel.set()
        for one in running:
            if one.thread is not None:
                one.thread.join(timeout)

    def _run(self, one: _Import, folder: Path, uploads: Sequence[Upload], zone: str) -> None:
        try:
            for upload in uploads:
                one.status = replace(one.status, file=upload.name, messages=0)
                outcome = self._import(one, upload, zone)
                one.status = replace(one.status, outcomes=(*one.status.outcomes, outcome))
        except BaseException as error:  # noqa: BLE001  raised again by the page that asks
            one.status = replace(one.status, error=error)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            one.status = replace(one.status, ended=True)
            one.ended.set()

    def _import(self, one: _Import, upload: Upload, zone: str) -> Outcome:
        if upload.copy is None:
            return Outcome(upload.name, upload.failed)

        def step(messages: int) -> None:
            if one.cancel.is_set():
                raise Cancelled
            one.status = replace(one.status, messages=messages)

        try:
            step(0)
            done = self._catalog.import_file(upload.copy, zone, progress=step)
        except Cancelled:
            return Outcome(upload.name, CANCELLED)
        except SessionManagerError as error:
            # The visitor knows the file by its name, not by where its copy lies.
            return Outcome(upload.name, str(error).replace(str(upload.copy), upload.copy.name))
        said = (*done.assumptions, *done.notes)
        return Outcome(upload.name, "", done.entry.id, done.entry.name, done.messages, said, done.problems)
