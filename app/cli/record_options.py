"""The options of `session-manager record`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from app.cli.options import BrokerOption, ExcludeOption, JsonOption, TopicOption, checked_filters, checked_seconds
from core.errors import UsageError

if TYPE_CHECKING:
    from app.settings import Settings
    from recorder.recorder import RecordingRequest


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """As typed; `request` checks them."""

    broker: BrokerOption = None
    topic: TopicOption = None
    exclude: ExcludeOption = None
    preset: Annotated[
        list[str] | None,
        typer.Option(
            "--preset",
            metavar="NAME",
            help="Do not write what this preset stands for, such as 'no-camera'; repeatable.",
        ),
    ] = None
    qos: Annotated[int, typer.Option("--qos", min=0, max=2, help="Quality of service of the subscription.")] = 1
    retained: Annotated[
        bool, typer.Option("--retained", help="Also record the stored messages that the broker has at the start.")
    ] = False
    name: Annotated[str, typer.Option("--name", metavar="S", help="Name of the session; without it the time.")] = ""
    source: Annotated[str, typer.Option("--source", metavar="S", help="Where it is recorded; any name will do.")] = (
        "Unknown"
    )
    note: Annotated[str, typer.Option("--note", metavar="S", help="Anything worth knowing about it.")] = ""
    tag: Annotated[list[str] | None, typer.Option("--tag", metavar="T", help="Give it this tag; repeatable.")] = None
    duration: Annotated[float | None, typer.Option("--duration", metavar="S", help="End after this many seconds.")] = (
        None
    )
    max_messages: Annotated[
        int | None, typer.Option("--max-messages", metavar="N", min=1, help="End after this many messages.")
    ] = None
    max_size: Annotated[
        float | None,
        typer.Option("--max-size", metavar="MB", help="End when both files together have so many megabytes."),
    ] = None
    split_size: Annotated[
        float | None,
        typer.Option(
            "--split-size", metavar="MB", help="Go on in a new part when the present one has so many megabytes."
        ),
    ] = None
    split_time: Annotated[
        float | None,
        typer.Option(
            "--split-time", metavar="S", help="Go on in a new part when the present one holds so many seconds."
        ),
    ] = None
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="DIR", help="Folder for the session instead of the one in the settings."),
    ] = None
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="SESSION", help="Go on with an interrupted recording, as it was asked for."),
    ] = None
    json: JsonOption = False

    def request(self, settings: Settings) -> RecordingRequest:
        """What is asked for. Raises UsageError for what makes no sense."""
        from app.presets import left_out, presets
        from app.sources import as_known
        from recorder.recorder import RecordingRequest

        excluded = [*left_out(self.preset or (), presets(settings)), *checked_filters(self.exclude)]
        return RecordingRequest(
            duration_s=checked_seconds(self.duration, "--duration", positive=True),
            max_messages=self.max_messages,
            max_bytes=_bytes(self.max_size, "--max-size"),
            split_bytes=_bytes(self.split_size, "--split-size"),
            split_s=checked_seconds(self.split_time, "--split-time", positive=True),
            name=self.name,
            source=as_known(self.source, settings),
            note=self.note,
            tags=tuple(dict.fromkeys(self.tag or ())),
            filters=checked_filters(self.topic) or ("#",),
            exclude=tuple(dict.fromkeys(excluded)),
            qos=self.qos,
            retained=self.retained,
            min_free_mb=settings.min_free_mb,
            session_id=uuid4().hex,
        )


def _bytes(megabytes: float | None, option: str) -> int | None:
    if megabytes is None:
        return None
    if not math.isfinite(megabytes) or megabytes <= 0:
        raise UsageError(f"{option} takes more than 0 megabytes, not {megabytes:g}.")
    return max(1, round(megabytes * 1_000_000))
