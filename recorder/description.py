"""What a session says about its recording: its metadata, and the warnings in it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from core.ports import ConnectionStatus
from recorder.machine import WAITING
from recorder.policy import automatic_name
from recorder.status import RecordingRequest
from store.metadata import SessionMetadata, new_metadata

CUT_OFF: Final = (
    "The recording ended while the disk could not keep up: what the broker held back for it at that moment is missing."
)
OLDER_PROTOCOL: Final = (
    "The broker speaks MQTT 3.1.1 only: message properties and the retain flag of live messages are not transmitted, so"
    " the retain flags of this recording are not trustworthy."
)
BRIDGE_MODE: Final = "The broker speaks MQTT 3.1.1 only: message properties are not transmitted."
"""In bridge mode it transmits the retain flag."""
PROTOCOL: Final = "protocol"
"""The key in the metadata's `extra`: the version of MQTT, the oldest if it changed."""
CLIENT_ID: Final = "client_id"
"""The key of the name under which the broker holds messages for this recording."""
HELD: Final = "held_filters"
"""The key of what may be subscribed under that name."""
ONLY_WHILE_RECORDING: Final = (CLIENT_ID, HELD)
LIMITS: Final = ("duration_s", "max_messages", "max_bytes", "min_free_mb", "split_bytes", "split_s")
"""Of a request: the keys of what is kept for a continuation."""


def describe(
    request: RecordingRequest, started_ns: int, environment: str, connection: ConnectionStatus
) -> SessionMetadata:
    """The metadata of a recording that starts at `started_ns`."""
    extra: dict[str, object] = {key: value for key in LIMITS if (value := getattr(request, key)) is not None}
    if connection.protocol:
        extra[PROTOCOL] = connection.protocol
    if connection.client_id:
        extra |= {CLIENT_ID: connection.client_id, HELD: list(connection.held)}
    chosen = {"id": request.session_id} if request.session_id else {}
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
        extra=extra,
        **chosen,
    )


def request_of(metadata: SessionMetadata) -> RecordingRequest:
    """What was asked of a recording: its continuation has the rest of the limits.

    Stored messages come once only: they are asked for again if it had not begun.
    """
    kept = {key: metadata.extra.get(key) for key in LIMITS}
    limits = {key: value for key, value in kept.items() if isinstance(value, int | float)}
    return RecordingRequest(
        name=metadata.name,
        source=metadata.source,
        note=metadata.note,
        filters=metadata.filters,
        exclude=metadata.exclude,
        qos=metadata.qos,
        retained=metadata.retained and metadata.status in WAITING,
        tags=metadata.tags,
        session_id=metadata.id,
        **limits,  # type: ignore[arg-type]  # what `describe` has put there
    )


def why_refused(filters: Sequence[str]) -> str:
    """What it means that the broker does not grant these filters; empty without any."""
    if not filters:
        return ""
    return (
        f"The broker refuses the subscription to {', '.join(filters)}: what is published there is missing. "
        "Check whether this user may read these topics."
    )


def why_lowered(filters: Sequence[str]) -> str:
    """What it means that the broker grants these filters with less than was asked for; empty without any."""
    if not filters:
        return ""
    return (
        f"The broker grants a lower quality of service than asked for to {', '.join(filters)}: what is published there "
        "during a cut of the connection can be missing."
    )
