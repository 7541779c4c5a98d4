"""`session-manager record`: records until a limit, Ctrl-C or SIGTERM, and leaves a finished session."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli import context as contexts
from app.cli.options import BrokerOption, ExcludeOption, JsonOption, TopicOption, checked_filters, checked_seconds


def register(application: typer.Typer) -> None:
    """Adds the command."""
    application.command()(record)


def record(
    context: typer.Context,
    broker: BrokerOption = None,
    topic: TopicOption = None,
    exclude: ExcludeOption = None,
    preset: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Leave out what this preset names, for example 'no-camera'; repeatable."),
    ] = None,
    qos: Annotated[int, typer.Option(min=0, max=2, help="Quality of service of the subscription.")] = 1,
    retained: Annotated[
        bool, typer.Option("--retained", help="Also record the stored messages that the broker has at the start.")
    ] = False,
    name: Annotated[str, typer.Option(metavar="S", help="Name of the session; without it the time.")] = "",
    source: Annotated[str, typer.Option(metavar="S", help="Where it is recorded.")] = "Unknown",
    note: Annotated[str, typer.Option(metavar="S", help="Anything worth knowing about it.")] = "",
    duration: Annotated[float | None, typer.Option(metavar="S", help="End after this many seconds.")] = None,
    max_messages: Annotated[int | None, typer.Option(metavar="N", min=1, help="End after this many messages.")] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the session instead of the one in the settings.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Record what flows through a broker.

    Says in one line when the broker has confirmed the subscription. Ends at a limit, with Ctrl-C or with SIGTERM; the
    session is finished properly in each case. While the broker is gone it waits for it, and says so.
    """
    from app.cli.recording import RecordingCommand
    from recorder.recorder import RecordingRequest

    request = RecordingRequest(
        name=name,
        source=source,
        note=note,
        filters=checked_filters(topic) or ("#",),
        exclude=(*checked_filters(exclude), *_left_out_by(preset or [])),
        qos=qos,
        retained=retained,
        duration_s=checked_seconds(duration, "--duration", positive=True),
        max_messages=max_messages,
    )
    settings = contexts.settings(context)
    return RecordingCommand(settings, broker, output or settings.sessions_folder, json=json).run(request)


def _left_out_by(presets: list[str]) -> tuple[str, ...]:
    """The filters of the presets, whose names are also taken in lower case and with '-' for a space."""
    from aps.topics import PRESETS
    from core.errors import UsageError

    known = {name.lower().replace(" ", "-"): filters for name, filters in PRESETS.items()}
    filters: list[str] = []
    for one in presets:
        found = known.get(one.strip().lower().replace(" ", "-"))
        if found is None:
            raise UsageError(f"There is no preset '{one}'. There are: {', '.join(known)}.")
        filters += found
    return tuple(dict.fromkeys(filters))
