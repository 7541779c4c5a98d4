"""The files of a session that was split into parts: `x.db`, `x.part002.db`, `x.part003.db`, ..., each with its log."""

from __future__ import annotations

import re
from itertools import count, takewhile
from pathlib import Path
from typing import Final

_PART: Final = re.compile(r"(?P<stem>.+)\.part(?P<number>\d{3,})$")


def part_path(db_path: Path, number: int) -> Path:
    """The database of a part, counted from 1; the first one has the session's own stem."""
    return db_path if number == 1 else db_path.with_name(f"{db_path.stem}.part{number:03d}.db")


def first_part(path: Path) -> Path:
    """The `.db` of the session that this file is a part of: of a session in one piece, its own."""
    found = _PART.match(path.stem)
    return path.with_name(f"{found['stem']}.db") if found else path.with_suffix(".db")


def number_of(path: Path) -> int:
    """Which part this file belongs to, counted from 1."""
    found = _PART.match(path.stem)
    return int(found["number"]) if found else 1


def is_further_part(path: Path) -> bool:
    """Whether this is the second part of a session or a later one.

    One that misses a part before it stands for itself: so nothing that is there is ever out of sight.
    """
    first, number = first_part(path), number_of(path)
    return number > 1 and all(_exists(part_path(first, before)) for before in range(1, number))


def parts_of(db_path: Path) -> list[Path]:
    """The databases of all parts, in order, up to the first that is missing; of a session in one piece only its own."""
    further = (part_path(db_path, number) for number in count(2))
    return [db_path, *takewhile(_exists, further)]


def _exists(db_path: Path) -> bool:
    return db_path.exists() or db_path.with_suffix(".log").exists()
