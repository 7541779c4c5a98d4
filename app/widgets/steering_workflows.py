"""Sequences that were begun by hand: each command shown and edited before it is sent, one by one or automatically."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from app import format as fmt
from app.mock_factory import NAME as MOCK
from app.services import Services
from app.state import Key, chosen, zone
from app.widgets.live import FAST, live
from app.widgets.problems import attempt, hint, succeeded
from app.widgets.replay_confirm import confirmed
from app.widgets.steering_draft import locked, told
from app.widgets.text import plain
from aps.workflow_values import STOPPING, StepState, Workflow

LOOKS: Final = {
    StepState.PLANNED: ":gray[:material/radio_button_unchecked:]",
    StepState.SENT: ":blue[:material/send:]",
    StepState.RUNNING: ":blue[:material/sync:]",
    StepState.FINISHED: ":green[:material/check_circle:]",
    StepState.FAILED: ":red[:material/error:]",
    StepState.REFUSED: ":red[:material/block:]",
}
ENDED_SHOWN: Final = 5


def workflows(services: Services, name: str) -> None:
    """Draws those of an environment."""
    steering = services.steering
    if steering.orders.problem:
        hint(steering.orders.problem)
    steering.watch(name)
    st.session_state[Key.STEERING_SEEN] = _signature(services, name)
    for workflow in steering.orders.open(name):
        with st.container(border=True):
            _workflow(services, workflow)
    _ended(steering.orders.ended(name)[:ENDED_SHOWN])
    live(_look, FAST, services, name)


def _signature(services: Services, name: str) -> str:
    """Changes when a command gets on."""
    orders = services.steering.orders
    return "|".join(
        f"{one.order_id} {[step.state.value for step in one.steps]} {services.steering.is_automatic(one.order_id)}"
        for one in [*orders.open(name), *orders.ended(name)[:ENDED_SHOWN]]
    )


def _look(services: Services, name: str) -> None:
    if chosen(Key.STEERING_SEEN, "") != _signature(services, name):
        st.rerun()
    factory = services.mock.status() if name == MOCK else None
    if factory is not None and factory.refusal:
        st.caption(
            f":material/info: {plain(f'The last thing that the simulated factory did not do. {factory.refusal}')}"
        )


def _workflow(services: Services, workflow: Workflow) -> None:
    st.subheader(plain(workflow.title), anchor=False)
    begun = fmt.moment(workflow.begun_ns, zone())
    st.caption(plain(f"Order {workflow.order_id} · begun {begun} · {workflow.done} of {len(workflow.steps)} finished"))
    _steps(workflow)
    if workflow.stopped:
        hint(f"{workflow.stopped.removesuffix('.')}. Correct the command and send it again, or end the sequence.")
    number = workflow.next_step
    if number is not None and not services.steering.is_automatic(workflow.order_id):
        _editor(services, workflow, number, "Next command")
    _buttons(services, workflow, number)
    later = [one for one, step in enumerate(workflow.steps) if step.state is StepState.PLANNED and one != number]
    if later:
        with st.expander(f"{fmt.counted(len(later), 'command')} after that"):
            for one in later:
                _editor(services, workflow, one, workflow.steps[one].title)


def _steps(workflow: Workflow) -> None:
    """How far each command is, and what the station or vehicle has said to it."""
    lines = []
    for step in workflow.steps:
        said_below = step.state in STOPPING and not workflow.closed
        detail = f": {step.detail}" if step.detail and not said_below else ""
        lines.append(f"{LOOKS[step.state]} {plain(step.title)} :gray[{plain(step.state.value + detail)}]")
    st.markdown("  \n".join(lines))  # one paragraph, a line for each


def _editor(services: Services, workflow: Workflow, number: int, label: str) -> None:
    """A command that has not been sent: what is typed is kept at once, also for an automatic sequence."""
    step, key = workflow.steps[number], _key(Key.STEERING_STEP, workflow, number)
    st.session_state[key] = step.payload  # it changes by itself, too: when the store says which piece it gave out
    st.text_area(f"{plain(label)}, on {plain(step.topic)}", key=key, height=230, on_change=_keep,
                 args=(services, workflow.order_id, number, key))  # fmt: skip
    box = _key(Key.STEERING_OVERRIDE, workflow, number)
    st.session_state[box] = step.override
    told(step.topic, step.payload, box, partial(_allow, services, workflow.order_id, number, box))


def _keep(services: Services, order_id: str, number: int, key: str) -> None:
    attempt(services.steering.orders.edit, order_id, number, chosen(key, ""))


def _allow(services: Services, order_id: str, number: int, box: str) -> None:
    attempt(partial(services.steering.orders.allow, order_id, number, override=bool(chosen(box, default=False))))


def _key(key: Key, workflow: Workflow, number: int = 0) -> str:
    return f"{key}-{workflow.order_id}-{number}"


def _buttons(services: Services, workflow: Workflow, number: int | None) -> None:
    steering, order_id = services.steering, workflow.order_id
    with st.container(horizontal=True):
        if steering.is_automatic(order_id):
            st.button("Stop after this command", key=_key(Key.STEERING_PAUSE, workflow), icon=":material/pause:",
                      on_click=steering.pause, args=(order_id,))  # fmt: skip
        elif number is not None:
            off = locked(services, workflow.environment)
            st.button("Send this command", key=_key(Key.STEERING_SEND, workflow), icon=":material/send:",
                      type="primary", disabled=off, on_click=_send, args=(services, workflow))  # fmt: skip
            st.button("Send all, each when the one before has finished", key=_key(Key.STEERING_RUN, workflow),
                      icon=":material/fast_forward:", disabled=off, on_click=_send,
                      args=(services, workflow),
                      kwargs={"automatic": True})  # fmt: skip
        st.button("End the sequence", key=_key(Key.STEERING_END, workflow), icon=":material/close:",
                  on_click=steering.end, args=(order_id,),
                  help="Nothing more is sent. What has been sent is carried out all the same.")  # fmt: skip


def _send(services: Services, workflow: Workflow, *, automatic: bool = False) -> None:
    steering, order_id = services.steering, workflow.order_id
    address = confirmed(services.environments.get(workflow.environment))

    def send() -> None:
        (steering.run if automatic else steering.send_step)(order_id, confirmed=address)

    if succeeded(send):
        st.session_state[Key.REPLAY_CONFIRM] = ""  # the next one is confirmed anew


def _ended(found: list[Workflow]) -> None:
    """The last one is told without opening: what has just finished would otherwise be gone without a word."""
    if not found:
        return
    with st.expander(f"Ended sequences, the last: {_end(found[0])}"):
        for workflow in found:
            st.markdown(_end(workflow))
            _steps(workflow)


def _end(workflow: Workflow) -> str:
    """As markdown."""
    whole = workflow.done == len(workflow.steps)
    look = LOOKS[StepState.FINISHED if whole else StepState.FAILED]
    count = f"{workflow.done} of {fmt.counted(len(workflow.steps), 'command')} finished"
    return f"{look} {plain(workflow.title)} :gray[{plain(count)}]"
