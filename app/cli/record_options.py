"""The options of `session-manager record` that no other command has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PresetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--preset", metavar="NAME", help="Do not write what this preset stands for, such as 'no-camera'; repeatable."
    ),
]
QosOption = Annotated[int, typer.Option("--qos", min=0, max=2, help="Quality of service of the subscription.")]
RetainedOption = Annotated[
    bool, typer.Option("--retained", help="Also record the stored messages that the broker has at the start.")
]
NameOption = Annotated[str, typer.Option("--name", metavar="S", help="Name of the session; without it the time.")]
SourceOption = Annotated[str, typer.Option("--source", metavar="S", help="Where it is recorded; any name will do.")]
NoteOption = Annotated[str, typer.Option("--note", metavar="S", help="Anything worth knowing about it.")]
TagOption = Annotated[list[str] | None, typer.Option("--tag", metavar="T", help="Give it this tag; repeatable.")]
DurationOption = Annotated[float | None, typer.Option("--duration", metavar="S", help="End after this many seconds.")]
MaxMessagesOption = Annotated[
    int | None, typer.Option("--max-messages", metavar="N", min=1, help="End after this many messages.")
]
MaxSizeOption = Annotated[
    float | None, typer.Option("--max-size", metavar="MB", help="End when both files together have so many megabytes.")
]
SplitSizeOption = Annotated[
    float | None,
    typer.Option("--split-size", metavar="MB", help="Go on in a new part when the present one has so many megabytes."),
]
SplitTimeOption = Annotated[
    float | None,
    typer.Option("--split-time", metavar="S", help="Go on in a new part when the present one holds so many seconds."),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", metavar="DIR", help="Folder for the session instead of the one in the settings."),
]
ResumeOption = Annotated[
    str | None,
    typer.Option("--resume", metavar="SESSION", help="Go on with an interrupted recording, as it was asked for."),
]
