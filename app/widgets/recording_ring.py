"""Keep the last minutes: the ring of an environment, what it holds, and what was saved of it."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from pathlib import Path

import streamlit as st

from app import format as fmt
from app.services import Services
from app.state import Key, chosen, forget, optional_number, zone
from app.widgets.links import analyse_link
from app.widgets.live import FAST, live
from app.widgets.problems import attempt, hint, problem, succeeded
from app.widgets.text import plain, shortened
from core.message import NS_PER_SECOND
from recorder.ring_rules import Operator, RingRule
from recorder.ring_status import RingRequest, RingStatus, SavedWindow

SECONDS_PER_MINUTE = 60.0
LEAST_MINUTES, LONGEST_MINUTES = 0.01, 1_440.0
SHOWN = 5
"""Of the sessions that were saved."""


def recording_ring(services: Services, environment: str) -> None:
    """Draws switch, rules, what is held, the button that saves, and what was saved."""
    status, request = services.rings.status(environment), services.settings.ring.request()
    with st.container(border=True):
        st.subheader("Keep the last minutes", anchor=False)
        st.caption(
            "Something happens when nobody records? The ring always holds the last minutes, and makes a session of "
            "them when you say so, or by a rule."
        )
        _switch(services, environment, status, request)
        _rules(request)
        if status.active:
            live(_held, FAST, services, environment)
            _save(services, environment, status, request)
        if status.problem:
            problem(status.problem)
        _saved(services, status)


def _switch(services: Services, environment: str, status: RingStatus, request: RingRequest) -> None:
    st.session_state[Key.RING] = status.active
    if Key.RING_MINUTES not in st.session_state or status.active:
        kept = status.keep_s if status.active else request.keep_s
        st.session_state[Key.RING_MINUTES] = kept / SECONDS_PER_MINUTE
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Minutes kept", min_value=LEAST_MINUTES, max_value=LONGEST_MINUTES, step=1.0, format="%g",
                        key=Key.RING_MINUTES, disabled=status.active, width=160, persist_state="session",
                        help="At most a day. To change it, switch the ring off first.")  # fmt: skip
        st.toggle(f"Keep the last minutes of {plain(environment)}", key=Key.RING, on_change=_switched,
                  args=(services, environment, request))  # fmt: skip
    if status.active and chosen(Key.RING_ASKED, ""):
        _ask(services, environment)


def _switched(services: Services, environment: str, request: RingRequest) -> None:
    if services.rings.status(environment).active:
        st.session_state[Key.RING_ASKED] = environment
        return
    forget(Key.RING_ASKED, Key.RING_BEFORE)
    minutes = optional_number(Key.RING_MINUTES) or request.keep_s / SECONDS_PER_MINUTE
    attempt(_start, services, environment, request, minutes * SECONDS_PER_MINUTE)


def _start(services: Services, environment: str, request: RingRequest, keep_s: float) -> None:
    before_s = min(request.before_s, keep_s)
    services.start_ring(environment, replace(request, keep_s=keep_s, before_s=before_s))


def _ask(services: Services, environment: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(":orange[:material/warning: Switching it off throws away what it holds.]")
        st.button("Switch it off", key=Key.RING_END, on_click=_end, args=(services, environment))
        st.button("Leave it on", key=Key.RING_GO_ON, type="primary", on_click=forget, args=(Key.RING_ASKED,))


def _end(services: Services, environment: str) -> None:
    forget(Key.RING_ASKED)
    attempt(services.rings.stop, environment)


def _rules(request: RingRequest) -> None:
    if not request.rules:
        st.caption("No rules: it saves when you say so. Rules are written into the settings file, under ring.rules.")
        return
    window = f"{fmt.duration(request.before_s)} before and {fmt.duration(request.after_s)} after"
    st.caption(f"It saves {window} when one of these rules comes true:")
    st.markdown("\n".join(f"- **{plain(rule.name)}**: {plain(in_words(rule))}" for rule in request.rules))


def in_words(rule: RingRule) -> str:
    """`state of module/v1/ff/+/state equals FAILED`."""
    if rule.operator is Operator.SILENT:
        return f"nothing on {rule.topic_filter} for {rule.value} s"
    what = f"{rule.field} of {rule.topic_filter}" if rule.field else rule.topic_filter
    words = {
        Operator.EQUALS: "equals",
        Operator.DIFFERS: "differs from",
        Operator.CONTAINS: "contains",
        Operator.ABOVE: "is above",
        Operator.BELOW: "is below",
    }
    return f"{what} {words[rule.operator]} {rule.value}"


def _held(services: Services, environment: str) -> None:
    status, now_ns = services.rings.status(environment), services.clock.now_ns()
    if status.since_ns is not None:
        held = fmt.duration(max(0, now_ns - status.since_ns) / NS_PER_SECOND)
        st.markdown(
            f"Holds the last **{held}**, since {plain(fmt.moment(status.since_ns, zone()))}: "
            f"**{fmt.messages(status.messages)}**, {fmt.size(status.bytes)}"
        )
    if status.in_gap:
        hint("There is no connection to the broker. It is tried again.")
    if status.saving_until_ns is not None:
        left_s = max(0, status.saving_until_ns - now_ns) / NS_PER_SECOND
        until = f"complete in {fmt.duration(left_s)}" if left_s else "it is being written"
        st.markdown(f":primary[:material/save:] **Saving**, {until}: {plain(shortened(status.saving_reason))}")


def _save(services: Services, environment: str, status: RingStatus, request: RingRequest) -> None:
    most = status.keep_s / SECONDS_PER_MINUTE
    wanted = optional_number(Key.RING_BEFORE) or request.before_s / SECONDS_PER_MINUTE or most
    st.session_state[Key.RING_BEFORE] = max(LEAST_MINUTES, min(readable(wanted), most))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name of the session", key=Key.RING_NAME, placeholder="e.g. gripper jams", width=260)
        before = st.number_input("Minutes before now", min_value=LEAST_MINUTES, max_value=most, step=1.0, format="%g",
                                 key=Key.RING_BEFORE, width=160, persist_state="session")  # fmt: skip
        st.number_input("Seconds after now", min_value=0, max_value=86_400, step=5, key=Key.RING_AFTER, width=150,
                        persist_state="session")  # fmt: skip
        st.button(f"Save the last {in_minutes(before)}", key=Key.RING_SAVE, type="primary", icon=":material/save:",
                  on_click=_save_now, args=(services, environment),
                  disabled=status.saving_by_hand)  # fmt: skip


def readable(minutes: float) -> float:
    """Hundredths, rather a little more than less: the settings count in seconds, and 10 s are 0.1666... minutes."""
    return ceil(round(minutes * 100, 6)) / 100


def in_minutes(minutes: float) -> str:
    """`10 s`, `1 minute`, `2.5 minutes`."""
    if minutes < 1:
        return fmt.duration(round(minutes * SECONDS_PER_MINUTE))
    return f"{minutes:.4g} {'minute' if minutes == 1 else 'minutes'}"


def _save_now(services: Services, environment: str) -> None:
    before_s = (optional_number(Key.RING_BEFORE) or 0.0) * SECONDS_PER_MINUTE
    after_s = optional_number(Key.RING_AFTER) or 0.0
    if succeeded(services.rings.save, environment, chosen(Key.RING_NAME, "").strip(), before_s, after_s):
        st.session_state[Key.RING_NAME] = ""


def _saved(services: Services, status: RingStatus) -> None:
    if not status.saved:
        return
    ids = {entry.path.stem: (entry.id, entry.name) for entry in services.catalog.sessions()}
    st.caption("Saved, newest first")
    for window in sorted(status.saved, key=lambda one: one.at_ns, reverse=True)[:SHOWN]:
        _window(window, *ids.get(Path(window.stem).name, ("", "")))


def _window(window: SavedWindow, session_id: str, name: str) -> None:
    at = fmt.moment(window.at_ns, zone())
    with st.container(horizontal=True, vertical_alignment="center"):
        if window.problem:
            hint(f"{at}, {window.reason}: {window.problem}")
        elif session_id:
            st.markdown(f"{plain(shortened(name))} · {plain(at)}", width="stretch")
            analyse_link(session_id)
        else:
            st.caption(plain(f"{at}, {window.reason}: the session has been deleted."))
