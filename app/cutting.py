"""New sessions out of a session: a case cut out of it, or a copy that can be shown outside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.cut import Cut, find_cut
from analysis.cut_selection import CutRequest
from analysis.progress import Progress, quiet
from analysis.redaction import Redacted
from aps.order_values import Order
from store.catalog import Catalog, SessionEntry
from store.copying import Copy, copy, copy_as
from store.reading import Reader

if TYPE_CHECKING:
    from analysis.redaction_rules import RedactionRules


def pictures_of(order: Order) -> tuple[int, ...]:
    """The messages with the pictures of its quality checks: no id in them says whose they are."""
    return tuple(step.evidence.picture.id for step in order.steps if step.evidence.picture is not None)


def cut_out(
    catalog: Catalog, reader: Reader, request: CutRequest, title: str, target: Path | None, progress: Progress = quiet
) -> tuple[Path, Cut, bool]:
    """Writes the case as a session into the catalogue's folder, or to `target`. False: it was there already.

    Raises UsageError, StorageError, and what `progress` raises; then nothing is left behind.
    """
    cut = find_cut(reader, request, title, progress)
    present = _present(catalog, cut.id) if target is None else None
    if present is not None:
        return present.path, cut, False
    return _written(catalog, cut, target).db_path, cut, True


def redact(
    catalog: Catalog, reader: Reader, rules: RedactionRules, target: Path | None, progress: Progress = quiet
) -> tuple[Path, Redacted, bool]:
    """The same for a redacted copy of the whole session."""
    copied = Redacted(reader, rules, progress)
    present = _present(catalog, copied.metadata(None, None).id) if target is None else None
    if present is not None:
        return present.path, copied, False
    return _written(catalog, copied, target).db_path, copied, True


def _written(catalog: Catalog, source: Cut | Redacted, target: Path | None) -> Copy:
    if target is None:
        return copy(source, catalog.folder, lambda metadata: metadata)
    return copy_as(source, target.with_suffix(".db"))


def _present(catalog: Catalog, session_id: str) -> SessionEntry | None:
    """The same cut of the same session is the same: it need not be there twice."""
    return next((entry for entry in catalog.sessions() if entry.id == session_id), None)
