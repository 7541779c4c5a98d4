"""The messages of a session over HTTP, one stretch after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from app.api.guard import guarded
from app.api.readable import readable
from app.services import Services
from core.errors import UsageError
from core.message import Message
from core.topics import why_invalid_filter
from store.log import LineEncoder
from store.query import MessageQuery
from store.reading import Reader

MOST: Final = 10_000
"""Messages in one answer."""
LARGEST: Final = 8 * 1024 * 1024
"""Bytes of payload in one answer, unless its first message alone has more."""
MAX_FILTERS: Final = 100
LAST_CURSOR: Final = 2**63 - 1
Filters = Annotated[list[str], Query(max_length=MAX_FILTERS)]


def messages(services: Callable[[], Services]) -> APIRouter:
    """The endpoint under /sessions/{session_id}/messages. 404, 409 and 422 with the reason."""
    router = APIRouter(prefix="/sessions", dependencies=[Depends(guarded(services))])

    @router.get("/{session_id}/messages")
    def some_messages(
        session_id: str,
        after: Annotated[int, Query(ge=0, le=LAST_CURSOR)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 1_000,
        topic: Filters = [],  # noqa: B006  FastAPI copies it
        exclude: Filters = [],  # noqa: B006
    ) -> Response:
        """In the order of arrival, each as a line of the log has it.

        `next` is the `after` of what follows; null if nothing does.
        """
        query = MessageQuery(include=_checked(topic), exclude=_checked(exclude))
        with services().read_session(readable(services().catalog, session_id).path) as reader:
            found, following = _stretch(reader, query, after, limit)
        lines = LineEncoder().encode(found).rstrip(b"\n").replace(b"\n", b",\n")
        body = b'{"messages":[%b],"next":%b}' % (lines, b"null" if following is None else b"%d" % following)
        return Response(body, media_type="application/json")

    return router


def _stretch(reader: Reader, query: MessageQuery, after: int, limit: int) -> tuple[list[Message], int | None]:
    """At most so many messages behind a cursor, and the next cursor."""
    found: list[Message] = []
    size, last = 0, after
    for stored in reader.stream_stored(query, after):
        size += len(stored.message.payload)
        if found and (len(found) >= limit or size > LARGEST):
            return found, last
        found.append(stored.message)
        last = stored.id
    return found, None


def _checked(filters: list[str]) -> tuple[str, ...]:
    """Raises UsageError for one that is no topic filter."""
    for one in filters:
        if reason := why_invalid_filter(one):
            raise UsageError(f"The topic filter cannot be used: {reason}.")
    return tuple(filters)
