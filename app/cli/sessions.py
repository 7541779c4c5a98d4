"""`session-manager list`, `info`, `topics`, `verify`, `repair`, `delete`: what there is, and what is in it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from app import format as fmt
from app.cli import context as contexts
from app.cli import output
from app.cli.exit_codes import FAILED, NOT_AS_IT_SHOULD_BE, OK
from app.cli.options import JsonOption, SessionArgument
from core.errors import UsageError
from store.naming import shortened

if TYPE_CHECKING:
    from store.catalog import SessionEntry


def register(application: typer.Typer) -> None:
    """Adds the commands."""
    application.command(name="list")(list_sessions)
    for command in (info, topics, verify, repair, delete):
        application.command()(command)


def list_sessions(context: typer.Context, json: JsonOption = False) -> int:
    """List the sessions, newest first."""
    from app.cli.session_shapes import info_json

    found = contexts.catalog(context)
    entries = found.sessions()
    if json:
        output.as_json([info_json(entry) for entry in entries])
    elif not entries:
        output.line(f"There are no sessions in {found.folder} yet. Make one with 'session-manager record'.")
    else:
        headers = ("NAME", "STATUS", "OUTCOME", "SOURCE", "STARTED", "DURATION", "MESSAGES", "TOPICS", "SIZE", "FILE")
        output.table(headers, map(_row, entries), right=("DURATION", "MESSAGES", "TOPICS", "SIZE"))
        for entry in entries:
            if entry.problem:
                output.note(f"{entry.path.name}: {entry.problem}")
            if entry.interrupted:
                output.note(f"{entry.path.name}: {_to_be_ended(entry)}")
    return OK


def _to_be_ended(entry: SessionEntry) -> str:
    stem = entry.path.stem
    return (
        f"Its recording was interrupted; 'session-manager record --resume {stem}' goes on with it, "
        f"'session-manager repair {stem}' gives it an end."
    )


def _row(entry: SessionEntry) -> tuple[str, ...]:
    from app.outcomes import OUTCOME_WORDS
    from app.status_words import status_words

    metadata, summary = entry.metadata, entry.summary
    return (
        shortened(entry.name),
        status_words(entry),
        OUTCOME_WORDS[metadata.outcome] if metadata else "",
        shortened(metadata.source) if metadata else "",
        output.moment(metadata.started_ns) if metadata else "",
        fmt.duration(summary.duration_s) if summary else "",
        f"{summary.messages:,}" if summary else "",
        f"{summary.topics:,}" if summary else "",
        fmt.size(entry.size_bytes),
        entry.path.stem,
    )


def info(
    context: typer.Context,
    session: SessionArgument,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="Look for missing numbers in the messages however many there are.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Show what is known about a session, and what may be missing in it."""
    from app.cli.missing import fields_of, info_with_losses, report_on

    entry = contexts.find(context, session)
    report = report_on(entry, thorough=numbers)
    if json:
        output.as_json(info_with_losses(entry, report))
    else:
        output.fields([*_details(entry), *fields_of(report)])
    if entry.problem:
        output.error(entry.problem)
        return FAILED
    if entry.interrupted:
        output.note(_to_be_ended(entry))
    return OK


def _details(entry: SessionEntry) -> list[tuple[str, str]]:
    from app.outcomes import OUTCOME_WORDS
    from app.status_words import status_words

    metadata, summary = entry.metadata, entry.summary
    shown = [("Name", entry.name), ("Id", entry.id), ("File", str(entry.path))]
    if metadata:
        shown += [
            ("Status", status_words(entry)),
            ("Ended because", metadata.ended_reason),
            ("Outcome", OUTCOME_WORDS[metadata.outcome]),
            ("Source", metadata.source),
            ("Started", output.moment(metadata.started_ns)),
            ("Ended", output.moment(metadata.ended_ns)),
            ("Broker", metadata.broker),
            ("Filters", ", ".join(metadata.filters)),
            ("Left out", ", ".join(metadata.exclude)),
            ("Tags", ", ".join(metadata.tags)),
            ("Note", metadata.note),
            ("Imported from", metadata.imported_from),
            *(("Assumed", assumption) for assumption in metadata.assumptions),
        ]
    if summary:
        shown += [
            ("Duration", fmt.duration(summary.duration_s)),
            ("Messages", f"{summary.messages:,}"),
            ("Payloads", fmt.size(summary.bytes)),
            ("Topics", f"{summary.topics:,}"),
            ("Gaps", f"{summary.gaps:,}"),
        ]
    return [*shown, ("On disk", fmt.size(entry.size_bytes))]


def topics(context: typer.Context, session: SessionArgument, json: JsonOption = False) -> int:
    """List the topics of a session.

    Each with its number of messages, bytes, rate, first and last message.
    """
    from app.cli.session_shapes import rate, topic_json
    from store.parts import open_session

    entry = contexts.find_readable(context, session)
    with open_session(entry.path) as reader:
        found, duration_s = reader.topics(), reader.summary().duration_s
    if json:
        output.as_json([topic_json(topic, duration_s) for topic in found])
        return OK
    if not found:
        output.line("There is no message in this session.")
        return OK
    headers = ("TOPIC", "MESSAGES", "PER SECOND", "PAYLOADS", "FIRST", "LAST")
    rows = (
        (
            shortened(topic.topic),
            f"{topic.messages:,}",
            f"{rate(topic.messages, duration_s):,.2f}",
            fmt.size(topic.bytes),
            output.moment(topic.first_ns),
            output.moment(topic.last_ns),
        )
        for topic in found
    )
    output.table(headers, rows, right=("MESSAGES", "PER SECOND", "PAYLOADS"))
    return OK


def verify(context: typer.Context, session: SessionArgument, json: JsonOption = False) -> int:
    """Check a session's files.

    Compares them with each other and with themselves; ends with 3 if they are damaged, and with 1 if nobody can say: it
    is being recorded, or of a newer version.
    """
    from store.verify import verify as check

    result = check(contexts.find(context, session).path)
    if json:
        output.as_json({"ok": result.ok, "problems": list(result.problems)})
    else:
        for problem in result.problems:
            output.line(problem)
        output.line("The session is intact." if result.ok else "The session is damaged.")
    return OK if result.ok else NOT_AS_IT_SHOULD_BE


def repair(context: typer.Context, session: SessionArgument, json: JsonOption = False) -> int:
    """Make a damaged or interrupted session whole again.

    Either of its files is rebuilt from the other; the database comes first where it can be read. Ends with 3 if
    something could not be saved, and names it.
    """
    from store.repair import repair as make_whole

    path = contexts.find(context, session).path
    result = make_whole(path)
    if json:
        shown = {"ok": not result.problems, "path": str(path.with_suffix(".db")), "messages": result.messages}
        output.as_json({**shown, "problems": result.problems})
    else:
        for problem in result.problems:
            output.line(problem)
        output.line(f"The session is whole, with {fmt.counted(result.messages, 'message')}: {path.with_suffix('.db')}")
    return NOT_AS_IT_SHOULD_BE if result.problems else OK


def delete(
    context: typer.Context,
    session: SessionArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> int:
    """Delete a session with all its files, after asking."""
    from store.catalog import Catalog

    entry = contexts.find(context, session)
    name = shortened(entry.name)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(f"Nobody can be asked whether '{name}' may be deleted. Say it with --yes.")
        if not typer.confirm(f"Delete '{output.printable(name)}' ({fmt.size(entry.size_bytes)}) for good?"):
            output.note("Nothing was deleted.")
            return FAILED
    Catalog(entry.path.parent).delete(entry.path.stem)
    if json:
        output.as_json({"deleted": entry.id, "name": entry.name, "path": str(entry.path)})
    else:
        output.line(f"Deleted '{name}'.")
    return OK
