"""What a redacted copy hides, and how the file looks that says so."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import UsageError

MAX_RULES_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class RedactionRules:
    """All of it together; nothing set hides nothing."""

    fields: tuple[str, ...] = ()
    """Names of JSON fields, at any depth. What they hold is hidden there, and its texts wherever else they occur."""
    texts: tuple[str, ...] = ()
    """Texts that are hidden wherever they occur, in upper or lower case."""
    addresses: bool = True
    """IPv4, IPv6, MAC and e-mail addresses."""
    pictures: bool = True
    """Pictures, as payloads and as base64 inside of them."""


def read_rules(path: Path) -> RedactionRules:
    """The rules in a TOML file. Raises UsageError that names the line or the key."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_RULES_BYTES).decode("utf-8")
        found = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"The rules {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The rules {path} are not valid TOML: {error}. docs/command-line.md shows an example."
        ) from error
    return rules_from(found, str(path))


def rules_from(found: dict[str, object], where: str) -> RedactionRules:
    """The rules in a table. Raises UsageError for unknown keys and for values of the wrong type."""
    known: dict[str, type] = {"fields": list, "texts": list, "addresses": bool, "pictures": bool}
    values: dict[str, object] = {}
    for key, value in found.items():
        if key not in known:
            raise UsageError(f"{where}: '{key}' is not known. There are {', '.join(known)}.")
        if not isinstance(value, known[key]):
            what = "true or false" if known[key] is bool else "a list of texts"
            raise UsageError(f"{where}: '{key}' has to be {what}.")
        if isinstance(value, list):
            if not all(isinstance(one, str) and one for one in value):
                raise UsageError(f"{where}: '{key}' has to be a list of texts, none of them empty.")
            value = tuple(value)  # noqa: PLW2901  the same, hashable
        values[key] = value
    return RedactionRules(**values)  # type: ignore[arg-type]  # checked above
