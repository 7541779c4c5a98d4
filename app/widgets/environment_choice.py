"""Which environment the visitor looks at: chosen in the sidebar, and kept in the page's address."""

from __future__ import annotations

import streamlit as st

from app.services import Services
from app.state import ENVIRONMENT_PARAMETER, Key, chosen, environment, forget
from app.widgets.problems import hint
from app.widgets.text import shortened

LONGEST = 40
"""Characters of a wrong name that are repeated."""


def environment_choice(services: Services, page: str) -> None:
    """Draws it. What an address names is taken when its page is opened; from then on the choice is the visitor's, and
    the address follows. `page`: the one that is shown.
    """
    names, default = services.environments.names(), services.default_environment
    _arrive(page, names)
    st.session_state.setdefault(Key.ENVIRONMENT, default)
    st.segmented_control(
        "Environment",
        names,
        key=Key.ENVIRONMENT,
        required=True,
        persist_state="session",
        width="stretch",
        on_change=forget,
        args=(Key.PROBLEM, Key.ENVIRONMENT_WRONG),
        help="Which broker the pages show and use. Switching does not disturb what is recording or replaying.",
    )
    here = environment(names, default)
    if wrong := chosen(Key.ENVIRONMENT_WRONG, ""):
        named = shortened(wrong, LONGEST)
        hint(f"There is no environment '{named}', which the address names; {here} is shown instead: "
             f"choose one of {', '.join(names)}.")  # fmt: skip
    _write_address(here, default)


def _arrive(page: str, names: tuple[str, ...]) -> None:
    """Later in the same page the address is not asked: it may be an older one than what was chosen since."""
    if st.session_state.get(Key.ENVIRONMENT_PAGE) == page:
        return
    st.session_state[Key.ENVIRONMENT_PAGE] = page
    forget(Key.ENVIRONMENT_WRONG)
    linked = st.query_params.get(ENVIRONMENT_PARAMETER)
    if linked in names:
        st.session_state[Key.ENVIRONMENT] = linked
    elif linked is not None:
        st.session_state[Key.ENVIRONMENT_WRONG] = linked or "(none)"


def _write_address(here: str, default: str) -> None:
    """The one that everybody begins with is not named. Nothing is written twice: each time is a step in the history."""
    wanted = None if here == default else here
    if st.query_params.get(ENVIRONMENT_PARAMETER) == wanted:
        return
    if wanted is None:
        del st.query_params[ENVIRONMENT_PARAMETER]
    else:
        st.query_params[ENVIRONMENT_PARAMETER] = wanted
