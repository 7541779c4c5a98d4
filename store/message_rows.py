"""From a row of the database to the message that it holds."""

from __future__ import annotations

import json
from pathlib import Path

from core.message import Message, Properties
from store.connection import damaged
from store.results import StoredMessage
from store.topic_names import TopicNames

Row = tuple[int, int, bytes, int, int, int, str | None]
"""The columns of `statements.COLUMNS`."""


class MessageRows:
    """Reads rows of one session."""

    def __init__(self, names: TopicNames, path: Path) -> None:
        self._names = names
        self._path = path

    def stored(self, row: Row) -> StoredMessage:
        """The message with its id. Raises SessionFileError if the row is damaged."""
        return StoredMessage(row[0], self.message(row))

    def message(self, row: Row) -> Message:
        """The message alone. Raises SessionFileError if the row is damaged."""
        _, topic_id, payload, qos, retain, at_ns, text = row
        topic = self._names.known.get(topic_id) or self._names.name(topic_id)
        properties = None if text is None else self._properties(text)
        return Message(topic, payload, qos, retain, at_ns, properties)

    def _properties(self, text: str) -> Properties | None:
        try:
            return Properties.from_json(json.loads(text))
        except (ValueError, AttributeError) as error:
            raise damaged(self._path, f"the MQTT properties of a message: {error}") from error
