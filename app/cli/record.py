"""`session-manager record`: records until a limit, Ctrl-C or SIGTERM, and leaves a finished session."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from app.cli import context as contexts
from app.cli.options import BrokerOption, ExcludeOption, JsonOption, TopicOption, checked_filters, checked_seconds
from core.errors import UsageError


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
    max_size: Annotated[
        float | None, typer.Option(metavar="MB", help="End when both files together have so many megabytes.")
    ] = None,
    split_size: Annotated[
        float | None, typer.Option(metavar="MB", help="Go on in a new part when the present one has so many megabytes.")
    ] = None,
    split_time: Annotated[
        float | None, typer.Option(metavar="S", help="Go on in a new part when the present one holds so many seconds.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the session instead of the one in the settings.")
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(metavar="SESSION", help="Go on with an interrupted recording, as it was asked for."),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Record what flows through a broker.

    Says in one line when the broker has confirmed the subscription. Ends at a limit, with Ctrl-C or with SIGTERM; the
    session is finished properly in each case. While the broker is gone it waits for it, and says so. A recording that
    was killed can be continued with --resume: what the broker has kept for it meanwhile goes into it.
    """
    from app.cli.recording import RecordingCommand
    from app.presets import left_out, presets
    from app.sources import as_known
    from recorder.recorder import RecordingRequest

    settings = contexts.settings(context)
    command = RecordingCommand(settings, broker, output or settings.sessions_folder, json=json)
    if resume is not None:
        _refuse_beside_resume(context)
        return command.resume(contexts.catalog(context, output).find(resume))
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
        max_bytes=_bytes(max_size, "--max-size"),
        split_bytes=_bytes(split_size, "--split-size"),
        split_s=checked_seconds(split_time, "--split-time", positive=True),
        min_free_mb=settings.min_free_mb,
        session_id=uuid4().hex,
    )
    return command.run(request)


def _bytes(megabytes: float | None, option: str) -> int | None:
    if megabytes is None:
        return None
    if not math.isfinite(megabytes) or megabytes <= 0:
        raise UsageError(f"{option} takes more than 0 megabytes, not {megabytes:g}.")
    return max(1, round(megabytes * 1_000_000))


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
