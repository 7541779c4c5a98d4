"""A copy of a session that can be shown outside: what is hidden in it, and the button that makes it."""

from __future__ import annotations

import streamlit as st

from analysis.progress import Progress
from analysis.redaction_rules import RedactionRules
from app import format as fmt
from app.cutting import redact
from app.services import get_services
from app.state import Key
from app.widgets.cutting import Made, button_and_result, result_of
from store.catalog import SessionEntry
from store.reading import Reader


def redact_popover(entry: SessionEntry) -> None:
    """A button that opens the choice of what is hidden."""
    with st.popover("Redacted copy", icon=":material/visibility_off:"):
        st.caption("The whole session once more, to be shown outside: with placeholders for what is not for everybody.")
        fields = st.text_area("Hide what these fields hold, one name a line", key=Key.CUT_FIELDS, height=80,
                              placeholder="serialNumber")  # fmt: skip
        texts = st.text_area("Hide these texts, one a line", key=Key.CUT_TEXTS, height=80)
        addresses = st.checkbox("Hide addresses (IP, MAC, e-mail)", value=True, key=Key.CUT_ADDRESSES)
        pictures = st.checkbox("Hide pictures", value=True, key=Key.CUT_PICTURES)
        rules = RedactionRules(_lines(fields), _lines(texts), addresses, pictures)
        button_and_result(entry, f"{entry.id}-{rules}", Key.REDACT_START, lambda: _copy(entry, rules))


def _copy(entry: SessionEntry, rules: RedactionRules) -> None:
    def make(reader: Reader, progress: Progress) -> Made:
        path, done, fresh = redact(get_services().catalog, reader, rules, None, progress)
        changed = f"{fmt.messages(done.changed)} changed" if fresh else "it was there already"
        return get_services().catalog.find(str(path)).id, f"The copy is in the sessions folder: {changed}."

    result_of(entry, make, rules, doing="Making the copy…")


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
