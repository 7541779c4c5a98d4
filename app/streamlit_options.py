"""Streamlit's own options, set by environment variables, so that they hold in whatever folder we are started."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.settings import Settings

PROJECT_FOLDER = Path(__file__).resolve().parent.parent
CONFIG_FILE = Path(".streamlit") / "config.toml"


def set_streamlit_options(settings: Settings) -> None:
    """Must be called before Streamlit is imported: it reads its options once."""
    for option, value in _own_options(settings):
        os.environ[_variable(option)] = value
    if not CONFIG_FILE.is_file():  # started elsewhere: Streamlit would not find the theme
        for option, value in _file_options(PROJECT_FOLDER / CONFIG_FILE):
            os.environ.setdefault(_variable(option), value)


def _own_options(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "server.port", str(settings.port)
    yield "server.address", settings.host
    yield "server.headless", "true"
    yield "browser.serverPort", str(settings.port)
    yield "browser.gatherUsageStats", "false"


def _file_options(file: Path) -> Iterator[tuple[str, str]]:
    if file.is_file():
        yield from _flatten("", tomllib.loads(file.read_text(encoding="utf-8")))


def _flatten(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flatten(f"{prefix}{key}.", value)
        elif isinstance(value, bool):
            yield prefix + key, str(value).lower()
        elif isinstance(value, str | int | float):
            yield prefix + key, str(value)


def _variable(option: str) -> str:
    """`theme.light.primaryColor` is STREAMLIT_THEME_LIGHT_PRIMARY_COLOR, as in Streamlit's documentation."""
    snake = "".join(f"_{letter}" if letter.isupper() else letter for letter in option)
    return "STREAMLIT_" + snake.replace(".", "_").upper()
