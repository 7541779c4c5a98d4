"""The files of a session that was split into parts: `x.db`, `x.part002.db`, `x.part003.db`, ..., each with its log."""

from __future__ import annotations

import re
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


def is_further_part(path: Path) -> bool:
    """Whether this is the second part of a session or a later one. One whose first part is gone stands for itself."""
    first = first_part(path)
    return first.stem != path.stem and (first.exists() or first.with_suffix(".log").exists())


def number_of(path: Path) -> int:
    """Which part this file belongs to, counted from 1."""
    found = _PART.match(path.stem)
    return int(found["number"]) if found else 1


def parts_of(db_path: Path) -> list[Path]:
    """The databases of all parts that are there, in order; of a session in one piece only its own."""
    further = [path for path in db_path.parent.glob(f"{_literal(db_path.stem)}.part*.db") if _belongs(path, db_path)]
    return [db_path, *sorted(further, key=number_of)]


def _belongs(path: Path, db_path: Path) -> bool:
    return first_part(path) == db_path and path != db_path


def _literal(stem: str) -> str:
    """The stem for `glob`, which has characters of its own."""
    return re.sub(r"([*?\[])", r"[\1]", stem)
