"""Verify a session, and rebuild one of its files from the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What `verify` found."""

    ok: bool
    problems: list[str]


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """What was rebuilt."""

    path: Path
    messages: int
    problems: list[str]


def verify(path: Path) -> VerifyResult:
    """Compares both files of a session with each other and with themselves. `path` is either of them."""
    raise NotImplementedError


def rebuild_log(db: Path) -> RebuildResult:
    """Writes the `.log` anew from the `.db`, replacing what is there."""
    raise NotImplementedError


def rebuild_db(log: Path) -> RebuildResult:
    """Writes the `.db` anew from the `.log`, replacing what is there."""
    raise NotImplementedError
