"""`session-manager export`: a session as one file in another format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import format as fmt
from app.cli import context as contexts
from app.cli import output
from app.cli.exit_codes import OK
from app.cli.options import JsonOption, SessionArgument
from core.errors import UsageError
from store.naming import shortened

if TYPE_CHECKING:
    from app.exporting import Format
    from store.catalog import SessionEntry


def register(application: typer.Typer) -> None:
    """Adds the command."""
    application.command()(export)


def export(
    context: typer.Context,
    session: SessionArgument,
    wanted: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="'log', 'csv', 'parquet', 'mcap' or 'html'.")
    ],
    target: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to; else a new file in this folder, named after the session."
        ),
    ] = None,
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="Zone of the times in the HTML report, for example Europe/Berlin.")
    ] = "UTC",
    json: JsonOption = False,
) -> int:
    """Write a session as JSON lines, CSV, Parquet, MCAP (for Foxglove) or as an HTML report.

    All but the report hold everything, and import again without a loss. A file appears when it is complete; an export
    that is interrupted leaves nothing behind.
    """
    from store.formats.detect import zone_named

    chosen = _format(wanted)
    zone_named(timezone)
    entry = contexts.find_readable(context, session)
    file = _file(entry, chosen, target)
    messages = _run(entry, file, chosen, timezone, show=not json)
    size = file.stat().st_size
    if json:
        output.as_json({"file": str(file), "format": chosen.value, "messages": messages, "bytes": size})
    else:
        output.line(f"Exported '{shortened(entry.name)}': {fmt.messages(messages)}, {fmt.size(size)}, {file}")
    return OK


def _format(wanted: str) -> Format:
    from app.exporting import Format

    try:
        return Format(wanted.lower())
    except ValueError as error:
        names = ", ".join(one.value for one in Format)
        raise UsageError(f"'{wanted}' is no format for an export. Use one of {names}.") from error


def _file(entry: SessionEntry, wanted: Format, target: Path | None) -> Path:
    """An existing file is replaced only if it was named."""
    name = f"{entry.path.stem}.{wanted.value}"
    if target is not None and not target.is_dir():
        return target
    file = (target or Path()) / name
    if file.exists():
        raise UsageError(f"{file} exists already. Name a file with -o, which is then replaced.")
    return file


def _run(entry: SessionEntry, file: Path, wanted: Format, timezone: str, *, show: bool) -> int:
    """Ctrl-C and SIGTERM end it between two batches."""
    import sys

    from app.cli.interrupts import interruptible
    from app.cli.progress import Progress
    from app.exporting import export_session
    from core.clock import SystemClock

    with interruptible() as interrupts, Progress(SystemClock(), sys.stdout if show else sys.stderr) as progress:

        def step(done: int, total: int) -> None:
            interrupts.abort_if_requested()
            percent = f" ({100 * done // total} %)" if total else ""
            progress.update(f"Writing {file.name}{percent}", done, total or None)

        return export_session(entry.path, file, wanted, step, zone=timezone)
