"""What was done during a replay, and what else should be known of it: a list of sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import streamlit as st

from app import format as fmt
from app.widgets.text import plain, shortened
from replay.report import ReplayReport
from replay.status import StateBefore

MOST_SHOWN: Final = 20
"""Barriers, and topics of others; the downloaded report has all of them."""


def history(report: ReplayReport) -> None:
    """Draws it, the warnings first; nothing if the replay was a plain one."""
    for sentence in report.warnings:
        st.caption(f":material/info: {plain(sentence)}")
    done = [f"- {plain(sentence)}" for sentence in sentences(report)]
    if done:
        st.markdown("**What was done on the way**\n\n" + "\n".join(done))


def sentences(report: ReplayReport) -> Iterator[str]:
    """Without the warnings. Data from outside is in them: not yet escaped."""
    if len(report.sessions) > 1:
        names = [f"'{shortened(name)}'" for name in report.sessions]
        yield f"Sessions: {', '.join(names)}."
    if report.preload.messages:
        yield _preload(report)
    yield from _state(report)
    yield from report.transforms
    for kind, count in report.faults.items():
        yield f"Fault on purpose: {kind}, {fmt.counted(count, 'time')}."
    yield from _some(f"Waited at the barrier '{barrier}'." for barrier in report.barriers)
    yield from _some(
        f"Others published {fmt.messages(one.messages)} on '{shortened(one.topic)}'." for one in report.foreign
    )


def _preload(report: ReplayReport) -> str:
    state, count = report.preload.state, fmt.messages(report.preload.messages)
    if state == StateBefore.STATE:
        return f"Before the first message: {count}, the last one of every topic before the start."
    if state == StateBefore.MESSAGES:
        return f"Before the first message: {count}, which came with the request."
    return f"Before the first message: {count} of the folder '{state}'."


def _state(report: ReplayReport) -> Iterator[str]:
    changes = report.state_changes
    if changes.published or changes.deleted:
        yield (
            f"What the broker stores was put right ({fmt.counted(changes.seeks, 'seek')}): "
            f"{fmt.messages(changes.published)} published, {fmt.number(changes.deleted)} deleted."
        )
    elif changes.seeks:
        yield f"{fmt.counted(changes.seeks, 'seek')}: the broker stored what belongs there."


def _some(found: Iterator[str]) -> Iterator[str]:
    """At most MOST_SHOWN, and how many there are besides."""
    every = list(found)
    yield from every[:MOST_SHOWN]
    if len(every) > MOST_SHOWN:
        yield f"… and {fmt.number(len(every) - MOST_SHOWN)} more; the report as JSON has all of them."
