"""What may be missing in a session, as `info` prints it."""

from __future__ import annotations

from typing import Final

from app import format as fmt
from app.cli.session_shapes import info_json
from app.losses import LossReport, loss_report
from store.catalog import SessionEntry
from store.naming import shortened
from store.parts import open_session

MANY: Final = 5
"""More gaps or counters are not named: `info --json` names them all."""


def info_with_losses(entry: SessionEntry, report: LossReport | None) -> dict[str, object]:
    """One session, as `info` and `record` print it."""
    return {**info_json(entry), "losses": None if report is None else report.to_json()}


def report_on(entry: SessionEntry, *, thorough: bool) -> LossReport | None:
    """None for a session that cannot be read."""
    if entry.problem or entry.summary is None:
        return None
    with open_session(entry.path) as reader:
        return loss_report(reader, thorough=thorough)


def fields_of(report: LossReport | None) -> list[tuple[str, str]]:
    """Name and text of each line; an empty text is nothing to show."""
    if report is None:
        return []
    gaps = [f"{fmt.duration(gap.duration_s)} at {fmt.duration(gap.start_s)}" for gap in report.gaps]
    jumps = [
        f"{one.missing:,} of '{shortened(one.field)}' on {shortened(one.topic)}"
        for one in report.sequences or ()
        if one.missing
    ]
    numbers = "not looked for in a session of this length: --numbers does" if report.sequences is None else _few(jumps)
    return [("Gaps lasted", _few(gaps)), ("Numbers left out", numbers), ("Losses", report.verdict)]


def _few(texts: list[str]) -> str:
    more = f"; and {len(texts) - MANY:,} more" if len(texts) > MANY else ""
    return "; ".join(texts[:MANY]) + more
