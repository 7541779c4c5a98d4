"""`session-manager cut` and `session-manager redact`: new sessions out of a session."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import format as fmt
from app.cli import context as contexts
from app.cli import output
from app.cli.cut_options import CutOptions
from app.cli.exit_codes import OK
from app.cli.option_group import spread
from app.cli.options import JsonOption, OutputOption, SessionArgument
from app.cli.progress import shown


def register(application: typer.Typer) -> None:
    """Adds the commands."""
    application.command()(spread(cut))
    application.command()(redact)


def cut(context: typer.Context, session: SessionArgument, options: CutOptions) -> int:
    """Cut the smallest session that shows a case again out of a session.

    It holds every message that carries the id, or an id that follows from it, and the state before the first one. With
    --order or --id, --topic adds whole topics for as long as the case lasts; without, it leaves only these topics.
    """
    from app.cutting import cut_out
    from store.parts import open_session

    catalog, entry = contexts.catalog(context), contexts.find_readable(context, session)
    with open_session(entry.path) as reader, shown("Looking for the case") as progress:
        asked, title = options.request(reader, progress)
        path, found, fresh = cut_out(catalog, reader, asked, title, options.output_file, progress)
        selected = len(found.selection.messages)
        ids = found.selection.ids
    if options.json:
        output.as_json({"path": str(path), "id": found.id, "selected": selected, "ids": list(ids), "new": fresh})
        return OK
    what = f"{fmt.counted(selected, 'message')} of {title}"
    output.line(f"Cut out {what}: {path}" if fresh else f"This cut is there already, with {what}: {path}")
    return OK


def redact(
    context: typer.Context,
    session: SessionArgument,
    rules: Annotated[
        Path, typer.Option("--rules", metavar="FILE", help="What to hide, as TOML: fields, texts, addresses, pictures.")
    ],
    output_file: OutputOption = None,
    json: JsonOption = False,
) -> int:
    """Make a copy of a session that can be shown outside.

    Fields, texts, addresses and pictures are replaced by placeholders, the same one for the same secret, in topics,
    names and marks, too. Everything else is kept.
    """
    from analysis.redaction_rules import read_rules
    from app.cutting import redact as make_copy
    from store.parts import open_session

    wanted = read_rules(rules)
    catalog, entry = contexts.catalog(context), contexts.find_readable(context, session)
    with open_session(entry.path) as reader, shown("Redacting") as progress:
        path, done, fresh = make_copy(catalog, reader, wanted, output_file, progress)
        session_id = done.metadata(None, None).id
    if json:
        output.as_json({"path": str(path), "id": session_id, "changed": done.changed, "new": fresh})
        return OK
    changed = f"{fmt.counted(done.changed, 'message')} changed"
    output.line(f"Redacted copy, {changed}: {path}" if fresh else f"This copy is there already: {path}")
    return OK
