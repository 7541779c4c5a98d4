"""`session-manager record`: records until a limit, Ctrl-C or SIGTERM, and leaves a finished session."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import typer

from app.cli import context as contexts
from app.cli import record_options as options
from app.cli.options import BrokerOption, ExcludeOption, JsonOption, TopicOption, checked_filters, checked_seconds
from core.errors import UsageError

if TYPE_CHECKING:
    from recorder.recorder import RecordingRequest


def register(application: typer.Typer) -> None:
    """Adds the command."""
    application.command()(record)


def record(
    context: typer.Context,
    broker: BrokerOption = None,
    topic: TopicOption = None,
    exclude: ExcludeOption = None,
    preset: options.PresetOption = None,
    qos: options.QosOption = 1,
    retained: options.RetainedOption = False,
    name: options.NameOption = "",
    source: options.SourceOption = "Unknown",
    note: options.NoteOption = "",
    tag: options.TagOption = None,
    duration: options.DurationOption = None,
    max_messages: options.MaxMessagesOption = None,
    max_size: options.MaxSizeOption = None,
    split_size: options.SplitSizeOption = None,
    split_time: options.SplitTimeOption = None,
    output: options.OutputOption = None,
    resume: options.ResumeOption = None,
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

    settings = contexts.settings(context)
    command = RecordingCommand(settings, broker, output or settings.sessions_folder, json=json)
    if resume is not None:
        _refuse_beside_resume(context)
        return command.resume(contexts.catalog(context, output).find(resume))
    request = replace(
        _limits(duration, max_messages, max_size, split_size, split_time),
        name=name,
        source=as_known(source, settings),
        note=note,
        tags=tuple(dict.fromkeys(tag or ())),
        filters=checked_filters(topic) or ("#",),
        exclude=tuple(dict.fromkeys([*left_out(preset or (), presets(settings)), *checked_filters(exclude)])),
        qos=qos,
        retained=retained,
        min_free_mb=settings.min_free_mb,
        session_id=uuid4().hex,
    )
    return command.run(request)


def _limits(
    duration: float | None,
    max_messages: int | None,
    max_size: float | None,
    split_size: float | None,
    split_time: float | None,
) -> RecordingRequest:
    """A request for everything, with these limits. Raises UsageError."""
    from recorder.recorder import RecordingRequest

    return RecordingRequest(
        duration_s=checked_seconds(duration, "--duration", positive=True),
        max_messages=max_messages,
        max_bytes=_bytes(max_size, "--max-size"),
        split_bytes=_bytes(split_size, "--split-size"),
        split_s=checked_seconds(split_time, "--split-time", positive=True),
    )


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
