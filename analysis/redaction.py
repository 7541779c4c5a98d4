"""A copy of a session to show outside: fields, addresses and pictures replaced, the structure kept."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from analysis.json_rewriting import Literal, parse, rewritten, style_of
from analysis.named_fields import NamedFields
from analysis.pictures import MIN_CHARS, picture_of
from analysis.placeholders import Placeholders
from analysis.progress import Progress, quiet, reading, watched
from analysis.redaction_rules import RedactionRules
from core.message import Message, Properties
from core.payload import text_of
from store.events import Event
from store.metadata import SessionMetadata
from store.query import EVERYTHING
from store.reading import Reader

PICTURE: Final = b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
"""One grey pixel as PNG: what stands for a picture is one itself."""
_PICTURE_TEXT: Final = b64encode(PICTURE).decode()
_PICTURE_INSIDE: Final = re.compile(r"data:image/[\w.+-]+;base64,[A-Za-z0-9+/=]+")
BROKER: Final = "mqtt://broker.example"


class Redacted:
    """A session that is open, as a source for store.copying.copy. Read twice if fields are hidden: secrets first."""

    def __init__(self, reader: Reader, rules: RedactionRules, progress: Progress = quiet) -> None:
        self._reader, self._rules = reader, rules
        self._fields = frozenset(rules.fields)
        self._named = NamedFields(self._fields)
        self._places = Placeholders(rules.texts, addresses=rules.addresses)
        self._topics: dict[str, str] = {}
        self.changed = 0
        """How many messages differ from the original; complete after the last item."""
        if self._fields:
            self._collect(reading(0, 2, progress))
        self._progress = reading(1, 2, progress) if self._fields else progress

    def items(self) -> Iterator[Message | Event]:
        """The redacted messages and events in their order."""
        events = self._reader.events()
        for stored in watched(self._reader, EVERYTHING, self._progress):
            while events and events[0].at_ns <= stored.message.at_ns:
                yield self._event(events.pop(0))
            message = self._message(stored.message)
            self.changed += message != stored.message
            yield message
        yield from map(self._event, events)

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:  # noqa: ARG002  known before
        """The session's own, without what is hidden; another id, for it is another session."""
        old = self._reader.metadata
        seed = f"redacted copy {old.id} {self._rules}"
        clean = {name: self._values(value) for name, value in old.model_dump(mode="json").items()}
        kept = {"id": hashlib.sha256(seed.encode()).hexdigest()[:32], "status": old.status, "outcome": old.outcome}
        told = {"name": f"{clean['name']} (redacted)", "broker": BROKER if old.broker else ""}
        return SessionMetadata.model_validate({**clean, **kept, **told})

    def assumptions(self) -> list[str]:
        """None: see Source."""
        return []

    def problems(self) -> list[str]:
        """None: see Source."""
        return []

    def _collect(self, progress: Progress) -> None:
        """Finds the secrets in the fields."""
        for data in (self._reader.metadata.extra, *(event.data for event in self._reader.events())):
            self._note_in(json.dumps(data, default=str))
        for stored in watched(self._reader, EVERYTHING, progress):
            message = stored.message
            if (text := text_of(message.payload)) is not None:
                self._note_in(text)
            for name, value in () if message.properties is None else message.properties.user_properties:
                self._note((name,), value)

    def _note_in(self, text: str) -> None:
        """Adds the secrets in a text, whether it is JSON or not."""
        try:
            document = _parsed(text)
            if document is not None:
                rewritten(document, str, self._note)
                return
        except RecursionError:
            pass
        for name, value in self._named.texts(text):
            self._places.add(value, name)

    def _note(self, fields: tuple[str, ...], value: Any) -> Any:
        if isinstance(value, str) and not isinstance(value, Literal):
            if kind := self._hidden(fields):
                self._places.add(value, kind)
            else:
                self._note_in(value)
        return value

    def _hidden(self, fields: tuple[str, ...]) -> str:
        """The outermost of these fields that is hidden; empty if none is."""
        return next((name for name in fields if name in self._fields), "")

    def _message(self, message: Message) -> Message:
        topic = self._topics.get(message.topic)
        if topic is None:
            topic = self._topics[message.topic] = self._places.text(message.topic)
        return message._replace(
            topic=topic, payload=self._payload(message.payload), properties=self._properties(message.properties)
        )

    def _payload(self, payload: bytes) -> bytes:
        text = text_of(payload)
        if text is None:
            picture = self._rules.pictures and picture_of(payload) is not None
            return PICTURE if picture else self._places.data(payload)
        clean = self._string(text)
        return payload if clean == text else clean.encode()

    def _value(self, fields: tuple[str, ...], value: Any) -> Any:
        if isinstance(value, Literal):
            kind = self._hidden(fields) or ("text" if self._places.hides(value) else "")
            return Literal(self._places.number(value, kind)) if kind else value
        return self._string(value) if isinstance(value, str) else value

    def _string(self, text: str) -> str:
        """The same text without what is hidden, inside of it, too, if it is JSON itself."""
        if self._rules.pictures and (start := _picture_start(text)) is not None:
            return f"{'data:image/png;base64,' if start else ''}{_PICTURE_TEXT}"
        if (whole := self._places.whole(text)) is not None:
            return whole
        try:
            document = _parsed(text)
            if document is not None:
                clean = rewritten(document, self._places.text, self._value)
                return text if clean == document else style_of(document, text).write(clean)
        except RecursionError:
            pass  # nested deeper than can be followed: as text
        if self._rules.pictures:
            text = _PICTURE_INSIDE.sub(f"data:image/png;base64,{_PICTURE_TEXT}", text)
        return self._places.text(self._named.replaced(text, self._places.value, self._places.number))

    def _properties(self, properties: Properties | None) -> Properties | None:
        if properties is None:
            return None
        clean, data = self._string, properties.correlation_data
        return replace(
            properties,
            content_type=None if properties.content_type is None else clean(properties.content_type),
            response_topic=None if properties.response_topic is None else clean(properties.response_topic),
            correlation_data=None if data is None else self._payload(data),
            user_properties=tuple((clean(name), clean(value)) for name, value in properties.user_properties),
        )

    def _event(self, event: Event) -> Event:
        data = None if event.data is None else self._values(event.data)
        return replace(event, text=self._string(event.text), data=data)

    def _values(self, values: Any) -> Any:
        """JSON as Python has it, with every text in it clean."""
        if isinstance(values, Mapping):
            return {self._places.text(str(name)): self._values(value) for name, value in values.items()}
        if isinstance(values, list | tuple):
            return [self._values(value) for value in values]
        return self._string(values) if isinstance(values, str) else values


def _parsed(text: str) -> Any:
    """None for what is no JSON object, array or text. Raises RecursionError."""
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return None
    try:
        return parse(text)
    except ValueError:
        return None


def _picture_start(text: str) -> int | None:
    """Where the base64 of a picture begins; None if the text is none."""
    if len(text) < MIN_CHARS:
        return None
    start = text.find(",") + 1 if text.startswith("data:image") else 0
    try:
        data = b64decode("".join(text[start:].split()), validate=True)
    except ValueError:
        return None
    return start if picture_of(data) is not None else None
