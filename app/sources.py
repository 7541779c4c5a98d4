"""Where recordings are made: the names of the settings, and "Unknown"."""

from __future__ import annotations

from app.settings import Settings
from store.metadata import UNKNOWN_SOURCE


def known_sources(settings: Settings) -> tuple[str, ...]:
    """What can be chosen, "Unknown" first."""
    return (UNKNOWN_SOURCE, *settings.sources)


def as_known(source: str, settings: Settings) -> str:
    """A known source however it was typed; any other as it is, and "Unknown" for an empty one."""
    typed = source.strip()
    return next((known for known in known_sources(settings) if known.casefold() == typed.casefold()), typed) or (
        UNKNOWN_SOURCE
    )
