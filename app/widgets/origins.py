"""Where each setting comes from, and how it is changed."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from app.settings import FILE_NAME, PREFIX, Settings
from mqtt.environment import without_credentials

ROWS = (
    # key in the file, flag
    ("sessions_folder", ""),
    ("environment", "--environment"),
    ("host", "--host"),
    ("port", "--port"),
    ("allow_remote", ""),
    ("mosquitto_conf", ""),
    ("sources", ""),
    ("presets", ""),
    ("min_free_mb", ""),
    ("ring.keep_s", ""),
    ("ring.before_s", ""),
    ("ring.after_s", ""),
    ("environments.live.url", ""),
    ("environments.live.may_publish", ""),
    ("environments.replay.url", ""),
    ("environments.replay.may_publish", ""),
)


def settings_file() -> Path:
    """The file that is read, whether it exists or not."""
    return Path(os.environ.get(PREFIX + "CONFIG") or FILE_NAME)


def origins(settings: Settings) -> list[tuple[str, str, str, str, str]]:
    """Key, value, where it comes from, variable and flag of every setting. Passwords are not among them."""
    in_file = _read(settings_file())
    return [(key, *_value_and_origin(settings, key, in_file), _variable(key), flag) for key, flag in ROWS]


def _read(file: Path) -> Mapping[str, object]:
    """It was read at the start, so it is valid; if it has been changed or removed since, it counts as empty."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _value_and_origin(settings: Settings, key: str, in_file: Mapping[str, object]) -> tuple[str, str]:
    value: object = settings
    for part in key.split("."):
        value = getattr(value, part)
    if key.endswith(".url"):
        value = without_credentials(str(value))
    if any(name == _variable(key) or name.startswith(_variable(key) + "__") for name in map(str.upper, os.environ)):
        return _as_toml(value), "variable"
    if _in(in_file, key):
        return _as_toml(value), "file"
    return _as_toml(value), "default" if value == _default(key) else "flag"


def _as_toml(value: object) -> str:
    """As the settings file has it, but without quotes; of a table the names in it."""
    if isinstance(value, tuple | dict):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _in(table: Mapping[str, object], key: str) -> bool:
    head, _, rest = key.partition(".")
    inner = table.get(head)
    if not rest:
        return head in table
    return isinstance(inner, Mapping) and _in(inner, rest)


def _default(key: str) -> object:
    value: object = Settings.model_construct()
    for part in key.split("."):
        value = getattr(value, part)
    return value


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace(".", "__")
