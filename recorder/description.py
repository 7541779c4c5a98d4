"""What a session says about its recording: its metadata, and the warnings in it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from core.ports import ConnectionStatus
from recorder.policy import automatic_name
from recorder.status import RecordingRequest
from store.metadata import SessionMetadata, new_metadata

CUT_OFF: Final = (
    "The recording ended while the disk could not keep up: what the broker held back for it at that moment is missing."
)
OLDER_PROTOCOL: Final = (
    "The broker speaks MQTT 3.1.1 only: message properties and the retain flag of live messages are not transmitted."
)
PROTOCOL: Final = "protocol"
"""The key in the metadata's `extra`: the version of MQTT, the oldest if it changed."""


def describe(
    request: RecordingRequest, started_ns: int, environment: str, connection: ConnectionStatus
) -> SessionMetadata:
    """The metadata of a recording that starts at `started_ns`."""
    return new_metadata(
        name=request.name.strip() or automatic_name(started_ns),
        started_ns=started_ns,
        source=request.source.strip() or "Unknown",
        broker=connection.url,
        environment=environment,
        filters=request.filters,
        exclude=request.exclude,
        qos=request.qos,
        retained=request.retained,
        note=request.note,
        tags=request.tags,
        recorder_version=version("mqtt-session-manager"),
        extra={PROTOCOL: connection.protocol} if connection.protocol else {},
    )


def why_refused(filters: Sequence[str]) -> str:
    """What it means that the broker does not grant these filters; empty without any."""
    if not filters:
        return ""
    return (
        f"The broker refuses the subscription to {', '.join(filters)}: what is published there is missing. "
        "Check whether this user may read these topics."
    )
