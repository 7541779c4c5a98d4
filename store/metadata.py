"""What is known about a session besides its messages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import SessionFileError


class Status(StrEnum):
    """Where a recording stands."""

    PENDING = "pending"
    RECORDING = "recording"
    SOURCE_ASSIGNED = "source_assigned"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def active(self) -> bool:
        """Whether a recording in this state has not ended yet."""
        return self not in (Status.COMPLETED, Status.FAILED)


class Outcome(StrEnum):
    """How what was recorded went; a person says so."""

    OK = "ok"
    NOT_OK = "not_ok"
    MIXED = "mixed"
    UNKNOWN = "unknown"


UNKNOWN_SOURCE = "Unknown"
"""A session is from here if nobody has said where it was recorded."""


class SessionMetadata(BaseModel):
    """One session's metadata, as stored: JSON values, unknown keys of later versions are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(default_factory=lambda: uuid4().hex)
    name: str
    """As the user typed it; the file names are made from it, see `naming`."""
    status: Status = Status.PENDING
    source: str = UNKNOWN_SOURCE
    broker: str = ""
    """URL without user and password."""
    environment: str = ""
    filters: tuple[str, ...] = ("#",)
    exclude: tuple[str, ...] = ()
    qos: int = 1
    retained: bool = False
    """Whether the broker's stored messages were recorded as the session's initial state."""
    started_ns: int
    """Nanoseconds since the epoch, UTC; second 0 of the samples begins here."""
    ended_ns: int | None = None
    ended_reason: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    outcome: Outcome = Outcome.UNKNOWN
    imported_from: str = ""
    """The name of the file that this session was imported from; empty if it was recorded here."""
    assumptions: tuple[str, ...] = ()
    """What an import had to assume, as sentences."""
    recorder_version: str = ""
    extra: Mapping[str, Any] = Field(default_factory=dict)
    """What an imported file says about itself for which there is no field here, unchanged; of a recording the version
    of MQTT, as `protocol`."""

    def with_changes(self, **changes: object) -> SessionMetadata:
        """A copy with these fields changed. Raises ValueError for a wrong type or an unknown field."""
        unknown = set(changes) - set(type(self).model_fields)
        if unknown:
            raise ValueError(f"a session has no field {', '.join(sorted(unknown))}")
        return type(self).model_validate({**self.model_dump(), **changes})

    @classmethod
    def from_json(cls, value: Mapping[str, object], where: str) -> SessionMetadata:
        """What `model_dump(mode="json")` wrote. Raises SessionFileError that names `where` and the wrong field."""
        try:
            return cls.model_validate(dict(value))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise SessionFileError(
                f"The metadata of {where} cannot be read: '{field}': {first['msg']}. Repair the session from its "
                "other file, or import it again."
            ) from error


def new_metadata(name: str, started_ns: int, **fields: object) -> SessionMetadata:
    """Metadata with a fresh id; `fields` are fields of SessionMetadata."""
    return SessionMetadata.model_validate({"name": name, "started_ns": started_ns, **fields})
