"""`session-manager cut` and `session-manager redact`: new sessions out of a session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import format as fmt
from app.cli import context as contexts
from app.cli import output
from app.cli.exit_codes import OK
from app.cli.options import JsonOption, SessionArgument, TopicOption, checked_filters, checked_seconds
from app.cli.progress import shown
from core.errors import UsageError
from core.message import NS_PER_SECOND

if TYPE_CHECKING:
    from analysis.cut_selection import CutRequest
    from analysis.progress import Progress
    from store.reading import Reader

OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="The new session's .db; its .log lies beside it. Without: in "
                 "the sessions folder."),
]  # fmt: skip


def register(application: typer.Typer) -> None:
    """Adds the commands."""
    application.command()(cut)
    application.command()(redact)


def cut(
    context: typer.Context,
    session: SessionArgument,
    order: Annotated[
        str | None, typer.Option("--order", metavar="ID", help="An order of the factory; a part of its id is enough.")
    ] = None,
    id: Annotated[  # noqa: A002 - the option's name
        list[str] | None,
        typer.Option("--id", metavar="ID", help="An id in the payloads, of an order, a workpiece, ...; repeatable."),
    ] = None,
    start: Annotated[
        float | None, typer.Option("--start", metavar="S", help="Seconds since the session's start, inclusive.")
    ] = None,
    end: Annotated[
        float | None, typer.Option("--end", metavar="S", help="Seconds since the session's start, exclusive.")
    ] = None,
    topic: TopicOption = None,
    follow: Annotated[
        int | None,
        typer.Option(
            "--follow",
            metavar="N",
            help="How often ids are followed; 1: only the id itself. Without: as long as new ones are found.",
        ),
    ] = None,
    no_state: Annotated[
        bool, typer.Option("--no-state", help="Leave out the last message of every topic before the first one.")
    ] = False,
    output_file: OutputOption = None,
    json: JsonOption = False,
) -> int:
    """Cut the smallest session that shows a case again out of a session.

    It holds every message that carries the id, or an id that follows from it, and the state before the first one. With
    --order or --id, --topic adds whole topics for as long as the case lasts; without, it leaves only these topics.
    """
    from app.cutting import cut_out
    from store.parts import open_session

    catalog, entry = contexts.catalog(context), contexts.find_readable(context, session)
    with open_session(entry.path) as reader, shown("Looking for the case") as progress:
        asked, title = _request(reader, order, tuple(id or ()), (start, end), checked_filters(topic), progress)
        asked = replace(asked, rounds=follow, state=not no_state)
        path, found, fresh = cut_out(catalog, reader, asked, title, output_file, progress)
        selected = len(found.selection.messages)
        ids = found.selection.ids
    if json:
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


def _request(
    reader: Reader,
    order: str | None,
    ids: tuple[str, ...],
    stretch: tuple[float | None, float | None],
    topics: tuple[str, ...],
    progress: Progress,
) -> tuple[CutRequest, str]:
    """What is asked for, and what it is called."""
    from analysis.cut_selection import CutRequest
    from app.cutting import pictures_of
    from aps.order_lookup import order_named
    from aps.order_trace import order_trace

    if order is not None and ids:
        raise UsageError("Give --order or --id, not both: an order is an id, too.")
    pictures: tuple[int, ...] = ()
    title = f"id {ids[0]}" if ids else "a stretch"
    if order is not None:
        found = order_named(order_trace(reader, progress), order)
        ids, pictures, title = (found.id,), pictures_of(found), f"order {found.id[:8]}"
    origin_ns = reader.metadata.started_ns
    start_ns, end_ns = (
        None if second is None else origin_ns + round(second * NS_PER_SECOND)
        for second in (checked_seconds(stretch[0], "--start"), checked_seconds(stretch[1], "--end"))
    )
    if title == "a stretch":
        begin, until = fmt.offset(stretch[0] or 0.0), "the end" if stretch[1] is None else fmt.offset(stretch[1])
        title = f"{begin} to {until}"
    return CutRequest(ids, start_ns, end_ns, topics, pictures), title
