"""What can be done to the running recording over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app.api.guard import guarded
from app.services import Services
from core.message import NS_PER_SECOND
from recorder.status import RecordingStatus

LONGEST_TEXT = 10_000
"""Characters; a mark is a remark, not a document."""


class MarkRequest(BaseModel):
    """A remark on this moment; it may be empty."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=LONGEST_TEXT)


class RecordingState(BaseModel):
    """A recording after something was done to it; seconds of recording do not count pauses."""

    session_id: str
    name: str
    environment: str
    state: str
    elapsed_seconds: float
    last_mark: float | None
    """Where the newest mark lies in the session: seconds since its start, pauses and waiting included."""
    messages: int


def recordings(services: Callable[[], Services]) -> APIRouter:
    """The endpoints under /recordings. 409 with the reason if nothing is being recorded, or not what is asked for.

    `environment` is needed only while recordings run on several.
    """
    router = APIRouter(prefix="/recordings", dependencies=[Depends(guarded(services))])

    @router.post("/current/mark")
    def mark(request: MarkRequest | None = None, environment: str = "") -> RecordingState:
        """Notes this moment in the running recording."""
        return _state(services().recorders.current(environment).mark(request.text.strip() if request else ""))

    @router.post("/current/pause")
    def pause(environment: str = "") -> RecordingState:
        """What arrives from now on is not recorded."""
        return _state(services().recorders.current(environment).pause())

    @router.post("/current/resume")
    def resume(environment: str = "") -> RecordingState:
        """Ends a pause."""
        return _state(services().recorders.current(environment).resume())

    @router.post("/current/stop")
    def stop(environment: str = "") -> RecordingState:
        """Ends the running recording; what had arrived is written."""
        return _state(services().recorders.current(environment).stop())

    return router


def _state(status: RecordingStatus) -> RecordingState:
    mark = status.last_mark
    return RecordingState(
        session_id=status.session_id,
        name=status.name,
        environment=status.environment,
        state=str(status.state),
        elapsed_seconds=round(status.elapsed_s, 3),
        last_mark=None if mark is None else round((mark.at_ns - status.started_ns) / NS_PER_SECOND, 3),
        messages=status.messages,
    )
