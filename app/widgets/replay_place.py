"""Where a running replay goes next: the slider, the marks below it, a typed time, the next message of a topic."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import streamlit as st

from app import format as fmt
from app.replay_words import moved_into_range
from app.services import Services
from app.state import Key, chosen, optional_number
from app.widgets.problems import steer
from app.widgets.replay_marks import named, replay_marks
from app.widgets.text import plain
from replay.landmarks import Landmarks, landmarks_of
from replay.marks import Mark
from replay.status import ReplayRequest, ReplayState, ReplayStatus

MOST_STOPS: Final = 600
"""Places of the slider: about one for each of its pixels."""
STEPS_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0)
NOTHING: Final = Landmarks((), ())


def moved(*action: Any) -> None:
    """Like `problems.steer`; afterwards the slider is made anew, at the place that the replay has come to.

    It does not follow the replay by itself: it would slip out of the hand that drags it. That is what the progress bar
    above it is for. It is not merely set, either: a page on which somebody clicks before it has drawn the new place
    still sends the old one, and that would count as a seek.
    """
    steer(*action)
    _make_anew()


_SLIDER_NUMBER: Final = f"{Key.REPLAY_SEEK}_number"
_SHOWN: Final = f"{Key.REPLAY_SEEK}_shown"
"""What each of the newest sliders has shown, by its key."""
MOST_SHOWN: Final = 8
_STATE: Final = f"{Key.REPLAY_SEEK}_state"
"""That of the replay when the slider was drawn last."""
_BEGINS: Final = f"{Key.REPLAY_SEEK}_begins"
"""Where the present slider stood when it was made: its default, so that it stands there even in a browser that was not
given its first drawing, because another followed at once."""
_JUMPS: Final = f"{Key.REPLAY_MARK}_number"


def _make_anew() -> None:
    st.session_state[_SLIDER_NUMBER] = chosen(_SLIDER_NUMBER, 0) + 1


def _slider_key(status: ReplayStatus) -> str:
    return f"{_of_run(status)}{status.state}-{chosen(_SLIDER_NUMBER, 0)}"


def _of_run(status: ReplayStatus) -> str:
    """How the keys of its sliders begin."""
    return f"{Key.REPLAY_SEEK}-{status.run_id}-"


def replay_place(services: Services, status: ReplayStatus) -> None:
    """Draws it, outside of fragments."""
    asked = services.last_replay()
    request = asked.request if asked is not None and asked.run_id == status.run_id else None
    known = NOTHING if request is None else _landmarks(status.run_id, request)
    if status.duration_s > status.start_s:
        _slider(services, status)
        replay_marks(known.marks, status)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if known.marks:
            _mark_list(services, known.marks)
        _typed(services)
        _topics(services, known.topics)


@st.cache_data(max_entries=16, show_spinner=False)  # it takes no time that a person would notice
def _landmarks(run_id: str, _request: ReplayRequest) -> Landmarks:  # noqa: ARG001 - only for the key
    """Of one run: what is added to a session while it is replayed is not played."""
    return landmarks_of(_request)


def _runs(services: Services) -> bool:
    return services.player.status().active


def _seek(services: Services, position_s: float) -> None:
    moved(partial(_runs, services), services.player.seek, position_s)


def _slider(services: Services, status: ReplayStatus) -> None:
    stops = stops_of(status.start_s, status.duration_s)
    present = _nearest(stops, status.position_s)
    if chosen(_STATE, str(status.state)) != status.state:
        _make_anew()  # also by somebody else; a browser would show what a slider of this key has shown before
    st.session_state[_STATE] = str(status.state)
    if status.state is ReplayState.PAUSED and optional_number(_slider_key(status)) not in (None, present):
        _make_anew()  # it was taken elsewhere from another browser
    key = _slider_key(status)
    if key not in st.session_state:
        st.session_state[_BEGINS] = present
    begins = chosen(_BEGINS, present)  # as long as it is drawn: a default that moves would count as a choice
    _note_shown(key, chosen(key, begins))
    st.select_slider("Go to", stops, begins, format_func=position_words, key=key,
                     on_change=_slid, args=(services, key),
                     help="Where the replay is now is shown by the bar above. This chooses where it goes, and puts "
                     "the broker into the state of that moment.")  # fmt: skip


def _slid(services: Services, key: str) -> None:
    """The slider stays as it is, where the hand has put it.

    What it showed already does not count: a browser that has not yet taken away what it left sends that once more. One
    that has been made anew meanwhile, because somebody has paused, counts: the hand was quicker than the page.
    """
    status, place = services.player.status(), optional_number(key)
    if place is None or _shown().get(key, place) == place or not key.startswith(_of_run(status)):
        return
    _note_shown(key, place)
    go = steer if key == _slider_key(status) else moved
    go(partial(_runs, services), services.player.seek, place)


def again(services: Services) -> None:
    """Goes once more to where the slider stands: for the browser a click there is no choice."""
    if place := [shown for key, shown in _shown().items() if key.startswith(_of_run(services.player.status()))][-1:]:
        _seek(services, place[0])


def _shown() -> dict[str, float]:
    return chosen(_SHOWN, {})


def _note_shown(key: str, place: float) -> None:
    others = [(other, shown) for other, shown in _shown().items() if other != key]
    st.session_state[_SHOWN] = dict([*others, (key, place)][-MOST_SHOWN:])


def stops_of(start_s: float, end_s: float) -> list[float]:
    """The places of the slider, in seconds since the session's start: both ends, and round ones between them."""
    span_s = end_s - start_s
    step_s = next((step for step in STEPS_S if span_s <= step * MOST_STOPS), span_s / MOST_STOPS)
    first, last = int(start_s / step_s) + 1, int(end_s / step_s)
    between = [round(number * step_s, 3) for number in range(first, last + 1)]
    return [start_s, *(stop for stop in between if start_s < stop < end_s), end_s]


def _nearest(stops: list[float], position_s: float) -> float:
    return min(stops, key=lambda stop: abs(stop - position_s))


def position_words(seconds: float) -> str:
    """`0:42.5`: as exact as the slider."""
    return fmt.position(seconds, digits=1)


def _mark_list(services: Services, marks: tuple[Mark, ...]) -> None:
    key = f"{Key.REPLAY_MARK}-{chosen(_JUMPS, 0)}"  # one can go to the same mark again
    st.selectbox("Jump to a mark", range(len(marks)), index=None, format_func=lambda one: named(marks[one]), key=key,
                 placeholder="Choose a mark", on_change=_jump, args=(services, marks, key), width=260)  # fmt: skip


def _jump(services: Services, marks: tuple[Mark, ...], key: str) -> None:
    number = st.session_state.get(key)
    is_present = key == f"{Key.REPLAY_MARK}-{chosen(_JUMPS, 0)}"
    if is_present and isinstance(number, int) and number < len(marks):
        _seek(services, marks[number].position_s)
        st.session_state[_JUMPS] = chosen(_JUMPS, 0) + 1


def _typed(services: Services) -> None:
    """A form, so that Enter goes there too."""
    with (
        st.form(Key.REPLAY_SEEK_FORM, border=False, width="content", clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("Go to a time", key=Key.REPLAY_SEEK_TEXT, placeholder="seconds or m:ss", width=150)
        st.form_submit_button("Go", key=Key.REPLAY_SEEK_GO, icon=":material/arrow_forward:", on_click=_go,
                              args=(services,))  # fmt: skip


def _go(services: Services) -> None:
    text = chosen(Key.REPLAY_SEEK_TEXT, "").strip()
    if text:
        moved(partial(_runs, services), _go_to, services, text)


def _go_to(services: Services, text: str) -> None:
    wanted_s = services.player.place_of(text)
    status = services.player.seek(wanted_s)
    if words := moved_into_range(text, wanted_s, status):
        st.toast(plain(words), icon=":material/info:", duration="long")


def _topics(services: Services, topics: tuple[str, ...]) -> None:
    """Escaped by Streamlit: the options of a list are no markup."""
    with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
        st.selectbox("Step to the next message on", topics, index=None, key=Key.REPLAY_STEP_TOPIC, width=320,
                     accept_new_options=True, placeholder="A topic, or a filter such as ccu/#")  # fmt: skip
        st.button("Step to it", key=Key.REPLAY_STEP_TO, icon=":material/keyboard_double_arrow_right:",
                  disabled=not chosen(Key.REPLAY_STEP_TOPIC, ""), on_click=_step_to, args=(services,),
                  help="Publishes all messages up to the next one on this topic, and pauses.")  # fmt: skip


def _step_to(services: Services) -> None:
    moved(partial(_runs, services), services.player.step, chosen(Key.REPLAY_STEP_TOPIC, ""))
