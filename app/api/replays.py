"""Replays over HTTP: start one, steer it, read its report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app.api.guard import guarded
from app.replay_requests import in_range, retain_named, shift_of, speed_named
from app.services import Services
from core.errors import StateError
from core.message import Message
from replay.barriers import parse_barrier
from replay.faults import parse_fault
from replay.preload import preload_of
from replay.status import ReplayRequest, ReplayStatus, StateBefore

MAX_RULES = 100
"""Of each kind; somebody who needs more writes a session of his own."""
MAX_PRELOAD = 1_000
"""Messages that come with a request."""
Rules = Annotated[tuple[str, ...], Field(max_length=MAX_RULES)]
Speed = Annotated[float, Field(gt=0, allow_inf_nan=False)] | Literal["max"]


class NewReplay(BaseModel):
    """What to replay, and how; the options of `session-manager replay`. The defaults: all of it, as it was."""

    model_config = ConfigDict(extra="forbid")

    session: str
    """Its id, its file's name, or a unique part of its name."""
    then: Rules = ()
    merge: bool = False
    environment: str = "replay"
    confirm_broker: str = ""
    """For an environment that is not marked for publishing: its broker's address, to show that it is meant."""
    speed: Speed = 1.0
    loop: Annotated[int, Field(ge=1)] | Literal["forever"] = 1
    loop_pause: float = 0.0
    max_gap: float | None = None
    start: float | str | None = None
    """Seconds since the session's start, or a mark."""
    end: float | str | None = None
    topics: Rules = ()
    exclude: Rules = ()
    remap: Rules = ()
    prefix: str = ""
    qos: Literal[0, 1, 2] | None = None
    retain: bool | Literal["recorded", "always", "never"] = "recorded"
    """`true` is the same as `recorded`, `false` as `never`."""
    shift_timestamps: bool = False
    shift_each: bool = False
    shift_fields: Rules = ()
    preload: Literal["none", "state"] | Annotated[list[object], Field(max_length=MAX_PRELOAD)] | None = None
    """Or messages as the files of a folder hold them; a folder on this machine is not named over HTTP."""
    clear_retained: bool = False
    wait: Rules = ()
    faults: Rules = ()
    seed: int = 0
    paused: bool = False
    prove: bool = False


class Position(BaseModel):
    """Where to go: seconds since the session's start, `m:ss`, or a mark."""

    model_config = ConfigDict(extra="forbid")

    position: Annotated[float, Field(allow_inf_nan=False)] | str


class NextMessage(BaseModel):
    """Which message is the last one of a step."""

    model_config = ConfigDict(extra="forbid")

    topic: str | None = None
    """A topic filter; without it the very next message."""


class NewSpeed(BaseModel):
    """Times the original speed, or `max`: as fast as the broker confirms."""

    model_config = ConfigDict(extra="forbid")

    speed: Speed


class ReplayState(BaseModel):
    """A replay as it is now; positions in seconds since the session's start."""

    run_id: str
    session: str
    environment: str
    state: str
    speed: float | str
    loop: int
    """Which one, from 1."""
    loops: int | str
    """How many, or `forever`."""
    position: float
    duration: float
    planned: int
    published: int
    confirmed: int
    failed: int
    elapsed_seconds: float
    next_topic: str
    waits_for_key: bool
    warnings: tuple[str, ...]
    """What should be known while it plays, that others publish on its topics first of all."""
    problem: str


def replays(services: Callable[[], Services]) -> APIRouter:
    """The endpoints under /replays. 409 with the reason if nothing is being replayed, or not what is asked for."""
    router = APIRouter(prefix="/replays", dependencies=[Depends(guarded(services))])

    @router.post("", status_code=201)
    def start(wanted: NewReplay) -> ReplayState:
        """Starts a replay; it goes on when the connection ends. Only one plays at a time."""
        return _state(
            services().start_replay(
                _request(services(), wanted), wanted.environment, prove=wanted.prove, confirmed=wanted.confirm_broker
            )
        )

    @router.get("/current")
    def current() -> ReplayState:
        """The running replay, or the last one."""
        return _state(services().player.status())

    @router.get("/current/report")
    def report() -> dict[str, object]:
        """The report of the last replay, as `session-manager replay --report` writes it."""
        found = services().player.report()
        if found is None:
            raise StateError("There is no report: nothing has been replayed to its end yet.")
        return found.to_json()

    _steering(router, services)
    return router


def _steering(router: APIRouter, services: Callable[[], Services]) -> None:
    @router.post("/current/pause")
    def pause() -> ReplayState:
        """Holds the replay."""
        return _state(services().player.pause())

    @router.post("/current/resume")
    def resume() -> ReplayState:
        """Goes on where it was held, without a burst."""
        return _state(services().player.resume())

    @router.post("/current/stop")
    def stop() -> ReplayState:
        """Ends it: what the broker has not taken yet is not sent any more."""
        return _state(services().player.stop())

    @router.post("/current/reset")
    def reset() -> ReplayState:
        """Back to the start, and paused there."""
        return _state(services().player.reset())

    @router.post("/current/release")
    def release() -> ReplayState:
        """Opens the barrier that waits for a person."""
        return _state(services().player.release())

    @router.post("/current/seek")
    def seek(to: Position) -> ReplayState:
        """Goes on from this position; first the broker's stored messages become those of that moment."""
        player = services().player
        return _state(player.seek(player.place_of(to.position)))

    @router.post("/current/step")
    def step(to: NextMessage | None = None) -> ReplayState:
        """Publishes the next message, or all up to the next one on a topic, and pauses."""
        return _state(services().player.step(to.topic if to else None))

    @router.post("/current/speed")
    def speed(wanted: NewSpeed) -> ReplayState:
        """Goes on at another speed."""
        return _state(services().player.set_speed(speed_named(wanted.speed)))


def _request(services: Services, wanted: NewReplay) -> ReplayRequest:
    """Raises UsageError, SessionNotFound."""
    state, messages = _before(wanted.preload)
    request = ReplayRequest(
        session=services.catalog.find(wanted.session).path,
        more=tuple(services.catalog.find(one).path for one in wanted.then),
        merged=wanted.merge,
        speed=speed_named(wanted.speed),
        include=wanted.topics,
        exclude=wanted.exclude,
        loop=None if wanted.loop == "forever" else wanted.loop,
        loop_pause_s=wanted.loop_pause,
        max_gap_s=wanted.max_gap,
        remap=wanted.remap,
        prefix=wanted.prefix,
        qos=wanted.qos,
        retain=_retain(wanted.retain),
        shift=shift_of(wanted=wanted.shift_timestamps or bool(wanted.shift_fields), each=wanted.shift_each),
        shift_fields=wanted.shift_fields,
        state=state,
        preload_messages=messages,
        clear_retained=wanted.clear_retained,
        barriers=tuple(parse_barrier(rule) for rule in wanted.wait),
        faults=tuple(parse_fault(rule) for rule in wanted.faults),
        seed=wanted.seed,
        paused=wanted.paused,
    )
    return in_range(request, _text(wanted.start), _text(wanted.end))


def _before(wanted: str | list[object] | None) -> tuple[StateBefore | None, tuple[Message, ...]]:
    """What is sent first. Raises UsageError for what is no message."""
    if not isinstance(wanted, list):
        return None if wanted is None else StateBefore(wanted), ()
    messages = tuple(preload_of(one, f"{number} of 'preload'") for number, one in enumerate(wanted, 1))
    return StateBefore.MESSAGES, messages


def _retain(wanted: bool | str) -> bool | None:
    if isinstance(wanted, str):
        return retain_named(wanted)
    return None if wanted else False


def _text(place: float | str | None) -> str | None:
    return None if place is None else str(place)


def _state(status: ReplayStatus) -> ReplayState:
    return ReplayState(
        run_id=status.run_id,
        session=status.session_name,
        environment=status.environment,
        state=str(status.state),
        speed="max" if status.speed is None else status.speed,
        loop=status.pass_number + 1,
        loops="forever" if status.passes is None else status.passes,
        position=round(status.position_s, 6),
        duration=round(status.duration_s, 6),
        planned=status.planned,
        published=status.published,
        confirmed=status.confirmed,
        failed=status.failed,
        elapsed_seconds=round(status.elapsed_s, 3),
        next_topic=status.next_topic,
        waits_for_key=status.waits_for_key,
        warnings=(status.mixed, *status.warnings) if status.mixed else status.warnings,
        problem=status.problem,
    )
