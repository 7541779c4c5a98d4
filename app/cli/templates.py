"""`session-manager templates` and `validate`: what messages have in common, and which do not keep to it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import format as fmt
from app.cli import context as contexts
from app.cli import output
from app.cli.exit_codes import NOT_AS_IT_SHOULD_BE, OK
from app.cli.options import JsonOption, SessionArgument
from store.naming import shortened

if TYPE_CHECKING:
    from analysis.templates.model import TemplateSet
    from analysis.templates.validating import ValidationReport

SHOWN = 30
"""Rows of a table; all are in the JSON."""


def register(application: typer.Typer) -> None:
    """Adds the commands."""
    application.command()(templates)
    application.command()(validate)


def templates(
    context: typer.Context,
    session: Annotated[
        list[str],
        typer.Argument(metavar="SESSION...", help="Paths, file names without ending, or unique parts of names."),
    ],
    output_folder: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Write templates.yaml and a JSON Schema for each template."),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Learn message templates from sessions.

    What the messages on a topic have in common: topic patterns with named variable parts, and every field's type, kind,
    values and range.
    """
    from analysis.templates.learning import learn
    from analysis.templates.library import export
    from app.cli.progress import shown
    from app.cli.template_shapes import template_json
    from store.parts import open_session

    entries = [contexts.find_readable(context, one) for one in session]
    with ExitStack() as opened, shown("Learning") as progress:
        found = learn([opened.enter_context(open_session(entry.path)) for entry in entries], progress=progress)
    files = [] if output_folder is None else list(export(found, output_folder))
    if json:
        output.as_json([template_json(template) for template in found.templates])
    elif files:
        output.line(f"Wrote {fmt.counted(len(found.templates), 'template')} to {files[0]}, each with a JSON Schema.")
    else:
        _print_templates(found)
    if found.left_out:
        output.note(f"Left out: {fmt.messages(found.left_out)} on topics that were too many to be told apart.")
    return OK


def _print_templates(found: TemplateSet) -> None:
    from analysis.templates.fields import fields_of

    if not found.templates:
        output.line("There is no message to learn from.")
        return
    rows = (
        (
            shortened(str(template.topic)),
            f"{template.messages:,}",
            ", ".join(kind.value for kind in template.payloads),
            f"{sum(1 for path, _ in fields_of(template.payload) if path):,}",
            f"{sum(field.required for _, field in fields_of(template.payload)):,}",
        )
        for template in found.templates
    )
    output.table(
        ("TOPIC", "MESSAGES", "PAYLOADS", "FIELDS", "REQUIRED"), rows, right=("MESSAGES", "FIELDS", "REQUIRED")
    )


def validate(
    context: typer.Context,
    session: SessionArgument,
    templates: Annotated[
        str,
        typer.Option(metavar="DIR", help="What `templates -o` wrote, a YAML file, or the name of saved templates."),
    ],
    json: JsonOption = False,
) -> int:
    """Check a session's messages against templates.

    Says which messages break theirs, where and why; ends with 3 if any does. Messages on topics without a template are
    counted, nothing more.
    """
    from analysis.templates.validating import validate as check
    from app.cli.progress import shown
    from app.cli.template_shapes import report_json
    from store.parts import open_session

    entry = contexts.find_readable(context, session)
    wanted = _templates_at(contexts.settings(context).sessions_folder, templates)
    with open_session(entry.path) as reader, shown("Checking") as progress:
        report = check(reader, wanted, progress=progress)
    if json:
        output.as_json(report_json(report))
    else:
        _print_report(report)
    return NOT_AS_IT_SHOULD_BE if report.rejected else OK


def _templates_at(sessions_folder: Path, place: str) -> TemplateSet:
    """A folder or file, else a set of the library by its name or key. Raises UsageError."""
    from analysis.templates.library import FOLDER, TemplateLibrary, read_templates

    library = TemplateLibrary(sessions_folder / FOLDER)
    if not Path(place).exists():
        keys = [one.key for one in library.saved() if place in (one.name, one.key)]
        if keys:
            return library.load(keys[0])
    return read_templates(Path(place))


def _print_report(report: ValidationReport) -> None:
    output.line(
        f"{fmt.messages(report.checked)} checked: {report.accepted:,} accepted, {report.rejected:,} rejected. "
        f"{fmt.messages(report.unknown)} on {fmt.counted(len(report.unknown_topics), 'topic')} without a template."
    )
    rows = [
        (f"{one.count:,}", shortened(one.topic), shortened(one.path), one.reason) for one in report.violations[:SHOWN]
    ]
    if rows:
        output.table(("MESSAGES", "TOPIC", "FIELD", "REASON"), rows, right=("MESSAGES",))
    more = len(report.violations) - len(rows)
    if more > 0:
        output.line(f"{fmt.counted(more, 'more kind')} of violation; --json lists them.")
