"""What the commands need from the global options: the settings and the catalogue of sessions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:  # imported on use: `session-manager --help` needs neither
    from app.settings import Settings
    from store.catalog import Catalog, SessionEntry


@dataclass(frozen=True, slots=True)
class Options:
    """The options in front of the command."""

    config: Path | None = None
    sessions_folder: Path | None = None


def settings(context: typer.Context, **flags: Any) -> Settings:
    """The settings, in which the global options and `flags` that are not None come first. Raises SettingsError."""
    from app.settings import load_settings

    options: Options = context.obj
    return load_settings(options.config, sessions_folder=options.sessions_folder, **flags)


def catalog(context: typer.Context, folder: Path | None = None) -> Catalog:
    """The sessions in `folder`, or in the folder of the settings."""
    from store.catalog import Catalog

    return Catalog(folder or settings(context).sessions_folder)


def find(context: typer.Context, session: str) -> SessionEntry:
    """The session that a SESSION argument means. Raises SessionNotFound."""
    return catalog(context).find(session)


def find_readable(context: typer.Context, session: str) -> SessionEntry:
    """The same, but raises SessionFileError with what is wrong with it if it cannot be read."""
    from core.errors import SessionFileError

    entry = find(context, session)
    if entry.problem:
        raise SessionFileError(entry.problem)
    return entry
