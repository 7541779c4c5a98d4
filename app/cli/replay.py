"""`session-manager replay`: publishes a session with its original timing and says whether that was faithful."""

from __future__ import annotations

from pathlib import Path

import typer

from app.cli import context as contexts
from app.cli.option_group import spread
from app.cli.options import SessionArgument
from app.cli.replay_options import ReplayOptions


def register(application: typer.Typer) -> None:
    """Adds the command."""
    application.command()(spread(replay))


def replay(context: typer.Context, session: SessionArgument, options: ReplayOptions) -> int:
    """Replay a session to a broker with its original timing.

    Publishes only to a broker that is marked for publishing: one on this machine, or one that the settings allow.
    Ends with 0 if every message was confirmed, in order and in time; with 3 if not, and says why.

    On a terminal: space pauses and resumes, n steps, t steps to a topic, left and right seek 10 s, g goes to a time or
    mark, + and - change the speed, x to any, r goes back to the start, Enter opens a barrier, q stops.
    """
    from app.cli.replaying import ReplayCommand
    from app.replay_requests import in_range

    command = ReplayCommand(contexts.settings(context), options)
    options.request(Path(), ())  # first what the user typed wrong
    found = contexts.find_readable(context, session).path
    more = tuple(contexts.find_readable(context, one).path for one in options.then or ())
    return command.run(in_range(options.request(found, more), options.start, options.end))
