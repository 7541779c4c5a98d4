"""A session over HTTP as a file: its database as it lies on the disk, or all of it in another format."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from app.api.guard import guarded
from app.api.readable import readable
from app.exporting import MEDIA, Format, export_session
from app.services import Services
from core.errors import SessionNotFound, StateError
from store.catalog import SessionEntry
from store.formats.detect import zone_named
from store.part_files import parts_of
from store.session_files import is_plain

LOOK_S: Final = 0.5
"""How often it is looked at whether the client still waits for a file that is being written."""


class FileFormat(StrEnum):
    """What a file can be; the value is also the ending of its name."""

    DB = "db"
    LOG = Format.LOG.value
    CSV = Format.CSV.value
    PARQUET = Format.PARQUET.value
    MCAP = Format.MCAP.value
    HTML = Format.HTML.value


def downloads(services: Callable[[], Services]) -> APIRouter:
    """The endpoint under /sessions/{session_id}/download. 404, 409 and 422 with the reason."""
    router = APIRouter(prefix="/sessions", dependencies=[Depends(guarded(services))])

    @router.get("/{session_id}/download/{format}", response_class=FileResponse)
    async def download(
        request: Request,
        session_id: str,
        format: FileFormat,  # noqa: A002  the name in the address, which a wrong value is told with
        part: int = 1,
        timezone: str = "UTC",
    ) -> FileResponse:
        """The file, from the disk. `db`: one part's database, as it is; all others hold the whole session.

        `timezone`: that of the times in the HTML report.
        """
        zone_named(timezone)
        entry = await run_in_threadpool(readable, services().catalog, session_id)
        if format is FileFormat.DB:
            file = await run_in_threadpool(_database, entry, part)
            return FileResponse(file, filename=file.name, media_type="application/vnd.sqlite3")
        wanted = Format(format.value)
        file = await _written(request, services(), entry, wanted, timezone)
        return FileResponse(file, filename=file.name, media_type=MEDIA[wanted])

    return router


def _database(entry: SessionEntry, part: int) -> Path:
    """The file itself. Raises SessionNotFound if there is no such part, StateError while it is not whole by itself."""
    stem, parts = entry.path.stem, parts_of(entry.path.with_suffix(".db"))
    if not 1 <= part <= len(parts):
        raise SessionNotFound(f"The session {stem} has no part {part}: its parts are numbered from 1 to {len(parts)}.")
    if entry.recording:
        raise StateError(f"The session {stem} is being recorded. Stop the recording first, or download its log.")
    file = parts[part - 1]
    if not file.is_file():
        raise StateError(
            f"The session {stem} has no database here. 'session-manager repair {stem}' makes it of the log."
        )
    if not is_plain(file):
        raise StateError(
            f"The session {stem} is open or was interrupted. 'session-manager repair {stem}' gives it an end."
        )
    return file


async def _written(request: Request, services: Services, entry: SessionEntry, wanted: Format, timezone: str) -> Path:
    """The session in another format. Given up when nobody waits for it any more; raises StateError then."""
    file = services.exports.new(f"{entry.path.stem}.{wanted.value}")
    gone = threading.Event()

    def go_on(_done: int, _total: int) -> None:
        if gone.is_set() or not file.parent.is_dir():
            raise StateError("The file is not written: the program ends, or too many are asked for at once. Try again.")

    work = asyncio.create_task(run_in_threadpool(export_session, entry.path, file, wanted, go_on, zone=timezone))
    try:
        while not (await asyncio.wait([work], timeout=LOOK_S))[0]:
            if await request.is_disconnected():
                gone.set()
        work.result()
    finally:
        gone.set()  # also when this request is cancelled
    return file
