"""What our MCAP files call things; other programs' files have none of it."""

from __future__ import annotations

from typing import Final

ROLE: Final = "mqtt_session"
"""The key in a channel's metadata that says what its messages are; also the name of the file's own metadata."""

MESSAGE: Final = "message"
"""Payloads of one topic, with one `qos`, `retain` and kind of `payload`, which stand beside it in the metadata."""
EVENTS: Final = "events"
"""Marks, gaps, pauses: the records of a log."""
DETAILS: Final = "details"
"""What belongs to the message before it and has no place there: `properties`, and `at_ns` before 1970."""
OTHER: Final = "other"
"""Whole messages in a JSON object each, when a file has no room for more channels."""

CHANNELS: Final = 60_000
"""The format has 65,535."""
RECORD: Final = "record"
"""The key of the session's record in the file's metadata."""
