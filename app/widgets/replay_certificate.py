"""The proof of a replay: what an independent client has received of it."""

from __future__ import annotations

import math
from typing import Final

import streamlit as st

from app import format as fmt
from app.widgets.metrics import metrics
from app.widgets.text import plain
from replay.proof import Proof
from replay.report import TOLERANCE_MS

NEVER_LATE_MS: Final = math.inf
"""With this tolerance no message is late: only what arrived counts."""
PROOF_HELP = {
    "Expected": "Messages that were sent.",
    "Delivered": "Arrived as they were published: topic, payload, QoS, retain flag and MQTT 5 properties.",
    "Missing": "Did not arrive.",
    "Duplicated": "Arrived once more.",
    "Changed": "Arrived, but not as they were published.",
    "Wrong order": "Came after one that was published later on the same topic with the same QoS.",
    "Foreign": "Of other publishers, on the replayed topics.",
    "Unexpected": "Of this replay, but it did not publish them like that.",
    "Late, 99 %": "How much later than due 99 of 100 messages arrived at the client, at most.",
    "Late, worst": "How much later than due the latest message arrived at the client.",
}


def certificate(proof: Proof) -> None:
    """Draws it."""
    with st.container(border=True):
        st.markdown(":material/workspace_premium: **Certificate of delivery**")
        st.caption(certified(proof))
        metrics(proof_figures(proof), PROOF_HELP)
        for sentence in proof.reasons(TOLERANCE_MS):
            st.caption(f":orange[:material/warning: {plain(sentence)}]")
        if proof.overtaken:
            st.caption(
                f":material/info: {fmt.messages(proof.overtaken)} came after a later one of another QoS on the same "
                "topic. MQTT keeps no order between them, so this does not count."
            )
        for sentence in proof.unchecked:
            st.caption(f":material/info: {plain(sentence)}")


def certified(proof: Proof) -> str:
    """What the second client can say, in a sentence."""
    if proof.foreign or proof.reasons(NEVER_LATE_MS):
        return "What a second, independent client received is not exactly what was published."
    late = ", but too late" if proof.reasons(TOLERANCE_MS) else ""
    return (
        f"A second, independent client received all {fmt.messages(proof.expected)} exactly as they were published, "
        f"each once, in order, and nothing else{late}."
    )


def proof_figures(proof: Proof) -> dict[str, str]:
    """Label and value of each; how late it was only where messages were due at some time."""
    found = {
        "Expected": fmt.number(proof.expected),
        "Delivered": fmt.number(proof.delivered),
        "Missing": fmt.number(proof.missing),
        "Duplicated": fmt.number(proof.duplicated),
        "Changed": fmt.number(proof.changed.messages),
        "Wrong order": fmt.number(proof.wrong_order),
        "Foreign": fmt.number(sum(one.messages for one in proof.foreign)),
    }
    if proof.unexpected:
        found["Unexpected"] = fmt.number(proof.unexpected)
    if proof.lateness_ms.max > 0:
        found["Late, 99 %"] = f"{proof.lateness_ms.p99:.1f} ms"
        found["Late, worst"] = f"{proof.lateness_ms.max:.1f} ms"
    return found
