"""The words for how what was recorded went, on the pages and on the command line."""

from __future__ import annotations

from typing import Final

from core.errors import UsageError
from store.metadata import Outcome

OUTCOME_WORDS: Final = {
    Outcome.OK: "OK",
    Outcome.NOT_OK: "not OK",
    Outcome.MIXED: "mixed",
    Outcome.UNKNOWN: "unknown",
}


def outcome_named(text: str) -> Outcome:
    """`not_ok`, `not-ok` or `not OK`. Raises UsageError for what is none."""
    name = text.strip().lower().replace("-", "_").replace(" ", "_")
    if name not in set(Outcome):
        raise UsageError(f"There is no outcome '{text}'. There are: {', '.join(Outcome)}.")
    return Outcome(name)
