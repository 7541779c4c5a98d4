"""File names that every file system takes, made from whatever a user types."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.message import NS_PER_SECOND

MAX_SLUG = 60
"""Leaves room for the time stamp and suffixes within the 255 bytes of a file name, and for deep folders."""

MAX_SHOWN = 60
"""Longer names are not read to their end; the whole one is in the metadata."""

_UNSAFE = re.compile(r"[^a-z0-9]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slug(name: str) -> str:
    """Lower-case ASCII letters, digits and hyphens; never empty, at most MAX_SLUG long."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    short = _UNSAFE.sub("-", plain).strip("-")[:MAX_SLUG].strip("-")
    if not short or _RESERVED.match(short):
        return f"session-{short}".rstrip("-")
    return short


def shortened(name: str) -> str:
    """A name for a sentence: cut off after MAX_SHOWN characters, with … at the end."""
    return name if len(name) <= MAX_SHOWN else f"{name[: MAX_SHOWN - 1]}…"


def stem_for(name: str, started_ns: int) -> str:
    """`<slug>_<YYYYmmdd_HHMMSS>`, the time in UTC."""
    started = _EPOCH + timedelta(seconds=started_ns // NS_PER_SECOND)
    return f"{slug(name)}_{started:%Y%m%d_%H%M%S}"


def unique_stem(folder: Path, stem: str) -> str:
    """`stem`, or `stem-2`, `stem-3`, ... if the folder has files with that stem already."""
    candidate, number = stem, 1
    while any((folder / f"{candidate}{suffix}").exists() for suffix in (".db", ".log", ".db-wal")):
        number += 1
        candidate = f"{stem}-{number}"
    return candidate
