"""The ring over HTTP: keep the last minutes, and save them."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app.api.guard import guarded
from app.services import Services
from recorder.ring_status import RingStatus

LONGEST_NAME = 300
"""Characters."""


class SaveRequest(BaseModel):
    """What to save: so many seconds before now, and so many that follow."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="", max_length=LONGEST_NAME)
    before_s: float | None = Field(default=None, ge=0)
    """None: all that is held."""
    after_s: float = Field(default=0.0, ge=0, le=86_400)


class SavedState(BaseModel):
    """A session that was made of what the ring held, or why it could not be."""

    reason: str
    session: str
    """The stem of its files; empty with a problem."""
    problem: str


class RingState(BaseModel):
    """A ring after something was done to it."""

    environment: str
    active: bool
    keep_s: float
    messages: int
    bytes: int
    saving: str
    """Why something is being saved at this moment; empty if nothing is."""
    saved: list[SavedState]
    problem: str


def ring(services: Callable[[], Services]) -> APIRouter:
    """The endpoints under /ring; `environment` empty: the one of the settings. 409 with the reason if it cannot be."""
    router = APIRouter(prefix="/ring", dependencies=[Depends(guarded(services))])

    def chosen(environment: str) -> str:
        return services().environments.get(environment or services().default_environment).name

    @router.post("/start")
    def start(environment: str = "") -> RingState:
        """Begins to keep the last minutes, as the settings say."""
        return _state(services().start_ring(chosen(environment)))

    @router.post("/save")
    def save(request: SaveRequest | None = None, environment: str = "") -> RingState:
        """Makes a session of what the ring holds; it is there soon after the last of the seconds that follow."""
        wanted = request or SaveRequest()
        return _state(services().rings.save(chosen(environment), wanted.name, wanted.before_s, wanted.after_s))

    @router.post("/stop")
    def stop(environment: str = "") -> RingState:
        """Throws away what is held."""
        return _state(services().rings.stop(chosen(environment)))

    return router


def _state(status: RingStatus) -> RingState:
    return RingState(
        environment=status.environment,
        active=status.active,
        keep_s=status.keep_s,
        messages=status.messages,
        bytes=status.bytes,
        saving=status.saving_reason,
        saved=[SavedState(reason=one.reason, session=one.stem, problem=one.problem) for one in status.saved],
        problem=status.problem,
    )
