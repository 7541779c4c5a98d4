"""The options of `session-manager replay`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import BrokerOption, ExcludeOption, JsonOption, TopicOption, checked_filters, checked_seconds
from core.errors import UsageError

if TYPE_CHECKING:
    from replay.status import ReplayRequest


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """As typed; `request` checks them."""

    broker: BrokerOption = None
    then: Annotated[
        list[str] | None,
        typer.Option("--then", metavar="SESSION", help="Go on with this session; repeatable."),
    ] = None
    merge: Annotated[
        bool, typer.Option("--merge", help="Play the sessions of --then at the same time, as they were recorded.")
    ] = False
    speed: Annotated[
        str, typer.Option("--speed", metavar="X|max", help="Times the original speed; 'max': as the broker confirms.")
    ] = "1"
    loop: Annotated[str, typer.Option("--loop", metavar="N|forever", help="How many times.")] = "1"
    loop_pause: Annotated[float, typer.Option("--loop-pause", metavar="S", help="Seconds between two loops.")] = 0.0
    max_gap: Annotated[
        float | None, typer.Option("--max-gap", metavar="S", help="Shorten silences that are longer than this.")
    ] = None
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="S|MARK", help="Begin at this second (or m:ss) of the session, or at a mark."),
    ] = None
    end: Annotated[
        str | None, typer.Option("--end", metavar="S|MARK", help="End before this second of the session, or at a mark.")
    ] = None
    topic: TopicOption = None
    exclude: ExcludeOption = None
    remap: Annotated[
        list[str] | None,
        typer.Option(
            "--remap", metavar="FROM=TO", help="Rename topics: 'a/#=b/#', or 're:PATTERN=REPLACEMENT'; repeatable."
        ),
    ] = None
    prefix: Annotated[str, typer.Option("--prefix", metavar="P", help="Put this before every topic.")] = ""
    qos: Annotated[
        int | None, typer.Option("--qos", min=0, max=2, help="Quality of service of all messages instead of their own.")
    ] = None
    retain: Annotated[
        str | None,
        typer.Option(
            "--retain",
            metavar="recorded|always|never",
            help="Publish with the retain flag: as recorded, or all messages, so that the broker keeps the last one of "
            "every topic, or none, so that nothing stays there.",
        ),
    ] = None
    no_retain: Annotated[bool, typer.Option("--no-retain", help="The same as --retain never.")] = False
    shift_timestamps: Annotated[
        bool, typer.Option("--shift-timestamps", help="Move the times inside JSON payloads, so that the start is now.")
    ] = False
    shift_each: Annotated[
        bool,
        typer.Option("--shift-each", help="Move them message by message: from now at every speed, distances shrink."),
    ] = False
    shift_field: Annotated[
        list[str] | None,
        typer.Option("--shift-field", metavar="NAME", help="Only fields of this name, such as '*At'; repeatable."),
    ] = None
    preload: Annotated[
        str | None,
        typer.Option(
            "--preload",
            metavar="none|state|DIR",
            help="Sent first: nothing, every topic's last message before the start, or the JSON files of a folder. "
            "Without it: state, if it starts in the middle.",
        ),
    ] = None
    clear_retained: Annotated[
        bool, typer.Option("--clear-retained", help="Delete at the end what the replay has left stored at the broker.")
    ] = False
    wait: Annotated[
        list[str] | None,
        typer.Option(
            "--wait",
            metavar="RULE",
            help="Wait on the way: 'before a/# until message b/ready', 'at 12.5 until quiet 2', 'after a until key'; "
            "repeatable.",
        ),
    ] = None
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="RULE",
            help="Do this wrong on purpose: 'drop 1% of a/#', 'delay 0.5s 10% of a/#', 'outage 5s at 30s'; repeatable.",
        ),
    ] = None
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same faults.")] = 0
    paused: Annotated[bool, typer.Option("--paused", help="Wait before the first message: see the keys below.")] = False
    prove: Annotated[
        bool, typer.Option("--prove", help="Let a second client check every delivered message: the report proves it.")
    ] = False
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write the report there, as JSON.")
    ] = None
    allow_live: Annotated[
        bool, typer.Option("--allow-live", help="Publish to a broker that is not marked for publishing, too.")
    ] = False
    json: JsonOption = False

    def request(self, session: Path, more: tuple[Path, ...]) -> ReplayRequest:
        """What is asked for, but for its range. Raises UsageError for what makes no sense."""
        from app.replay_requests import shift_of, state_named
        from replay.barriers import parse_barrier
        from replay.faults import parse_fault
        from replay.status import ReplayRequest

        state, folder = state_named(self.preload)
        return ReplayRequest(
            session=session,
            more=more,
            speed=speed_of(self.speed),
            merged=self.merge,
            include=checked_filters(self.topic),
            exclude=checked_filters(self.exclude),
            loop=loop_of(self.loop),
            loop_pause_s=checked_seconds(self.loop_pause, "--loop-pause") or 0.0,
            max_gap_s=checked_seconds(self.max_gap, "--max-gap"),
            remap=tuple(self.remap or ()),
            prefix=self.prefix,
            qos=self.qos,
            retain=_retain_of(self.retain, never=self.no_retain),
            shift=shift_of(each=self.shift_each, wanted=self.shift_timestamps or bool(self.shift_field)),
            shift_fields=tuple(self.shift_field or ()),
            state=state,
            preload_folder=folder,
            clear_retained=self.clear_retained,
            barriers=tuple(parse_barrier(rule) for rule in self.wait or ()),
            faults=tuple(parse_fault(rule) for rule in self.fault or ()),
            seed=self.seed,
            paused=self.paused,
        )


def _retain_of(word: str | None, *, never: bool) -> bool | None:
    """Raises UsageError."""
    from app.replay_requests import retain_named

    wanted = retain_named(word or ("never" if never else "recorded"))
    if never and wanted is not False:
        raise UsageError(f"--no-retain and --retain {word} contradict each other: leave one of them out.")
    return wanted


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


def loop_of(text: str) -> int | None:
    """How many times; None for `forever`. Raises UsageError."""
    if text.strip().lower() in ("forever", "for ever"):
        return None
    if not text.strip().isdecimal() or int(text) < 1:
        raise UsageError(f"--loop takes a number of at least 1, or 'forever', not '{text}'.")
    return int(text)
