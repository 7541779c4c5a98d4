"""Streamlit's own options: the project's config.toml and what the settings say, in whatever folder we are started."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.settings import Settings

CONFIG_FILE = Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml"
"""Streamlit itself looks for it only in the working directory and beside the script."""


def set_streamlit_options(settings: Settings) -> None:
    """Must be called before an `App` is made, which reads them."""
    from streamlit.logger import set_log_level  # only here: importing Streamlit takes a second
    from streamlit.web import bootstrap

    bootstrap.load_config_options(streamlit_options(settings))
    # Also uvicorn's: a line per request helps nobody at the terminal, and warnings speak to whoever writes pages.
    set_log_level("error")


def streamlit_options(settings: Settings) -> dict[str, object]:
    """The options by their dotted names, such as `theme.light.primaryColor`. No telemetry, whatever the file says."""
    file = tomllib.loads(CONFIG_FILE.read_text(encoding="utf-8")) if CONFIG_FILE.is_file() else {}
    return {
        **dict(_flatten("", file)),
        "server.port": settings.port,
        "server.address": settings.host,
        "server.headless": True,
        "browser.serverPort": settings.port,
        "browser.gatherUsageStats": False,
    }


def _flatten(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flatten(f"{prefix}{key}.", value)
        else:
            yield prefix + key, value
