"""Where a replay waits for its receiver, and what it does wrong on purpose: one rule per line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

import streamlit as st

from app import format as fmt
from app.state import Key, chosen, lines, optional_number
from app.widgets.problems import hint, why_failed
from replay import barriers, faults
from replay.barriers import BarrierKind, parse_barrier
from replay.faults import FaultKind, parse_fault
from replay.status import ReplayRequest

NO_RULES: Final = "none"
MOST_SEED: Final = 2**53 - 1
"""As far as a browser counts exactly."""
BARRIER_WORDS = {
    BarrierKind.MESSAGE: "for a message",
    BarrierKind.QUIET: "until it is quiet",
    BarrierKind.KEY: "until somebody clicks Go on",
}
FAULT_WORDS = {
    FaultKind.DROP: "leave messages out",
    FaultKind.DELAY: "send messages late",
    FaultKind.DUPLICATE: "send messages twice",
    FaultKind.REORDER: "change the order",
    FaultKind.CORRUPT: "damage payloads",
    FaultKind.OUTAGE: "cut the connection",
}


def barrier_fields() -> None:
    """Where it waits."""
    _rules(
        "Wait on the way",
        Key.REPLAY_BARRIERS,
        "Nowhere; or one rule per line",
        "`before FILTER`, `after FILTER` or `at SECONDS`, then `until message FILTER`, `until quiet SECONDS` or "
        "`until key`, and if you like `within SECONDS`: then the replay has failed. Without it after a minute, and for "
        "a person it waits as long as it takes.",
        parse_barrier,
    )
    examples = {BARRIER_WORDS[kind]: text for kind, text in barriers.EXAMPLES.items()}
    _examples("Add an example: wait …", Key.REPLAY_BARRIER_EXAMPLE, Key.REPLAY_BARRIERS, examples)


def fault_fields() -> None:
    """What goes wrong, and the seed that makes it repeatable."""
    _rules(
        "Faults on purpose",
        Key.REPLAY_FAULTS,
        "None; or one rule per line",
        "What goes wrong, for which share of the messages, on which topics: each of the last two may be left out. The "
        "report counts them, and such a replay is never called faithful.",
        parse_fault,
    )
    examples = {FAULT_WORDS[kind]: text for kind, text in faults.EXAMPLES.items()}
    _examples("Add an example …", Key.REPLAY_FAULT_EXAMPLE, Key.REPLAY_FAULTS, examples)
    st.number_input("Seed", 0, MOST_SEED, 0, key=Key.REPLAY_SEED, persist_state="session",
                    help="The same seed makes the same faults.")  # fmt: skip


def _rules(label: str, key: Key, placeholder: str, words: str, parse: Callable[[str], object]) -> None:
    st.text_area(label, key=key, height=100, placeholder=placeholder, help=words, persist_state="session")
    for sentence in problems(lines(key), parse):
        hint(sentence)


def _examples(label: str, key: Key, target: Key, examples: dict[str, str]) -> None:
    """Adds the rule that was chosen as a line, to be changed there."""
    st.selectbox(
        label,
        list(examples),
        index=None,
        format_func=lambda words: f"{words}: {examples[words]}",
        key=key,
        placeholder=label,
        on_change=_add,
        args=(key, target, examples),
        label_visibility="collapsed",
    )


def _add(key: Key, target: Key, examples: dict[str, str]) -> None:
    rule = examples.get(chosen(key, ""))
    if rule is not None:
        st.session_state[target] = "\n".join([*lines(target), rule])
    st.session_state[key] = None


def problems(rules: Iterable[str], parse: Callable[[str], object]) -> list[str]:
    """Why some of these rules cannot be used."""
    return [sentence for rule in rules if (sentence := why_failed(parse, rule))]


def rule_summary() -> str:
    """What is set there, in a line."""
    places, kinds = len(lines(Key.REPLAY_BARRIERS)), len(lines(Key.REPLAY_FAULTS))
    waits = fmt.counted(places, "barrier") if places else ""
    wrongs = fmt.counted(kinds, "fault") if kinds else ""
    return ", ".join(word for word in (waits, wrongs) if word) or NO_RULES


def with_rules(request: ReplayRequest) -> ReplayRequest:
    """With what the fields say. Raises UsageError for a rule that cannot be used."""
    return replace(
        request,
        barriers=tuple(parse_barrier(rule) for rule in lines(Key.REPLAY_BARRIERS)),
        faults=tuple(parse_fault(rule) for rule in lines(Key.REPLAY_FAULTS)),
        seed=int(optional_number(Key.REPLAY_SEED) or 0),
    )
