"""`session-manager import`: copies recordings of several formats into the sessions folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import format as fmt
from app.cli import context as contexts
from app.cli import output
from app.cli.exit_codes import FAILED, OK
from app.cli.options import JsonOption
from core.errors import SessionManagerError
from store.naming import shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.cli.interrupts import Interrupts
    from store.catalog import ImportResult


def register(application: typer.Typer) -> None:
    """Adds the command, whose name is a word of Python."""
    application.command(name="import")(import_files)


def import_files(
    context: typer.Context,
    file: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Recordings; the content says which format.")],
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="Zone of times that name none, for example Europe/Berlin.")
    ] = "UTC",
    base64: Annotated[
        bool | None,
        typer.Option(
            "--base64/--text", help="Payloads of mqtt-recorder are base64, or text; else that is seen from them."
        ),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Import recordings of several formats.

    Says what it had to assume and what it kept out. Goes on with the next file when one cannot be imported, and then
    ends with 1.
    """
    from app.cli.interrupts import interruptible
    from store.formats.detect import zone_named

    zone_named(timezone)  # said once, and before the first file
    catalog = contexts.catalog(context)
    with interruptible() as interrupts:
        copies = partial(catalog.import_file, timezone=timezone, base64=base64)
        done = [_import_one(copies, one, interrupts, json=json) for one in file]
    if json:
        output.as_json(done)
    return OK if all(one["ok"] for one in done) else FAILED


def _import_one(
    copies: Callable[..., ImportResult], file: Path, interrupts: Interrupts, *, json: bool
) -> dict[str, object]:
    """Ctrl-C and SIGTERM end it between two batches, and nothing of it is left."""
    import sys

    from app.cli.progress import Progress
    from core.clock import SystemClock

    with Progress(SystemClock(), sys.stderr if json else sys.stdout) as progress:

        def step(messages: int) -> None:
            interrupts.abort_if_requested()
            progress.update(f"Importing {file.name}: {fmt.messages(messages)}")

        return _outcome(partial(copies, progress=step), file, json=json)


def _outcome(copies: Callable[..., ImportResult], file: Path, *, json: bool) -> dict[str, object]:
    try:
        result = copies(file)
    except SessionManagerError as error:
        output.error(str(error))
        return {"file": str(file), "ok": False, "error": str(error)}
    if not json:
        _print_result(file, result)
    return {
        "file": str(file),
        "ok": True,
        "id": result.entry.id,
        "name": result.entry.name,
        "path": str(result.entry.path),
        "messages": result.messages,
        "assumptions": list(result.assumptions),
        "notes": list(result.notes),
        "problems": list(result.problems),
    }


def _print_result(file: Path, result: ImportResult) -> None:
    messages = fmt.counted(result.messages, "message")
    output.line(f"Imported {file} as '{shortened(result.entry.name)}': {messages}, {result.entry.path}")
    for note in result.notes:
        output.line(f"  note: {note}")
    for assumption in result.assumptions:
        output.line(f"  assumed: {assumption}")
    for problem in result.problems:
        output.line(f"  kept out: {problem}")
