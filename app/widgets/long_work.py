"""Results that take longer than a page may: computed in the background, with progress and a way to cancel."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

import streamlit as st

from analysis.progress import Progress
from app import format as fmt
from app.background_work import WorkStatus
from app.services import get_services
from app.state import Key
from app.widgets.cached import stamp_of
from app.widgets.problems import problem
from app.widgets.text import plain
from core.errors import SessionManagerError
from store.catalog import SessionEntry
from store.parts import open_session
from store.reading import Reader

T = TypeVar("T")

FIRST_WAIT_S = 0.3
"""So long the page itself waits: short work then needs no progress bar that would only flash."""
POLL_S = 0.5


def computed(
    name: str,
    entry: SessionEntry,
    compute: Callable[[Reader, Progress], T],
    *parameters: Hashable,
    doing: str,
    wait_s: float | None = None,
) -> T | None:
    """What `compute` returns, kept for as long as session, `name` and `parameters` stay the same.

    `name` says what is computed and must differ from all others; `compute` may depend on nothing but its arguments and
    `parameters`. It runs in a thread of its own, so it must not use Streamlit. None until it is there, or when it was
    cancelled or failed: the page then says so itself, and runs again when the result has come. `doing` is a sentence
    of our own: "Reading the orders…"; `wait_s` is how long the page itself waits for it, None: FIRST_WAIT_S.
    The result is shared between visitors and must not be changed.
    """
    key: Hashable = (name, entry.path, parameters)
    stamp = stamp_of(entry)

    def run(progress: Progress) -> T:
        with open_session(entry.path) as reader:
            return compute(reader, progress)

    def status(wait_s: float = 0.0) -> WorkStatus:
        changing = entry.recording
        return get_services().work.status(key, stamp, run, changing=changing, wait_s=wait_s)

    found = status(FIRST_WAIT_S if wait_s is None else wait_s)
    if found.ended and found.error is None and not found.cancelled:
        return cast("T", found.result)
    _without_result(key, found, status, doing)
    return None


def _without_result(key: Hashable, found: WorkStatus, status: Callable[[], WorkStatus], doing: str) -> None:
    """Why there is none, and what can be done about it."""
    if not found.ended:
        _watch(key, status, doing)
    elif found.error is not None:
        _failed(key, found.error)
    else:
        st.caption(":material/cancel: Cancelled.")
        _again(key, "Start again")


def abandon(name: str, entry: SessionEntry, *parameters: Hashable) -> None:
    """Ends what `computed` has begun and has not ended: this visitor does not want it any more."""
    get_services().work.abandon((name, entry.path, parameters))


def _watch(key: Hashable, status: Callable[[], WorkStatus], doing: str) -> None:
    """How far it is, until it has ended; then the page runs again."""

    @st.fragment(run_every=POLL_S)
    def watch() -> None:
        found = status()
        if found.ended:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(found.part, text=_words(found, doing))
            st.button("Cancel", key=f"{Key.WORK_CANCEL}-{hash(key)}", icon=":material/cancel:",
                      on_click=get_services().work.cancel, args=(key,))  # fmt: skip

    watch()


def _words(found: WorkStatus, doing: str) -> str:
    if not found.total:
        return plain(doing)
    return f"{plain(doing)} {fmt.number(found.done)} of {fmt.messages(found.total)} ({100 * found.part:.0f} %)"


def _failed(key: Hashable, error: BaseException) -> None:
    if not isinstance(error, SessionManagerError):
        raise error
    problem(str(error))
    _again(key, "Try again")


def _again(key: Hashable, label: str) -> None:
    st.button(label, key=f"{Key.WORK_AGAIN}-{hash(key)}", icon=":material/refresh:",
              on_click=get_services().work.forget, args=(key,))  # fmt: skip
