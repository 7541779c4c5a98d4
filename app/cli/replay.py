"""`session-manager replay`: publishes a session with its original timing and says whether that was faithful."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from app.cli import context as contexts
from app.cli.options import (
    BrokerOption,
    ExcludeOption,
    JsonOption,
    SessionArgument,
    TopicOption,
    checked_filters,
    checked_seconds,
)
from core.errors import UsageError


def register(application: typer.Typer) -> None:
    """Adds the command."""
    application.command()(replay)


SpeedOption = Annotated[
    str, typer.Option(metavar="X|max", help="Times the original speed, or 'max': as fast as the broker confirms.")
]
LoopOption = Annotated[int, typer.Option(metavar="N", min=1, help="How many times.")]
StartOption = Annotated[float, typer.Option(metavar="S", help="Begin this many seconds after the session's start.")]
EndOption = Annotated[float | None, typer.Option(metavar="S", help="End this many seconds after the session's start.")]
QosOption = Annotated[
    int | None, typer.Option(min=0, max=2, help="Quality of service of all messages instead of each one's own.")
]
NoRetainOption = Annotated[
    bool, typer.Option("--no-retain", help="Publish without the retain flag, so that nothing stays at the broker.")
]
ReportOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report there as JSON.")]
AllowLiveOption = Annotated[
    bool, typer.Option("--allow-live", help="Publish to a broker that is not marked for publishing, too.")
]


def replay(
    context: typer.Context,
    session: SessionArgument,
    broker: BrokerOption = None,
    speed: SpeedOption = "1",
    loop: LoopOption = 1,
    start: StartOption = 0.0,
    end: EndOption = None,
    topic: TopicOption = None,
    exclude: ExcludeOption = None,
    qos: QosOption = None,
    no_retain: NoRetainOption = False,
    report: ReportOption = None,
    allow_live: AllowLiveOption = False,
    json: JsonOption = False,
) -> int:
    """Replay a session to a broker with its original timing.

    Publishes only to a broker that is marked for publishing: one on this machine, or one that the settings allow.
    Ends with 0 if every message was confirmed, in order and in time; with 3 if not, and says why.
    """
    from app.cli.replaying import ReplayCommand
    from replay.status import ReplayRequest

    begin, finish = _range(start, end)
    request = ReplayRequest(
        speed=speed_of(speed),
        include=checked_filters(topic),
        exclude=checked_filters(exclude),
        start_s=begin,
        end_s=finish,
        loop=loop,
        qos=qos,
        retain=not no_retain,
        session=contexts.find_readable(context, session).path,  # last: first what the user typed wrong
    )
    command = ReplayCommand(contexts.settings(context), broker, report, allow_live=allow_live, json=json)
    return command.run(request)


def _range(start: float, end: float | None) -> tuple[float, float | None]:
    """Raises UsageError."""
    begin, finish = checked_seconds(start, "--start") or 0.0, checked_seconds(end, "--end")
    if finish is not None and finish <= begin:
        raise UsageError(f"--end {finish:g} is not after --start {begin:g}, so there is nothing to replay.")
    return begin, finish


def speed_of(text: str) -> float | None:
    """A speed such as `0.5`, `10` or `10x`; None for `max`. Raises UsageError."""
    if text.strip().lower() == "max":
        return None
    try:
        speed = float(text.strip().lower().removesuffix("x"))
    except ValueError:
        speed = math.nan
    if not math.isfinite(speed) or speed <= 0:
        raise UsageError(f"--speed takes a number above 0, such as 0.5 or 10, or 'max', not '{text}'.")
    return speed
