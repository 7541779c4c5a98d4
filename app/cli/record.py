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
        typer.Option(metavar="NAME", help="Do not write what this preset stands for, such as 'no-camera'; repeatable."),
    ] = None,
    qos: Annotated[int, typer.Option(min=0, max=2, help="Quality of service of the subscription.")] = 1,
    retained: Annotated[
        bool, typer.Option("--retained", help="Also record the stored messages that the broker has at the start.")
    ] = False,
    name: Annotated[str, typer.Option(metavar="S", help="Name of the session; without it the time.")] = "",
    source: Annotated[str, typer.Option(metavar="S", help="Where it is recorded; any name will do.")] = "Unknown",
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
    from app.presets import left_out, presets
    from app.sources import as_known
    from recorder.recorder import RecordingRequest

    settings = contexts.settings(context)
    request = RecordingRequest(
        name=name,
        source=as_known(source, settings),
        note=note,
        filters=checked_filters(topic) or ("#",),
        exclude=tuple(dict.fromkeys([*left_out(preset or (), presets(settings)), *checked_filters(exclude)])),
        qos=qos,
        retained=retained,
        duration_s=checked_seconds(duration, "--duration", positive=True),
        max_messages=max_messages,
    )
    return RecordingCommand(settings, broker, output or settings.sessions_folder, json=json).run(request)
