"""Where not to publish."""

from __future__ import annotations

from core.ports import Publisher


def why_not(publisher: Publisher) -> str | None:
    """The reason why nothing may be replayed to this publisher, or None if it may."""
    if publisher.may_publish:
        return None
    return (
        f"{publisher.label} is not marked for publishing, so nothing is replayed to it. "
        "Choose an environment that is (replay or mock)."
    )
