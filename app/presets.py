"""Exclusion presets: what a recording may leave out, by names of the factory and of the settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.settings import Settings
from app.settings_types import preset_name
from aps.presets import PRESETS
from core.errors import UsageError


def presets(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The topic filters of every preset, by name. One of the settings takes the place of the factory's."""
    return {**PRESETS, **settings.presets}


def left_out(names: Iterable[str], known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The filters of these presets together, each once. Raises UsageError for a name that none has."""
    filters: list[str] = []
    for name in names:
        if preset_name(name) not in known:
            raise UsageError(f"There is no preset '{name}'. There are: {', '.join(known)}.")
        filters += known[preset_name(name)]
    return tuple(dict.fromkeys(filters))
