"""How a session is replayed: what most people change is to be seen, the rest opens, and says in a line what is set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import streamlit as st

from app import format as fmt
from app.services import Services
from app.state import Key, chosen
from app.widgets.cached import span_of, stamp_of
from app.widgets.problems import hint
from app.widgets.replay_form_delivery import AS_RECORDED, delivery_fields, delivery_summary, with_delivery
from app.widgets.replay_form_playlist import (
    IN_TURN,
    further_sessions,
    playlist_fields,
    playlist_summary,
    with_playlist,
)
from app.widgets.replay_form_range import (
    range_belongs_to,
    range_fields,
    repetition_fields,
    repetition_summary,
    with_range,
)
from app.widgets.replay_form_speed import ORIGINAL, speed_fields, with_speed
from app.widgets.replay_form_times import UNCHANGED, time_fields, time_summary, with_times
from app.widgets.replay_form_topics import (
    filter_fields,
    filter_summary,
    naming_fields,
    naming_summary,
    with_topics,
)
from app.widgets.replay_rules import NO_RULES, barrier_fields, fault_fields, rule_summary, with_rules
from app.widgets.replay_single import single_messages
from app.widgets.replay_state import AUTOMATIC, check_folder, state_fields, state_summary, with_state
from app.widgets.text import parts
from core.message import NS_PER_SECOND
from replay.schedule import query_of, why_invalid
from replay.status import ReplayRequest, StateBefore
from store.catalog import SessionEntry

USUAL: Mapping[Key, object] = MappingProxyType(
    {
        Key.REPLAY_SPEED: ORIGINAL,
        **dict.fromkeys((Key.REPLAY_FROM, Key.REPLAY_TO, Key.REPLAY_MAX_GAP), None),
        Key.REPLAY_LOOP: 1,
        Key.REPLAY_LOOP_PAUSE: 0.0,
        Key.REPLAY_MORE: [],
        Key.REPLAY_MERGED: IN_TURN,
        **dict.fromkeys((Key.REPLAY_INCLUDE, Key.REPLAY_EXCLUDE, Key.REPLAY_REMAP, Key.REPLAY_PREFIX), ""),
        **dict.fromkeys((Key.REPLAY_QOS, Key.REPLAY_RETAIN), AS_RECORDED),
        Key.REPLAY_SHIFT: UNCHANGED,
        Key.REPLAY_STATE: AUTOMATIC,
        **dict.fromkeys((Key.REPLAY_SHIFT_FIELDS, Key.REPLAY_BARRIERS, Key.REPLAY_FAULTS), ""),
        Key.REPLAY_SEED: 0,
        **dict.fromkeys((Key.REPLAY_FOR_EVER, Key.REPLAY_CLEAR, Key.REPLAY_PAUSED, Key.REPLAY_PROVE), False),
    }
)
"""What the fields hold when nobody has touched them."""


def replay_form(services: Services, entry: SessionEntry, environment: str) -> None:
    """Every field may stay as it is: then the whole session is replayed as it was recorded."""
    range_belongs_to(entry)
    request = _without_rules(services, entry)
    speed_fields()
    range_fields(entry)
    _remaining(services, entry, request)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.checkbox("Start paused", key=Key.REPLAY_PAUSED, persist_state="session",
                    help="It waits before the first message, to be stepped through.")  # fmt: skip
        st.checkbox("Prove the delivery", key=Key.REPLAY_PROVE, persist_state="session",
                    help="A second, independent client subscribes and checks every delivered message. The report "
                    "becomes a certificate.")  # fmt: skip
        if any(st.session_state.get(key, usual) != usual for key, usual in USUAL.items()):
            st.button("Everything as usual", key=Key.REPLAY_DEFAULTS, icon=":material/restart_alt:", type="tertiary",
                      on_click=_as_usual, help="The whole session, once, as it was recorded.")  # fmt: skip
    _sections(services, entry, environment, request)


def _as_usual() -> None:
    st.session_state.update({str(key): usual for key, usual in USUAL.items()})


def _sections(services: Services, entry: SessionEntry, environment: str, request: ReplayRequest) -> None:
    usual, now_ns = ReplayRequest(entry.path), services.clock.now_ns()

    def section(label: str, summary: Callable[[ReplayRequest], str], icon: str, draw: Callable[[], None]) -> None:
        _section(label, summary(request), icon, draw, changed=summary(request) != summary(usual))

    with st.container(gap="xsmall"):
        section("Repetitions and silences", repetition_summary, "repeat", repetition_fields)
        section("Topics", filter_summary, "filter_alt", filter_fields)
        section("Names of the topics", naming_summary, "edit", partial(naming_fields, entry, request))
        section("QoS and retain flag", delivery_summary, "local_shipping", delivery_fields)
        section("Times in payloads", time_summary, "schedule", partial(time_fields, entry, request, now_ns))
        section("Before the first message", state_summary, "start", partial(state_fields, request))
        section("Further sessions", playlist_summary, "playlist_play", partial(playlist_fields, services))
        rules = rule_summary()
        _section("Waiting and faults on purpose", rules, "bug_report", _rules, changed=rules != NO_RULES)
        has_folder = request.state is StateBefore.FOLDER
        _section("Send a single test message", "by hand", "send",
                 partial(single_messages, services, environment, with_folder=not has_folder))  # fmt: skip


def _section(label: str, summary: str, icon: str, draw: Callable[[], None], *, changed: bool = False) -> None:
    """By its key the browser knows it again when its summary changes, so that it stays open."""
    colour = "primary" if changed else "gray"
    words = f"{label} :{colour}[· {summary}]"
    with st.expander(words, key=f"{Key.REPLAY_SECTION}-{label}", icon=f":material/{icon}:"):
        draw()


def _rules() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        barrier_fields()
    with right:
        fault_fields()


def _remaining(services: Services, entry: SessionEntry, request: ReplayRequest) -> None:
    """How many messages are left of how many, and how long they take."""
    if why_invalid(request) or entry.summary is None:
        return  # what is wrong is said where it was typed
    sessions = [entry, *further_sessions(services)]
    total, left, lasts_s = 0, 0, 0.0
    for one in sessions:
        started_ns = one.metadata.started_ns if one.metadata else 0
        span = span_of(one.path, stamp_of(one), query_of(request, started_ns))
        total += one.summary.messages if one.summary else 0
        left += span.messages
        length_s = (span.last_ns - span.first_ns) / NS_PER_SECOND
        lasts_s = max(lasts_s, length_s) if request.merged else lasts_s + length_s
    if not left:
        what = "lies in this part and on these topics: choose more of it" if total else "was recorded: choose another"
        hint(f"No message of this session {what}.")
        return
    count = f"All {fmt.messages(total)}" if left == total else f"{fmt.number(left)} of {fmt.messages(total)}"
    st.caption(parts(f":material/mail: {count}", *_how_long(request, lasts_s)))


def _how_long(request: ReplayRequest, lasts_s: float) -> list[str]:
    """The length of one pass, in the session's time and at the chosen speed."""
    words = [f"{fmt.duration(lasts_s)} of the session"]
    if request.speed is None:
        words.append("as fast as the broker confirms")
    elif request.speed != 1:
        words.append(f"{fmt.duration(lasts_s / request.speed)} at {fmt.speed(request.speed)}")
    if request.max_gap_s is not None:
        words.append("less where it was silent")
    if request.loop != 1:
        words.append("for ever" if request.loop is None else f"{fmt.number(request.loop)} times")
    return words


def _without_rules(services: Services, entry: SessionEntry) -> ReplayRequest:
    """What the form says, but for the rules, which may be wrong."""
    request = with_playlist(services, ReplayRequest(entry.path))
    for section in (with_speed, with_range, with_topics, with_delivery, with_times, with_state):
        request = section(request)
    return request


def replay_request(services: Services, entry: SessionEntry) -> ReplayRequest:
    """What the form says. Raises UsageError for what cannot be understood."""
    request = with_rules(_without_rules(services, entry))
    check_folder(request)
    return replace(request, paused=chosen(Key.REPLAY_PAUSED, default=False))


def wants_proof() -> bool:
    """Whether a second client is to check the delivery."""
    return chosen(Key.REPLAY_PROVE, default=False)
