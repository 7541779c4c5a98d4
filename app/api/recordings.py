"""What can be done to the running recording over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app.api.guard import guarded
from app.services import Services

LONGEST_TEXT = 10_000
"""Characters; a mark is a remark, not a document."""


class MarkRequest(BaseModel):
    """A remark on this moment; it may be empty."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=LONGEST_TEXT)


class Marked(BaseModel):
    """What was marked, and when: seconds of recording, pauses not counted."""

    session_id: str
    name: str
    elapsed_seconds: float


def recordings(services: Callable[[], Services]) -> APIRouter:
    """The endpoints under /recordings."""
    router = APIRouter(prefix="/recordings", dependencies=[Depends(guarded(services))])

    @router.post("/current/mark")
    def mark(request: MarkRequest | None = None) -> Marked:
        """Notes this moment in the running recording. 409 if nothing is being recorded."""
        status = services().recorder.mark(request.text.strip() if request else "")
        return Marked(session_id=status.session_id, name=status.name, elapsed_seconds=round(status.elapsed_s, 3))

    return router
