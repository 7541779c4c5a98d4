"""`session-manager up`: the app, with a broker if none runs yet."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from app.cli import context as contexts


class EnvironmentName(StrEnum):
    """The environments of the settings."""

    MOCK = "mock"
    REPLAY = "replay"
    LIVE = "live"


def register(application: typer.Typer) -> None:
    """Adds the command."""
    application.command()(up)


def up(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to listen on; 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(metavar="N", min=1, max=65_535, help="Port to listen on; 8507.")] = None,
    environment: Annotated[
        EnvironmentName | None, typer.Option(help="The environment that a new visitor sees first.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Also start a dashboard on port 8503, and replay the sample session to it.")
    ] = False,
) -> int:
    """Run the app; its pages are in the browser.

    Finds or starts a broker and says which. Ctrl-C ends everything in order; a running recording is finalised.
    With --demo there is something to see at once: a dashboard of the factory, which shows the replayed sample session.
    """
    name = environment.value if environment else None
    settings = contexts.settings(context, host=host, port=port, environment=name)

    from app.server import serve

    return serve(settings, demo=demo)
