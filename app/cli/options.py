"""Arguments and options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from core.errors import UsageError
from core.topics import why_invalid_filter

SessionArgument = Annotated[
    str, typer.Argument(metavar="SESSION", help="A path, a file name without ending, or a unique part of a name.")
]
BrokerOption = Annotated[
    str | None,
    typer.Option(
        "--broker",
        metavar="URL",
        help="mqtt://, mqtts://, ws:// or wss:// with host and port, or 'live' or 'replay' for the broker in the "
        "settings. The password belongs into SESSION_MANAGER_BROKER_PASSWORD or the settings file.",
    ),
]
TopicOption = Annotated[
    list[str] | None, typer.Option("--topic", metavar="F", help="Only topics that this filter matches; repeatable.")
]
ExcludeOption = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="F", help="No topics that this filter matches; repeatable.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="The new session's .db; its .log lies beside it. Without: in "
                 "the sessions folder."),
]  # fmt: skip
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]


def checked_filters(filters: Sequence[str] | None) -> tuple[str, ...]:
    """The filters as given. Raises UsageError with the reason for the first invalid one."""
    for one in filters or ():
        reason = why_invalid_filter(one)
        if reason:
            raise UsageError(f"{reason[:1].upper()}{reason[1:]}.")
    return tuple(filters or ())


def checked_seconds(value: float | None, option: str, *, positive: bool = False) -> float | None:
    """A time span in seconds. Raises UsageError for what is negative, endless, not a number, or 0 with `positive`."""
    if value is None:
        return None
    if not math.isfinite(value) or value < 0 or (positive and value == 0):
        least = "more than 0" if positive else "0 or more"
        raise UsageError(f"{option} takes {least} seconds, not {value:g}.")
    return value
