"""The one place where the pages catch errors: what went wrong becomes one sentence on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from app.state import Key, chosen, forget, optional_number
from app.widgets.text import plain
from core.errors import SessionManagerError


@contextmanager
def problems_shown() -> Iterator[None]:
    """An expected error inside becomes a red box in its place; what follows on the page is still drawn."""
    try:
        yield
    except SessionManagerError as error:
        problem(str(error))


def why_failed(action: Callable[..., object], *args: object) -> str:
    """Does something. Returns the sentence of an expected error, or an empty text if it went well."""
    try:
        action(*args)
    except SessionManagerError as error:
        return str(error)
    return ""


def attempt(action: Callable[..., object], *args: object) -> None:
    """For callbacks: does something, and keeps an expected error for `last_problem`."""
    succeeded(action, *args)


def steer(runs: Callable[[], bool], action: Callable[..., object], *args: object) -> None:
    """Like `attempt`, for what may end by itself before the click arrives: a click that comes too late is no error."""
    steered(runs, action, *args)


def steered(runs: Callable[[], bool], action: Callable[..., object], *args: object) -> bool:
    """Like `steer`, and tells whether it went well.

    `runs` tells whether there still is something to steer.
    """
    if runs() and succeeded(action, *args):
        return True
    if not runs():
        forget(Key.PROBLEM)
        st.toast("It had ended already.", icon=":material/info:")
    return False


def succeeded(action: Callable[..., object], *args: object) -> bool:
    """Like `attempt`, and tells whether it went well."""
    st.session_state[Key.PROBLEM] = why_failed(action, *args)
    return not st.session_state[Key.PROBLEM]


def problem_belongs_to(page: str) -> None:
    """Forgets the last problem when the visitor has gone to another page."""
    if st.session_state.get(Key.PAGE) != page:
        forget(Key.PROBLEM)
        st.session_state[Key.PAGE] = page


def last_problem() -> None:
    """Shows why the visitor's last action failed, until the next action or page."""
    text = chosen(Key.PROBLEM, "")
    if text:
        problem(text)


def problem(sentence: str) -> None:
    """A sentence in a red box."""
    st.error(plain(sentence), icon=":material/error:")


def hint(sentence: str) -> None:
    """A sentence in an orange box: it works, but look at this."""
    st.warning(plain(sentence), icon=":material/warning:")


def reversed_hint(start: Key, end: Key) -> bool:
    """Says so, and is True, if the seconds of two fields are not a stretch of time."""
    start_s, end_s = optional_number(start), optional_number(end)
    if start_s is None or end_s is None or start_s < end_s:
        return False
    hint(f"From ({start_s:g} s) is not before To ({end_s:g} s), so no message lies between them.")
    return True
