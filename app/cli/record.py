"""`session-manager record`: records until a limit, Ctrl-C or SIGTERM, and leaves a finished session."""

from __future__ import annotations

import typer

from app.cli import context as contexts
from app.cli.option_group import spread
from app.cli.record_options import RecordOptions
from core.errors import UsageError


def register(application: typer.Typer) -> None:
    """Adds the command."""
    application.command()(spread(record))


def record(context: typer.Context, options: RecordOptions) -> int:
    """Record what flows through a broker.

    Says in one line when the broker has confirmed the subscription. Ends at a limit, with Ctrl-C or with SIGTERM; the
    session is finished properly in each case. While the broker is gone it waits for it, and says so. A recording that
    was killed can be continued with --resume: what the broker has kept for it meanwhile goes into it.
    """
    from app.cli.recording import RecordingCommand

    settings = contexts.settings(context)
    folder = options.output or settings.sessions_folder
    command = RecordingCommand(settings, options.broker, folder, json=options.json)
    if options.resume is not None:
        _refuse_beside_resume(context)
        return command.resume(contexts.catalog(context, options.output).find(options.resume))
    return command.run(options.request(settings))


def _refuse_beside_resume(context: typer.Context) -> None:
    """A session goes on as it was asked for. Raises UsageError."""
    given = [
        f"--{name.replace('_', '-')}"
        for name in context.params
        if name not in ("resume", "broker", "output", "json")
        and getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    ]
    if given:
        raise UsageError(
            f"--resume goes on with what the session was asked for at its start: leave out {', '.join(given)}."
        )
