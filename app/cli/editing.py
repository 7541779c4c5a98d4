"""`session-manager edit`: what people say about a session, changed afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import context as contexts
from app.cli import output
from app.cli.exit_codes import OK
from app.cli.options import JsonOption, SessionArgument
from core.errors import UsageError
from store.naming import shortened

if TYPE_CHECKING:
    from store.catalog import SessionEntry


def register(application: typer.Typer) -> None:
    """Adds the command."""
    application.command()(edit)


def edit(
    context: typer.Context,
    session: SessionArgument,
    name: Annotated[str | None, typer.Option(metavar="S", help="Its name; the files keep theirs.")] = None,
    source: Annotated[str | None, typer.Option(metavar="S", help="Where it was recorded; any name will do.")] = None,
    note: Annotated[str | None, typer.Option(metavar="S", help="The note, instead of the present one.")] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="T", help="Add this tag; repeatable.")] = None,
    untag: Annotated[list[str] | None, typer.Option(metavar="T", help="Remove this tag; repeatable.")] = None,
    outcome: Annotated[
        str | None, typer.Option(metavar="O", help="How it went: 'ok', 'not_ok', 'mixed' or 'unknown'.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Change what a session is called, where it was recorded, its note, its tags and its outcome.

    Quick however long the session is. Not while it is being recorded.
    """
    from app.cli.session_shapes import info_json
    from app.outcomes import outcome_named
    from app.sources import as_known
    from store.catalog import Catalog

    if all(given is None for given in (name, source, note, outcome)) and not tag and not untag:
        raise UsageError("Say what to change, with --name, --source, --note, --tag, --untag or --outcome.")
    how = None if outcome is None else outcome_named(outcome)
    place = None if source is None else as_known(source, contexts.settings(context))
    entry = contexts.find_readable(context, session)
    tags = _tags(entry, tag or [], untag or []) if tag or untag else None
    changed = Catalog(entry.path.parent).update(
        entry.path.stem, name=name, source=place, note=note, tags=tags, outcome=how
    )
    if json:
        output.as_json(info_json(changed))
    else:
        output.line(f"Changed '{shortened(changed.name)}'.")
    return OK


def _tags(entry: SessionEntry, added: list[str], removed: list[str]) -> list[str]:
    """The tags that the session will have. Raises UsageError for one to remove that it does not have."""
    present = list(entry.metadata.tags) if entry.metadata else []
    for one in removed:
        if one not in present:
            tags = f"Its tags: {', '.join(present)}." if present else "It has no tags."
            raise UsageError(f"'{shortened(entry.name)}' has no tag '{one}'. {tags}")
    return [one for one in present if one not in removed] + added
