"""The sessions over HTTP: which there are, what is said about one, and its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app.api.guard import guarded
from app.cli.session_shapes import info_json
from app.services import Services
from store.catalog import SessionEntry
from store.metadata import Outcome

NO_CONTENT = 204
LONGEST_NAME, LONGEST_NOTE, MOST_TAGS = 1_000, 100_000, 100
"""Characters, characters, and how many."""
Text = Annotated[str, Field(max_length=LONGEST_NAME)]


class SessionChange(BaseModel):
    """What is to be said about a session from now on; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    source: Text | None = None
    tags: Annotated[tuple[Text, ...], Field(max_length=MOST_TAGS)] | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] | None = None
    outcome: Outcome | None = None


def sessions(services: Callable[[], Services]) -> APIRouter:
    """The endpoints under /sessions. `session_id` is an id or the stem of a file, never a path.

    404 if there is no such session, 409 with the reason while it cannot be done.
    """
    router = APIRouter(prefix="/sessions", dependencies=[Depends(guarded(services))])

    @router.get("")
    def all_sessions() -> list[dict[str, Any]]:
        """All sessions, newest first, as `session-manager list --json` prints them."""
        return [_shape(entry) for entry in services().catalog.sessions()]

    @router.get("/{session_id}")
    def one_session(session_id: str) -> dict[str, Any]:
        """One session; what cannot be read of it is null, with `problem` saying why."""
        return _shape(services().catalog.get(session_id))

    @router.patch("/{session_id}")
    def change(session_id: str, wanted: SessionChange) -> dict[str, Any]:
        """Changes what is said about it; its files keep their names."""
        return _shape(services().catalog.update(session_id, **wanted.model_dump(exclude_none=True)))

    @router.delete("/{session_id}", status_code=NO_CONTENT)
    def delete(session_id: str) -> None:
        """Deletes all its files, for good."""
        services().catalog.delete(session_id)

    return router


def _shape(entry: SessionEntry) -> dict[str, Any]:
    return {**info_json(entry), "recording": entry.recording}
