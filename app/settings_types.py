"""Settings that are lists and tables of texts: what is checked of them, and how they are put in order."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from core.topics import why_invalid_filter
from store.metadata import UNKNOWN_SOURCE


def preset_name(text: str) -> str:
    """How a preset is called however it was typed: `No camera` is `no-camera`."""
    return "-".join(text.lower().replace("_", " ").replace("-", " ").split())


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("it must not be empty")
    return text.strip()


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Each once; "Unknown" can be chosen anyway."""
    return tuple(dict.fromkeys(name for name in names if name.casefold() != UNKNOWN_SOURCE.casefold()))


def _filter(text: str) -> str:
    reason = why_invalid_filter(text)
    if reason:
        raise ValueError(reason)
    return text


def _filters(filters: tuple[str, ...]) -> tuple[str, ...]:
    if not filters:
        raise ValueError("it must have at least one topic filter")
    return tuple(dict.fromkeys(filters))


def _by_name(presets: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for given, filters in presets.items():
        name = preset_name(given)
        if not name:
            raise ValueError("a preset needs a name")
        if name in found:
            raise ValueError(f"there are two presets called {name}")
        found[name] = filters
    return found


Names = Annotated[tuple[Annotated[str, AfterValidator(_name)], ...], AfterValidator(_names)]
TopicFilters = Annotated[tuple[Annotated[str, AfterValidator(_filter)], ...], AfterValidator(_filters)]
Presets = Annotated[dict[str, TopicFilters], AfterValidator(_by_name)]
